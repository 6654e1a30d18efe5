"""What an archive may name, and where its links may lead."""

import pytest

from studium.project.jobs.extracting import stem
from studium.project.jobs.unpack import Refused, clean, leads_out


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b", "a/b"),
        ("./a//b/", "a/b"),
        (".", None),
        ("", None),
        ("a/.studium-0.tmp/x", None),
        ("..a/b..", "..a/b.."),
        ("n" * 255, "n" * 255),
    ],
)
def test_names(name: str, path: str | None) -> None:
    assert clean(name) == path


@pytest.mark.parametrize("name", ["/a", "..", "a/../b", "a/..", "n" * 256, "/".join(["n" * 200] * 25)])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(Refused):
        clean(name)


@pytest.mark.parametrize(
    ("name", "target", "leaves"),
    [
        ("l", "a/b", False),
        ("d/l", "../a", False),
        ("d/e/l", "../../a", False),
        ("l", "./a/.", False),
        ("l", "..", True),
        ("d/l", "../..", True),
        ("d/l", "../../a", True),
        ("l", "/a", True),
        ("d/l", "a/../b", True),  # “a” may be a link to somewhere deep
        ("l", "", True),
        ("l", "x" * 5000, True),
    ],
)
def test_links(name: str, target: str, leaves: bool) -> None:
    assert leads_out(name, target) is leaves


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("a.zip", "a"),
        ("a.b.tar.gz", "a.b"),
        ("DATA.TGZ", "DATA"),
        ("data.csv.gz", "data.csv"),
        ("a", "a (unpacked)"),
        (".zip", ".zip (unpacked)"),
    ],
)
def test_the_folder_of_an_archive(name: str, folder: str) -> None:
    assert stem(name) == folder

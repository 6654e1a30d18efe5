"""Whatever text comes as a path, it is refused or it stays inside the home."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studium.project.files.home import Home
from studium.project.files.paths import clean_new_path, clean_path, decode_path
from studium.protocol.errors import ErrorCode, StudiumError

NAMES = st.one_of(
    st.sampled_from(
        ["..", ".", "", "in", "out", "loop", "a.txt", "…", "%2e%2e", "..\\..", "~", "-rf", "a\nb", "\0", "é", "é"]
    ),
    st.text(min_size=1, max_size=20),
)
PATHS = st.one_of(st.lists(NAMES, max_size=6).map("/".join), st.text(max_size=300))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with links in, out and round."""
    directory = tmp_path_factory.mktemp("home")
    (directory / "in").mkdir()
    (directory / "in" / "a.txt").touch()
    (directory / "in" / "out").symlink_to("/etc")
    (directory / "out").symlink_to("../..")
    (directory / "loop").symlink_to("in/../loop")
    home = Home(directory)
    yield home
    home.close()


def check_refusal(error: StudiumError) -> None:
    """A refusal is one short sentence that can be sent."""
    assert error.code in (ErrorCode.INVALID_PATH, ErrorCode.NOT_PERMITTED, ErrorCode.NOT_FOUND)
    assert len(error.message) < 500
    assert "\n" not in error.message
    assert error.message.endswith(".")
    assert error.message.encode()


@given(PATHS)
@example("../etc/passwd")
@example("/etc/passwd")
@example("in/out/passwd")
@example("a" * 256)
@example("\udcff")
@example("x/" * 3000)
def test_a_path_is_refused_or_stays_inside(home: Home, text: str) -> None:
    try:
        path = clean_path(text)
        fd = home.open(path, os.O_PATH)
    except StudiumError as error:
        check_refusal(error)
        return
    real = Path(f"/proc/self/fd/{fd}").readlink()
    os.close(fd)
    assert real == home.directory or home.directory in real.parents


@given(PATHS)
def test_a_clean_path_survives_the_url(text: str) -> None:
    try:
        path = clean_path(text)
    except StudiumError:
        return
    assert decode_path("/".join(quote(name, safe="") for name in path.split("/"))) == path


@given(st.text(alphabet="%2eEfF/.0a\\", max_size=40))
def test_encodings_hide_nothing(raw: str) -> None:
    try:
        path = decode_path(raw)
    except StudiumError as error:
        check_refusal(error)
        return
    assert not path.startswith("/")
    assert not {"..", ".", ""} & set(path.split("/") if path else ())
    assert len(path.split("/")) == len(raw.split("/"))


@given(PATHS)
def test_new_names_are_on_one_line(text: str) -> None:
    try:
        path = clean_new_path(text)
    except StudiumError:
        return
    assert len(path.rpartition("/")[2].splitlines()) == 1

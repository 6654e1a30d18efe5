"""Names that come from outside."""

import pytest

from studium.project.jobs.fetching import clean_name, name_in, name_of


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("data.csv", "data.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\evil.exe", "evil.exe"),
        (".bashrc", "bashrc"),
        ("...", ""),
        ("a\nb\x00c\x1b[31m", "a_b_c_[31m"),
        (" spaces .txt ", "spaces .txt"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("", ""),
    ],
)
def test_a_name_from_outside_is_only_a_name(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_a_long_name_keeps_its_suffix_and_leaves_room() -> None:
    name = clean_name("é" * 300 + ".csv")
    assert name.endswith("é.csv")
    assert len(name.encode()) <= 235
    assert len(clean_name("x" * 300).encode()) <= 235


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a b.csv"', "a b.csv"),
        ("attachment; filename=plain.csv; x=y", "plain.csv"),
        ("attachment; filename*=UTF-8''w%C3%BCrfel.csv; filename=x", "würfel.csv"),
        (r'attachment; filename="with \"quotes\".csv"', 'with "quotes".csv'),
        ('attachment; filename="w\u00c3\u00bcrfel.csv"', "würfel.csv"),  # UTF-8 read as latin-1
        ("attachment; filename*=NO-SUCH''%E9x.csv", "there.bin"),
        ("inline", "there.bin"),
        (None, "there.bin"),
    ],
)
def test_the_name_that_an_answer_gives(disposition: str | None, name: str) -> None:
    assert name_of(disposition, "https://h/a/there.bin?name=no#no") == name


def test_the_name_in_an_address() -> None:
    assert name_in("https://h/") == "download"
    assert name_in("https://h/a%2F..%2Fb%20c.txt") == "b c.txt"

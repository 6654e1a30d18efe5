"""Where the client looks for Studium and for its token, and what it says when there is none."""

from pathlib import Path

import pytest

from studium.client import Client, ErrorCode, StudiumError
from studium.client.place import find_token, find_url

TOKEN = "studium_token_abcdef"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("STUDIUM_URL", "STUDIUM_TOKEN", "STUDIUM_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def refused(token: str | None = None, file: Path | None = None) -> StudiumError:
    with pytest.raises(StudiumError) as caught:
        find_token(token, file)
    assert caught.value.code is ErrorCode.INVALID_VALUE
    return caught.value


def test_the_token_comes_from_the_argument_the_environment_or_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "~" not in refused().message
    home = tmp_path / ".config" / "studium" / "token"
    home.parent.mkdir(parents=True)
    home.write_text("studium_token_home\n")
    home.chmod(0o600)
    assert find_token(None) == "studium_token_home"
    named = tmp_path / "named"
    named.write_text("studium_token_named")
    named.chmod(0o400)
    monkeypatch.setenv("STUDIUM_TOKEN_FILE", str(named))
    assert find_token(None) == "studium_token_named"
    monkeypatch.setenv("STUDIUM_TOKEN", "studium_token_variable")
    assert find_token(None) == "studium_token_variable"
    assert find_token(None, home) == "studium_token_home"
    assert find_token(TOKEN) == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(mode)
    error = refused(None, file)
    assert "chmod 600" in error.message
    assert TOKEN not in error.message


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "caf\u00e9"])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(token)


def test_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_url("https://studium.example.org/") == "https://studium.example.org"
    monkeypatch.setenv("STUDIUM_URL", "http://127.0.0.1:8080")
    assert find_url(None) == "http://127.0.0.1:8080"
    for wrong in (
        "studium.example.org",
        "ftp://x",
        "https://",
        "https://a/projects/1",
        "https://me:pw@a",
        "https://a?b",
    ):
        with pytest.raises(StudiumError) as caught:
            find_url(wrong)
        assert "pw" not in caught.value.message


async def test_no_text_of_a_client_shows_its_token() -> None:
    async with Client("http://127.0.0.1:1", TOKEN) as client:
        assert TOKEN not in repr(client)
        assert TOKEN not in str(client)

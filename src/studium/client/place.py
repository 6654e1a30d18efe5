"""Where Studium is and the token for it: from arguments, else from the environment, else the token from a file."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from studium.protocol.errors import ErrorCode, StudiumError

URL_VARIABLE = "STUDIUM_URL"
TOKEN_VARIABLE = "STUDIUM_TOKEN"  # noqa: S105 - the name of a variable, not its value
FILE_VARIABLE = "STUDIUM_TOKEN_FILE"
TOKEN_FILE = Path("~/.config/studium/token")


def _invalid(sentence: str) -> StudiumError:
    return StudiumError(ErrorCode.INVALID_VALUE, sentence)


def find_url(url: str | None) -> str:
    """The address without a slash at its end. Raises ``invalid_value``."""
    found = url or os.environ.get(URL_VARIABLE, "")
    if not found:
        raise _invalid(f"Say where Studium is: Client(“https://…”), or set {URL_VARIABLE}.")
    parts = urlsplit(found)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise _invalid("The address of Studium looks like https://studium.example.org, without anything after it.")
    if parts.username or parts.password:
        raise _invalid("Leave the name and the password out of the address; the token says who you are.")
    return f"{parts.scheme}://{parts.netloc}"


def find_token(token: str | None, file: str | os.PathLike[str] | None = None) -> str:
    """The token. Raises ``invalid_value``, also for a file that others may read."""
    found = token if token is not None else "" if file is not None else os.environ.get(TOKEN_VARIABLE, "")
    if not found:
        found = _read(Path(file or os.environ.get(FILE_VARIABLE) or TOKEN_FILE).expanduser())
    found = found.strip()
    if not found or not found.isascii() or any(letter <= " " for letter in found):
        raise _invalid("This is not a token: a token is one word that begins with studium_token_.")
    return found


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                raise _invalid(f"Others may read the token in {path}. Run: chmod 600 {path}")
            return file.read(1024)
    except OSError as error:
        raise _invalid(
            f"There is no token: give one to Client, set {TOKEN_VARIABLE}, or write it into {path} with the mode 0600 "
            f"({error.strerror})."
        ) from None

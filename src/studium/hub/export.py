"""What Studium keeps about a person, as a zip file that is made while it is sent.

Rows are read some at a time, each time by a query of its own: a slow download holds neither memory nor a connection to
the database.
"""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from studium.hub.database import Database
from studium.hub.database.statements import Statements
from studium.protocol.ids import AccountId

_SQL = Statements(Path(__file__).with_name("export.sql"))
ROWS_AT_ONCE = 200
_LISTS = ("projects", "sessions", "api_tokens")
_BEFORE_ALL = UUID(int=0)

README = """What Studium keeps about your account

account.json     your name, address, colour, and since when you are here
settings.json    what you like: theme, keys, editor
picture.*        your picture, if you gave one
projects.json    the projects that you are in, your role in each, and your marks on them
sessions.json    where you are signed in
api_tokens.json  your API tokens, without their secrets

Passwords and secrets are not in this file: Studium keeps their hashes alone.

The files of your projects, with their history, are in the projects. To take a file along, open its project, and
choose Download in the menu of the file; its history is downloaded from the menu of the history.
"""


class _Pipe:
    """Takes what a ``ZipFile`` writes; it cannot be sought, so the archive is written from its beginning to its end."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep it until it is taken."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to do."""

    def take(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


async def export_account(database: Database, account_id: AccountId) -> AsyncGenerator[bytes]:
    """The parts of the zip file, in order; each about as large as ``ROWS_AT_ONCE`` rows are."""
    pipe = _Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # any object that writes will do
        archive.writestr("README.txt", README)
        for name in ("account", "settings"):
            row = await database.fetchrow(_SQL[name], account_id)
            value = {} if row is None else dict(row) if name == "account" else row["settings"]
            archive.writestr(f"{name}.json", _pretty(value))
        picture = await database.fetchrow(_SQL["picture"], account_id)
        if picture is not None:
            archive.writestr(f"picture.{picture['content_type'].removeprefix('image/')}", picture["content"])
        yield pipe.take()
        for name in _LISTS:
            with archive.open(f"{name}.json", "w") as file:
                async for text in _rows(database, account_id, name):
                    file.write(text)
                    yield pipe.take()
    yield pipe.take()


async def _rows(database: Database, account_id: AccountId, name: str) -> AsyncGenerator[bytes]:
    """A JSON array of all rows."""
    after, separator = _BEFORE_ALL, b"[\n"
    while rows := await database.fetch(_SQL[name], account_id, after, ROWS_AT_ONCE):
        after = rows[-1][0]  # the id, by which they are ordered
        yield separator + b",\n".join(msgspec.json.encode(dict(row)) for row in rows)
        separator = b",\n"
    yield b"\n]\n" if separator == b",\n" else b"[]\n"


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"

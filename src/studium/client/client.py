"""``Client``: what a script does with Studium, asynchronously."""

import asyncio
import io
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from studium.client import files
from studium.client.feed import Feed
from studium.client.place import find_token, find_url
from studium.client.requests import Requests, patience
from studium.client.tables import TablesSocket
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.files import Run, RunAnswer
from studium.protocol.tables import ProjectAction, ProjectStatus, Row

if TYPE_CHECKING:
    from studium.client.sync import SyncClient

TIMEOUT_SECONDS = 30.0
"""How long a request that reaches nobody is tried again."""

START_SECONDS = 120.0
Query = dict[str, Any]
Options = Sequence[dict[str, Any]]


class Client:
    """``async with Client(url, token) as studium:``.

    Without arguments the address is that of the variable ``STUDIUM_URL``, the token that of ``STUDIUM_TOKEN`` or of a
    file that only its owner may read: ``token_file``, else ``STUDIUM_TOKEN_FILE``, else ``~/.config/studium/token``.
    Every error is a ``StudiumError`` with a ``code`` and a sentence.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, *, token_file: str | os.PathLike[str] | None = None
    ) -> None:
        self.url = find_url(url)
        self._requests = Requests(self.url, find_token(token, token_file))
        self._tables = TablesSocket(self._requests)

    @staticmethod
    def connect_sync(
        url: str | None = None, token: str | None = None, *, token_file: str | os.PathLike[str] | None = None
    ) -> "SyncClient":
        """The same for code that is not asynchronous, also within a notebook, whose event loop runs already."""
        from studium.client.sync import SyncClient

        return SyncClient(url, token, token_file=token_file)

    def __repr__(self) -> str:
        return f"<Client of {self.url}>"

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all feeds and connections."""
        await self._tables.close()
        await self._requests.close()

    # --- tables -----------------------------------------------------------------------------------------------------

    async def query(
        self, query: Query | list[Query], *, options: Options = (), timeout_seconds: float = TIMEOUT_SECONDS
    ) -> Any:
        """Ask the tables, or change a row: ``{"projects": [{"project_id": None, "title": None}]}`` answers a list,
        ``{"projects": {…}}`` one row or None, a list of queries a list of answers. ``docs/reference/tables.md`` has all
        tables.

        A question is asked again while Studium cannot be reached. A change is not, once it was sent: after
        ``unavailable`` look whether it was made.
        """
        several = isinstance(query, list)
        queries = query if isinstance(query, list) else [query]
        body = {"query": query, "options": list(options)}
        repeatable = all(_only_asks(one, options) for one in queries)
        answer = await self._requests.json("/api/query", body, repeatable=repeatable, timeout_seconds=timeout_seconds)
        result = msgspec.json.decode(answer)["result"]
        return [_only_value(one) for one in result] if several else _only_value(result)

    def feed(self, query: Query, *, options: Options = ()) -> Feed:
        """Follow a table: ``async for event in studium.feed({"projects": [{"project_id": None, "title": None}]})``.

        The first event is a snapshot. The query is a list, and asks for the fields of the table's key.
        """
        return self._tables.follow(query, options)

    # --- projects ---------------------------------------------------------------------------------------------------

    async def start(self, project: str | UUID, *, timeout_seconds: float = START_SECONDS) -> None:
        """Start a project and wait until it runs. Raises ``project_not_running`` with the reason when it fails."""
        await self._wish(project, ProjectAction.START, ProjectStatus.RUNNING, timeout_seconds)

    async def stop(self, project: str | UUID, *, timeout_seconds: float = START_SECONDS) -> None:
        """Stop a project and wait until it is stopped."""
        await self._wish(project, ProjectAction.STOP, ProjectStatus.STOPPED, timeout_seconds)

    async def _wish(
        self, project: str | UUID, action: ProjectAction, wanted: ProjectStatus, timeout_seconds: float
    ) -> None:
        number = _id(project)
        row: Row | None
        async with self.feed({"projects": [{"project_id": number, "state": None}]}) as feed:
            try:
                async with asyncio.timeout(timeout_seconds):
                    wished = False
                    async for event in feed:
                        row = feed.rows[0] if feed.rows else None
                        if row is None:
                            raise StudiumError(
                                ErrorCode.NOT_PERMITTED, f"You are not in the project {number} any more."
                            )
                        state = row["state"]
                        if state["status"] == wanted:
                            return
                        if not wished:
                            wished = True
                            await self.query({"projects": {"project_id": number, "action_request": {"action": action}}})
                        elif state["status"] == ProjectStatus.FAILED and event.action == "update":
                            message = state.get("message") or "It did not say why."
                            raise StudiumError(
                                ErrorCode.PROJECT_NOT_RUNNING, f"The project {number} could not start: {message}"
                            )
            except TimeoutError:
                error = StudiumError(
                    ErrorCode.TIMEOUT, f"The project {number} is not {wanted} after {timeout_seconds:g} seconds."
                )
            else:
                error = StudiumError(ErrorCode.UNAVAILABLE, "The client was closed meanwhile.")
        raise error

    async def run(
        self, project: str | UUID, command: str, *, path: str = "", timeout_seconds: float = 60.0
    ) -> RunAnswer:
        """Run a shell command in the folder ``path`` of a project, which starts for it unless somebody stopped it."""
        message = Run(command, path, timeout_seconds)
        answer = await self._requests.json(
            f"/projects/{_id(project)}/run",
            message,
            repeatable=False,
            timeout_seconds=TIMEOUT_SECONDS,
            timeout=patience(timeout_seconds),
        )
        return msgspec.json.decode(answer, type=RunAnswer)

    async def upload(
        self,
        project: str | UUID,
        source: str | os.PathLike[str] | bytes,
        path: str,
        *,
        overwrite: bool = False,
    ) -> None:
        """Write a file of this machine, or bytes, to ``path`` in a project, as a whole or not at all. Folders are made.
        Raises ``conflict`` when it is there, unless ``overwrite``."""
        await files.upload(self._requests, _id(project), source, path, overwrite)

    async def download(self, project: str | UUID, path: str, target: str | os.PathLike[str]) -> Path:
        """Write the file ``path`` of a project to ``target``, a file or a folder of this machine, as a whole or not at
        all; the path that was written. A lost connection is no harm: the rest is fetched by another."""
        return await files.download(self._requests, _id(project), path, target)

    async def read(self, project: str | UUID, path: str) -> bytes:
        """The bytes of a file of a project."""
        into = io.BytesIO()
        await files.fetch(self._requests, _id(project), path, into)
        return into.getvalue()


def _id(project: str | UUID) -> str:
    try:
        return str(UUID(str(project)))
    except ValueError:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"{str(project)[:60]!r} is not the id of a project; it is in the address of its page, /projects/….",
        ) from None


def _only_value(result: Any) -> Any:
    return next(iter(result.values())) if isinstance(result, dict) and len(result) == 1 else result


def _only_asks(query: Query, options: Options) -> bool:
    """Whether a query changes nothing, as the hub decides it."""
    for option in options:
        if option.get("delete") or option.get("set"):
            return False
    return _has_null(query)


def _has_null(value: Any) -> bool:
    """A null within objects, as the hub looks for it; the list around the one pattern of a query is looked into too."""
    if isinstance(value, dict):
        return any(_has_null(item[0] if isinstance(item, list) and item else item) for item in value.values())
    return value is None

"""The client for code that is not asynchronous: the same acts, done by an event loop in a thread of its own.

So it works in a plain script, in a thread, and in a notebook, whose own event loop runs already.
"""

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from studium.client.client import START_SECONDS, TIMEOUT_SECONDS, Client, Options, Query
from studium.client.feed import Feed, FeedEvent
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.files import RunAnswer
from studium.protocol.tables import Row

_Result = TypeVar("_Result")


class _Loop:
    """An event loop in a thread, which ends with the process or before."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="studium client", daemon=True)
        self._thread.start()

    def do(self, act: Coroutine[Any, Any, _Result]) -> _Result:
        """Do it and wait; Ctrl-C ends the waiting and the act."""
        if self.loop.is_closed() or not self._thread.is_alive():
            act.close()
            raise StudiumError(ErrorCode.UNAVAILABLE, "This client is closed. Make a new one.")
        future = asyncio.run_coroutine_threadsafe(act, self.loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End the thread."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(5)
        if not self.loop.is_running():
            self.loop.close()


class SyncClient:
    """``with Client.connect_sync(url, token) as studium:``; each method does what that of ``Client`` does."""

    def __init__(
        self, url: str | None = None, token: str | None = None, *, token_file: str | os.PathLike[str] | None = None
    ) -> None:
        self._client = Client(url, token, token_file=token_file)
        self._loop = _Loop()
        self._finalizer = weakref.finalize(self, _close, self._loop, self._client)

    def __repr__(self) -> str:
        return f"<SyncClient of {self._client.url}>"

    def __enter__(self) -> "SyncClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all feeds and connections."""
        self._finalizer()

    def query(
        self, query: Query | list[Query], *, options: Options = (), timeout_seconds: float = TIMEOUT_SECONDS
    ) -> Any:
        """Ask the tables, or change a row."""
        return self._loop.do(self._client.query(query, options=options, timeout_seconds=timeout_seconds))

    def feed(self, query: Query, *, options: Options = ()) -> "SyncFeed":
        """Follow a table: ``for event in studium.feed(…)``."""

        async def follow() -> Feed:
            return self._client.feed(query, options=options)

        return SyncFeed(self._loop.do(follow()), self._loop.do)

    def start(self, project: str | UUID, *, timeout_seconds: float = START_SECONDS) -> None:
        """Start a project and wait until it runs."""
        self._loop.do(self._client.start(project, timeout_seconds=timeout_seconds))

    def stop(self, project: str | UUID, *, timeout_seconds: float = START_SECONDS) -> None:
        """Stop a project and wait until it is stopped."""
        self._loop.do(self._client.stop(project, timeout_seconds=timeout_seconds))

    def run(self, project: str | UUID, command: str, *, path: str = "", timeout_seconds: float = 60.0) -> RunAnswer:
        """Run a shell command in a project."""
        return self._loop.do(self._client.run(project, command, path=path, timeout_seconds=timeout_seconds))

    def upload(
        self, project: str | UUID, source: str | os.PathLike[str] | bytes, path: str, *, overwrite: bool = False
    ) -> None:
        """Write a file of this machine, or bytes, to a project."""
        self._loop.do(self._client.upload(project, source, path, overwrite=overwrite))

    def download(self, project: str | UUID, path: str, target: str | os.PathLike[str]) -> Path:
        """Write a file of a project to this machine."""
        return self._loop.do(self._client.download(project, path, target))

    def read(self, project: str | UUID, path: str) -> bytes:
        """The bytes of a file of a project."""
        return self._loop.do(self._client.read(project, path))


class SyncFeed:
    """``for event in feed:``; ``feed.rows`` at any time."""

    def __init__(self, feed: Feed, do: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._feed = feed
        self._do = do

    def __repr__(self) -> str:
        return repr(self._feed)

    @property
    def rows(self) -> list[Row]:
        """The rows as they are now."""

        async def look() -> list[Row]:
            return self._feed.rows

        rows: list[Row] = self._do(look())
        return rows

    def next(self, timeout_seconds: float | None = None) -> FeedEvent | None:
        """The next event; None when none comes in time, or the feed has ended."""

        async def wait() -> FeedEvent | None:
            try:
                async with asyncio.timeout(timeout_seconds):
                    return await anext(self._feed, None)
            except TimeoutError:
                return None

        event: FeedEvent | None = self._do(wait())
        return event

    def __iter__(self) -> Iterator[FeedEvent]:
        while (event := self.next()) is not None:
            yield event

    def __enter__(self) -> "SyncFeed":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the feed."""
        self._do(self._feed.close())


def _close(loop: _Loop, client: Client) -> None:
    """At the end of the client, of its last reference, or of the process."""
    loop.do(client.close())
    loop.close()

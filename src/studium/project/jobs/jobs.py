"""The acts on files that take a while, from a request to the job that does it: what is checked before it starts, what
is saved first, and who is told afterwards.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, assert_never

from aiohttp import web

from studium.project.activity import Activity
from studium.project.documents.documents import Documents
from studium.project.files.home import Home
from studium.project.files.live import LiveFolders
from studium.project.files.operations import Operations
from studium.project.files.staging import clear_stages
from studium.project.jobs import compressing, copying, extracting, fetching, moving, trash_bin
from studium.project.jobs.receiving import Receiving
from studium.project.jobs.runner import Act, Runner
from studium.project.jobs.selection import chosen, folder_of, name_of, plan
from studium.project.jobs.work import Work
from studium.project.programs import Programs
from studium.project.terminals.terminals import Terminals
from studium.project.use import Use
from studium.protocol.jobs import (
    Compress,
    Copy,
    EmptyTrash,
    Extract,
    FetchUrl,
    JobAnswer,
    JobOperation,
    Move,
    TrashListing,
    TrashMany,
)
from studium.protocol.session import Identity

MAX_OPERATION_BYTES: Final = 4 * 1024**2
"""Of a request: thousands of paths."""


class FileJobs:
    """Starts jobs; opened and closed with the project server."""

    def __init__(
        self,
        home: Home,
        operations: Operations,
        documents: Documents,
        terminals: Terminals,
        live: LiveFolders,
        activity: Activity | None,
        use: Use,
        *,
        inner_ring: Sequence[str],
        environment: Mapping[str, str],
        max_fetch_bytes: int,
        on_changed: Callable[[], None],
    ) -> None:
        self._on_changed = on_changed
        self.runner = Runner(use.busy)
        self.programs = Programs(tuple(inner_ring), dict(environment))
        self._home = home
        self._trash = operations.trash
        self._documents = documents
        self._live = live
        self._mover = moving.Mover(home, operations, documents, terminals, live)
        self._receiving = Receiving(home, operations.trash, self.programs)
        self._activity = activity
        self._max_fetch_bytes = max_fetch_bytes
        self._clearing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Remove what a server that was killed has left, while everything else goes on."""
        self._clearing = asyncio.create_task(asyncio.to_thread(self._clear), name="jobs clear")

    async def close(self) -> None:
        """End what runs."""
        await self.runner.close()
        await self.programs.close()
        if self._clearing is not None:
            await asyncio.gather(self._clearing, return_exceptions=True)

    async def start(self, identity: Identity, operation: JobOperation) -> JobAnswer:
        """Begin a job. Raises ``StudiumError`` when it cannot even begin, and nothing is done then."""
        match operation:
            case Copy():
                what, to, act = await self._copy(operation)
            case Move():
                what, to, act = await self._move(operation)
            case TrashMany():
                what, to, act = await self._trash_many(operation)
            case Compress():
                what, to, act = await self._compress(operation)
            case Extract():
                what, to, act = await self._extract(operation)
            case FetchUrl():
                what, to, act = await self._fetch(operation)
            case EmptyTrash(trash_ids=trash_ids):
                what, to = "the trash" if trash_ids is None else _trashed(trash_ids), ""
                act = self._threaded(trash_bin.empty_trash, self._trash, trash_ids)
            case _:
                assert_never(operation)
        kind = str(type(operation).__struct_config__.tag)
        return JobAnswer(self.runner.start(kind, what, identity.account_id, to, partial(self._logged, identity, act)))

    async def receive(self, request: web.Request, identity: Identity) -> web.StreamResponse:
        """Unpack the tar file that comes."""
        work = Work()

        async def act(work: Work) -> None:
            answers.append(await self._receiving.answer(request, work))

        answers: list[web.StreamResponse] = []
        await self._logged(identity, act, work)
        return answers[0]

    async def list_trash(self) -> TrashListing:
        """What is in the trash, newest first."""
        return await asyncio.to_thread(trash_bin.list_trash, self._home, self._trash)

    def _clear(self) -> None:
        clear_stages(self._home)
        trash_bin.clear_expunged(self._home)

    async def _copy(self, asked: Copy) -> tuple[str, str, Act]:
        items, skipped = await asyncio.to_thread(plan, self._home, asked.paths, asked.to, asked.clash, move=False)

        async def act(work: Work) -> None:
            work.skipped_files = skipped
            for item in items:
                await self._documents.save_below(item.path)
            await self.runner.in_thread(copying.copy, self._home, self._trash, items, asked.to, asked.clash, work)

        return name_of(asked.paths), asked.to, act

    async def _move(self, asked: Move) -> tuple[str, str, Act]:
        items, skipped = await asyncio.to_thread(plan, self._home, asked.paths, asked.to, asked.clash, move=True)

        async def act(work: Work) -> None:
            work.skipped_files = skipped
            await self._mover.move(items, asked.clash, work)

        return name_of(asked.paths), asked.to, act

    async def _trash_many(self, asked: TrashMany) -> tuple[str, str, Act]:
        paths = chosen(asked.paths)
        return name_of(paths), "", partial(self._mover.trash, paths)

    async def _compress(self, asked: Compress) -> tuple[str, str, Act]:
        paths = chosen(asked.paths, whole=True)
        await asyncio.to_thread(compressing.check, self._home, paths, asked.to)

        async def act(work: Work) -> None:
            for path in paths:
                await self._documents.save_below(path)
            await self.runner.in_thread(
                compressing.compress, self._home, self._trash, paths, asked.to, asked.format, work
            )

        return name_of(paths) if paths != [""] else "the project", asked.to, act

    async def _extract(self, asked: Extract) -> tuple[str, str, Act]:
        archive = await asyncio.to_thread(extracting.look, self._home, asked.path, asked.to, asked.clash)

        async def act(work: Work) -> None:
            await extracting.extract(self._home, self._trash, self.programs, archive, work)

        return name_of([asked.path]), archive.to, act

    async def _fetch(self, asked: FetchUrl) -> tuple[str, str, Act]:
        to = await asyncio.to_thread(folder_of, self._home, asked.to)
        fetching.check(asked)

        async def act(work: Work) -> None:
            limit = self._max_fetch_bytes
            await fetching.fetch(self._home, self._trash, self.programs, asked, limit, work)

        return asked.name or fetching.name_in(asked.url), to, act

    def _threaded(self, function: object, *arguments: object) -> Act:
        async def act(work: Work) -> None:
            await self.runner.in_thread(function, *arguments, work)  # type: ignore[arg-type]

        return act

    async def _logged(self, identity: Identity, act: Act, work: Work) -> None:
        """Do it, and tell the project's log of what was done, also of a part."""
        if self._clearing is not None:  # or what it is about to make would be taken for what was left
            await asyncio.shield(self._clearing)
        try:
            await act(work)
        finally:
            self._on_changed()
            for entry in work.log:
                self._live.moved(entry.to or entry.path)  # where a folder may have been replaced
            if self._activity is not None:
                for entry in work.log:
                    self._activity.did(identity, entry.event, entry.path, entry.to)


def _trashed(trash_ids: list[str]) -> str:
    """What a person calls them: the name of one, without the number before it."""
    return trash_ids[0].partition("-")[2] if len(trash_ids) == 1 else f"{len(trash_ids)} items"

"""One fault run: ten clients type into a document, something breaks, they go on, and the laws are checked."""

import asyncio
import contextlib
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from clients.stock import FOLDER
from clients.ydoc import Client
from faults.laws import Account, Broken, judge, judge_log
from faults.project import Project
from faults.proxy import Proxy
from faults.typists import SHELL_FIRST, NodeTypists, PlainTypist, Seat, State
from faults.world import PEOPLE, World
from studium.project.documents.store import DATABASE, Store
from studium.sync.replica import Replica

if TYPE_CHECKING:
    from faults.kinds import Fault

PAGES, STOCK, PLAIN = 5, 2, 3  # ten
PACE_MILLISECONDS = 60.0
ONLINE_SECONDS = 180.0  # a database that recovers on a busy disk needs its time
SETTLE_SECONDS = 120.0
STAYS_SECONDS = 0.8
LOOK_SECONDS = 0.05


@dataclass
class Outcome:
    """What a run showed."""

    fault: str
    seed: int
    typed: int = 0
    acknowledged: int = 0
    recovery_seconds: float = 0.0
    broken: Broken = field(default_factory=Broken)
    notes: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)


class Run:
    """``chance`` decides everything that is random in it."""

    def __init__(self, world: World, project: Project, fault: "Fault", seed: int, page_script: Path) -> None:
        self.world = world
        self.project = project
        self.fault = fault
        self.seed = seed
        self.chance = random.Random(seed)
        self.notes: list[str] = []
        self.paths = [f"run {seed} {number}.txt" for number in range(self.chance.choice([1, 1, 2]))]
        self.proxy = Proxy(project.port, self.chance)
        self._page_script = page_script
        self._pages: NodeTypists | None = None
        self._stock: NodeTypists | None = None
        self._plain: list[PlainTypist] = []
        self._programs = Account("programs")
        self._programs_maybe = Account("programs that were interrupted", is_gone=True)
        self._path_of: dict[str, str] = {}
        self._is_over = False
        self._broken = Broken()

    async def pause(self, least: float, most: float) -> None:
        """Go on typing for a while."""
        await asyncio.sleep(self.chance.uniform(least, most))

    async def check_log(self, *, and_file: bool = False) -> None:
        """While no server runs: all that was acknowledged is in the log, without the help of clients that come back.
        ``and_file``: the server had time to save, so the file holds all that the log does."""
        _, accounts = await self._texts()
        for path in self.paths:
            text = await self._text_of_log(path)
            self._broken.add(judge_log(text, [each for each in accounts if self._path_of[each.name] == path]))
            if and_file and not self._has_programs and (self.project.home / path).read_text() != text:
                self._broken.sentences.append(f"{path} does not hold what the log does, though the server had saved.")
        self.notes.append("the log was looked at alone")

    async def go(self) -> Outcome:
        """Run, and judge."""
        outcome = Outcome(self.fault.name, self.seed, notes=self.notes)
        await self.proxy.start()
        self.proxy.knows_frames = self.fault.repeats
        try:
            await self._go(outcome)
            outcome.broken.add(self._broken)
        except Exception as error:
            outcome.broken.add(self._broken)
            outcome.broken.sentences.append(f"{type(error).__name__}: {error}")
            with contextlib.suppress(Exception):  # the clients may be what broke
                self.notes.append(f"states: {await self.states()}")
                outcome.texts, outcome.accounts = await self._texts()
        finally:
            self._is_over = True
            for node in (self._pages, self._stock):
                if node is not None:
                    await node.end()
            for plain in self._plain:
                await plain.end()
            await self.proxy.stop()
        return outcome

    async def _go(self, outcome: Outcome) -> None:
        await self._seat()
        await self.wait_online()
        self._type(True)
        programs = asyncio.create_task(self._write_from_programs()) if self._has_programs else None
        vanishing = asyncio.create_task(self._vanish()) if self.fault.may_vanish else None
        try:
            await self.pause(0.3, 1.2)
            await self.fault.inject(self)
            lifted = time.monotonic()
            outcome.recovery_seconds = await self._seconds_until_back(lifted)
        finally:
            self._is_over = True
            for task in (programs, vanishing):
                if task is not None:
                    await task
        self._type(False)
        await self._settle(outcome)

    # Clients -------------------------------------------------------------------------------------------------------

    async def _seat(self) -> None:
        self._pages = await NodeTypists.start(self._page_script, self.fault.speed)
        self._stock = await NodeTypists.start(FOLDER / "stock_typists.mjs", self.fault.speed)
        port = self.proxy.port if self.fault.through_proxy else self.project.port
        for number in range(PAGES + STOCK + PLAIN):
            kind = "page" if number < PAGES else "stock" if number < PAGES + STOCK else "plain"
            path = self.paths[number % len(self.paths)]
            token = self.world.tokens[PEOPLE[number % len(PEOPLE)]]
            name = f"{kind} {number}"
            self._path_of[name] = path
            url = self.project.url(path, port)
            seat = Seat(name, number, url, token, PACE_MILLISECONDS, reloads=number == 1)
            if kind == "plain":
                self._plain.append(PlainTypist(self.world.session, seat, self.chance))
            else:
                (self._pages if kind == "page" else self._stock).open(seat, self.chance)

    def _type(self, on: bool) -> None:
        for node in (self._pages, self._stock):
            assert node is not None
            node.do("type" if on else "rest")
        for plain in self._plain:
            plain.type() if on else plain.rest()

    async def _vanish(self) -> None:
        """Some of the clients go for good, before, in or after the fault."""
        for name in self.chance.sample([0, PAGES + STOCK], self.chance.randint(0, 2)):
            await self.pause(0.2, 1.5)
            if name == 0:
                assert self._pages is not None
                self._pages.do("vanish", "page 0")
            else:
                await self._plain[0].vanish()
            self.notes.append("a client vanished")

    async def states(self) -> list[State]:
        """Of all clients that are still there."""
        assert self._pages is not None
        assert self._stock is not None
        states = [*await self._pages.states(), *await self._stock.states(), *(plain.state for plain in self._plain)]
        return [state for state in states if not state.is_gone]

    async def wait_online(self) -> None:
        """Wait until every client that is still there has its document and a connection."""
        await self._until("all clients are online", ONLINE_SECONDS, self._all_online)

    async def _seconds_until_back(self, lifted: float) -> float:
        """From the moment in which the fault was lifted until the last client was back, and stayed for a while."""
        latest = lifted

        async def are_back() -> bool:
            nonlocal latest
            if not await self._all_online():
                latest = time.monotonic()
            return time.monotonic() - latest > STAYS_SECONDS

        await self._until("all clients are online again", ONLINE_SECONDS, are_back)
        return latest - lifted

    async def _all_online(self) -> bool:
        return all(state.is_online for state in await self.states())

    # Programs ------------------------------------------------------------------------------------------------------

    @property
    def _has_programs(self) -> bool:
        return self.fault.has_programs and self.seed % 2 == 0

    async def _write_from_programs(self) -> None:
        """A shell in the project appends a line now and then; one that was interrupted may or may not have."""
        number = 0
        while not self._is_over:
            character = chr(SHELL_FIRST + number)
            number += 1
            command = f"printf '{character}\\n' >> '{self.paths[0]}'"
            try:
                body = {"command": command, "timeout_seconds": 5}
                path = f"/projects/{self.project.project_id}/run"
                status, answer = await asyncio.wait_for(self.world.ada.call("POST", path, json=body), 10)
                is_done = status == 200 and answer["exit_code"] == 0
            except Exception:
                is_done = False
            if is_done:
                self._programs.typed += character
                self._programs.acknowledged += character
                self._programs.lines += 1
            else:
                self._programs_maybe.typed += character
                self._programs_maybe.lines += 1
            await asyncio.sleep(self.chance.uniform(0.1, 0.5))

    # Judging -------------------------------------------------------------------------------------------------------

    async def _settle(self, outcome: Outcome) -> None:
        await self._until("everything is acknowledged and on the disk", SETTLE_SECONDS, self._is_settled)
        texts, accounts = await self._texts()
        outcome.accounts = [*accounts, self._programs, self._programs_maybe]
        outcome.typed = sum(len(account.typed) for account in outcome.accounts)
        outcome.acknowledged = sum(len(account.acknowledged) for account in outcome.accounts)
        for path in self.paths:
            mine = self._of(path, texts)
            mine["a fresh client"] = await self._text_of_fresh_client(path)
            mine["the file"] = (self.project.home / path).read_text()
            mine["the log"] = await self._text_of_log(path)
            programs = [self._programs, self._programs_maybe] if path == self.paths[0] else []
            broken = judge(mine, [*(each for each in accounts if self._path_of[each.name] == path), *programs])
            outcome.broken.add(broken)
            outcome.texts.update({f"{path} {name}": text for name, text in mine.items()})

    def _of(self, path: str, texts: dict[str, str]) -> dict[str, str]:
        return {name: text for name, text in texts.items() if self._path_of[name] == path}

    async def _is_settled(self) -> bool:
        states = await self.states()
        if not all(state.is_online and state.waiting == 0 for state in states):
            return False
        if not all(state.kind in ("disk", "unknown") for state in states):
            return False
        texts, _ = await self._texts()
        for path in self.paths:
            file = self.project.home / path
            if len({*self._of(path, texts).values(), file.read_text() if file.exists() else None}) != 1:
                return False
        return True

    async def _texts(self) -> tuple[dict[str, str], list[Account]]:
        assert self._pages is not None
        assert self._stock is not None
        reports = [*await self._pages.reports(), *await self._stock.reports()]
        reports += [(plain.report(), plain.text) for plain in self._plain]
        texts = {account.name: text for account, text in reports if text is not None and not account.is_gone}
        return texts, [account for account, _ in reports]

    async def _text_of_fresh_client(self, path: str) -> str:
        """What somebody sees who comes now."""
        client = Client(self.world.session, self.project.url(path))
        client.headers = {"Authorization": f"Bearer {self.world.tokens[PEOPLE[0]]}"}

        async def is_here() -> bool:
            try:
                await client.connect()
            except (aiohttp.ClientError, OSError):
                return False
            return client.synced

        await self._until("a fresh client gets the document", ONLINE_SECONDS, is_here)
        await client.disconnect()
        return str(client.text)

    async def _text_of_log(self, path: str) -> str:
        """What a server would find that opened the log now."""
        with tempfile.TemporaryDirectory() as name:
            for suffix in ("", "-wal"):
                source = self.project.state / f"{DATABASE}{suffix}"
                if source.exists():
                    shutil.copy(source, name)
            store = Store(Path(name))
            await store.open()
            try:
                loaded = await store.load(path)
                assert loaded is not None, "the log has no such document"
                return Replica(loaded.snapshot, loaded.tail).text()
            finally:
                await store.close()

    async def _until(self, what: str, seconds: float, condition: Callable[[], Awaitable[bool]]) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not await condition():
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise AssertionError(f"{seconds:.0f} s passed and it is not so that {what}") from None

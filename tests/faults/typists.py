"""Ten clients that type, each in its own way, and what they say of themselves.

*Page* clients run the page's own code in Node, *stock* ones y-websocket from npm; both type by themselves
(``tests/clients/typists.mjs``). *Plain* ones are pycrdt documents in this process.
"""

import asyncio
import contextlib
import json
import os
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from clients.stock import FOLDER
from clients.ydoc import Client
from faults.laws import Account

WEB = FOLDER.parents[1] / "web"
CHARACTERS = 4_000  # that one client may type in a run
ANSWER_SECONDS = 20.0
CONNECT_SECONDS = 10.0
_BLOCKS = [0x4E00 + CHARACTERS * number for number in range(5)] + [
    0x20000 + CHARACTERS * number for number in range(10)
]
SHELL_FIRST = 0xAC00  # characters that programs write into the file


def build_page_typists(folder: Path) -> Path:
    """The page's client and its typists as one file that Node runs."""
    made = folder / "page_typists.mjs"
    source = FOLDER / "page_typists.mjs"
    command = ["node_modules/.bin/rolldown", str(source), "--platform", "node", "--format", "esm", "--file", str(made)]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@dataclass(frozen=True)
class Seat:
    """Who types where: ``number`` decides the characters."""

    name: str
    number: int
    url: str
    token: str
    pace_milliseconds: float
    reloads: bool = False


@dataclass
class State:
    """What a client says of itself."""

    name: str
    is_online: bool
    waiting: int
    kind: str
    failure: str | None
    is_gone: bool


class NodeTypists:
    """One Node process with several clients."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[list[dict[str, Any]]]] = {}
        self._number = 0
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, script: Path, speed: float = 1.0) -> "NodeTypists":
        """Start the process; it ends when its input does."""
        process = await asyncio.create_subprocess_exec(
            "node",
            str(script),
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            limit=64 * 1024 * 1024,
            env={**os.environ, "STUDIUM_TEST_SPEED": str(speed)},
        )
        return cls(process)

    def do(self, act: str, *arguments: object) -> None:
        """Send a line."""
        assert self._process.stdin is not None
        assert self._process.returncode is None, "a client's process has ended"
        self._process.stdin.write(json.dumps([act, *arguments]).encode() + b"\n")

    def open(self, seat: Seat, chance: random.Random) -> None:
        """One more client."""
        self.do(
            "open",
            {
                "name": seat.name,
                "url": seat.url,
                "token": seat.token,
                "seed": chance.randrange(2**32),
                "first": _BLOCKS[seat.number],
                "characters": CHARACTERS,
                "pace": seat.pace_milliseconds,
                "reloads": seat.reloads,
            },
        )

    async def ask(self, act: str) -> list[dict[str, Any]]:
        """What all clients answer."""
        self._number += 1
        future: asyncio.Future[list[dict[str, Any]]] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = future
        self.do(act, self._number)
        return await asyncio.wait_for(future, ANSWER_SECONDS)

    async def states(self) -> list[State]:
        """Of all clients."""
        return [
            State(each["name"], each["online"], each["waiting"], each["kind"], each["failure"], each["gone"])
            for each in await self.ask("states")
        ]

    async def reports(self) -> list[tuple[Account, str | None]]:
        """What each typed, and its text."""
        return [
            (
                Account(
                    each["name"],
                    each["typed"],
                    each["erased"],
                    each["acknowledged"],
                    each["acknowledged_erased"],
                    each["lines"],
                    each["gone"],
                ),
                each["text"],
            )
            for each in await self.ask("report")
        ]

    async def end(self) -> None:
        """End the process, however it is."""
        if self._process.returncode is None:
            with contextlib.suppress(ConnectionError):
                self.do("end")
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            message = json.loads(line)
            future = self._answers.pop(message["number"])
            if not future.done():
                future.set_result(message["clients"])


class PlainTypist:
    """One pycrdt client that types in this process and comes back by itself."""

    def __init__(self, session: aiohttp.ClientSession, seat: Seat, chance: random.Random) -> None:
        self.account = Account(seat.name)
        self._seat = seat
        self._chance = chance
        self._client = Client(session, "")
        # Tokens are per seat, sessions are not.
        self._client.url = str(URL(seat.url))
        self._client.headers = {"Authorization": f"Bearer {seat.token}"}
        self._acknowledged = (0, 0)
        self._caret = ""
        self._is_typing = False
        self._tasks = [asyncio.create_task(self._stay()), asyncio.create_task(self._type())]
        self._has_been_synced = False

    @property
    def text(self) -> str:
        """Of its document."""
        return str(self._client.text)

    @property
    def state(self) -> State:
        """Now."""
        client = self._client
        is_online = client.synced and client.close_code is None
        waiting = max(0, client.sent - client.acknowledged) if is_online and client.sent else 1
        return State(self._seat.name, is_online, waiting, "unknown", None, self.account.is_gone)

    def report(self) -> Account:
        """What it typed, and of that what is acknowledged."""
        self._note_acknowledged()
        typed, erased = self._acknowledged
        self.account.acknowledged = self.account.typed[:typed]
        self.account.acknowledged_erased = self.account.erased[:erased]
        return self.account

    def type(self) -> None:
        """Begin, or go on."""
        self._is_typing = True

    def rest(self) -> None:
        """Type no more for now."""
        self._is_typing = False

    async def vanish(self) -> None:
        """Be gone without a word, for good."""
        self.report()
        self.account.is_gone = True
        await self.end()

    async def end(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._cut()

    async def _cut(self) -> None:
        socket, reader = self._client._socket, self._client._reader
        if socket is not None and not socket.closed:
            with contextlib.suppress(AssertionError):
                self._client.transport.abort()
        if reader is not None:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
        if socket is not None:
            await socket.close()
        self._client._socket = None

    async def _stay(self) -> None:
        pause = 0.1
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):  # not ``wait_for``, which may swallow a cancellation
                    await self._client.connect()
                if self._client.synced:
                    self._has_been_synced = True
                    pause = 0.1
                await self._client.until(lambda: self._client.close_code is not None, 3600)
            await self._cut()
            self._client.close_code = self._client.close_code or 1006
            await asyncio.sleep(pause * (0.5 + self._chance.random() / 2))
            pause = min(2 * pause, 1.0)

    async def _type(self) -> None:
        while True:
            await asyncio.sleep(self._seat.pace_milliseconds / 1000 * (0.3 + 1.4 * self._chance.random()))
            self._note_acknowledged()
            if not self._is_typing or not self._has_been_synced:
                continue
            if self._chance.random() < 0.15:
                self._erase()
            else:
                self._write()
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await self._client.flush()

    def _note_acknowledged(self) -> None:
        if self.state.is_online and self.state.waiting == 0 and not self._client._outgoing:
            self._acknowledged = (len(self.account.typed), len(self.account.erased))

    def _write(self) -> None:
        account, chance = self.account, self._chance
        many = min(chance.randint(1, 4), CHARACTERS - len(account.typed))
        first = _BLOCKS[self._seat.number] + len(account.typed)
        word = "".join(chr(first + number) for number in range(many))
        if not word:
            return
        account.typed += word
        text = self.text
        at = text.find(self._caret) + 1 if self._caret and chance.random() > 0.1 else 0
        if at == 0:
            at = chance.randint(0, len(text))
        self._caret = word[-1]
        if chance.random() < 0.1:
            word += "\n"
            account.lines += 1
        self._client.text.insert(len(text[:at].encode()), word)

    def _erase(self) -> None:
        if not self.account.typed:
            return
        character = self._chance.choice(self.account.typed)
        text = self.text
        at = text.find(character)
        if at < 0:
            return
        self.account.erased += character
        start = len(text[:at].encode())
        del self._client.text[start : start + len(character.encode())]

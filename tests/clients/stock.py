"""Drives ``stock.mjs``: a y-websocket client from npm, unchanged, in Node."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


class StockClient:
    """One Node process with one provider."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.messages: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, url: str, room: str) -> "StockClient":
        """Connect to ``url/room`` and wait until it is synced."""
        process = await asyncio.create_subprocess_exec(
            "node", "stock.mjs", url, room, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        client = cls(process)
        await client.until(lambda message: message.get("synced") is True)
        return client

    def do(self, act: str, *arguments: object) -> None:
        """Send a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([act, *arguments]).encode() + b"\n")

    async def until(self, condition: Callable[[dict[str, Any]], bool], after: int = 0) -> dict[str, Any]:
        """The first message, after the first ``after`` ones, that fits."""
        async with asyncio.timeout(60):
            while True:
                for message in self.messages[after:]:
                    if condition(message):
                        return message
                self._news.clear()
                await self._news.wait()

    async def until_text(self, text: str, after: int = 0) -> None:
        """Wait until it has had this text."""
        await self.until(lambda message: message.get("text") == text, after)

    async def end(self) -> None:
        """Close the provider and the process."""
        self.do("end")
        await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.messages.append(json.loads(line))
            self._news.set()

"""One process of pages that follow tables: ``python benchmarks/table_load.py HOST:PORT ACCOUNTS FIRST LAST``.

It opens a WebSocket for each number from FIRST to LAST - 1, follows what a page follows, and prints a line of JSON
once all have their snapshots. A line on standard input names a file for all that arrived since, in pairs of 64-bit
microseconds: when a change was sent to the database, which the changed row says, and when it came here.
"""

import array
import asyncio
import base64
import json
import re
import resource
import secrets
import sys
import time
from pathlib import Path
from typing import cast

import uvloop
from load import frame
from tables_site import Site, feeds_of_page, token

AT_ONCE = 16
MARK = re.compile(rb"at=(\d+)")
_TEXT, _PING, _PONG, _CLOSE = 0x81, 9, 0x8A, 8


class Page(asyncio.Protocol):
    """One connection; ``opened`` once every feed has its snapshot."""

    def __init__(self, account: int, site: Site, arrived: "array.array[int]") -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._token = token(account)
        self._queries = feeds_of_page(site, account)
        self._waiting = len(self._queries)
        self._arrived = arrived
        self._is_upgraded = False
        self._data = b""
        self._transport = cast(asyncio.WriteTransport, None)  # until connected

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.WriteTransport, transport)
        lines = [
            "GET /api/tables HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self._token}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        data = self._data + data if self._data else data
        position = 0
        if not self._is_upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._data = data
                return
            if b" 101 " not in data[:20]:
                self._fail(data[:200].decode(errors="replace"))
                return
            self._is_upgraded = True
            position = end + 4
            for number, query in enumerate(self._queries, 1):
                request = json.dumps({"id": number, "query": query, "changes": True}).encode()
                self._transport.write(frame(request, _TEXT))
        while (start := position + 2) <= len(data):
            size = data[position + 1]
            if size == 126:
                size, start = int.from_bytes(data[start : start + 2]), start + 2
            elif size == 127:
                size, start = int.from_bytes(data[start : start + 8]), start + 8
            if start + size > len(data):
                break
            self._take(data[position] & 15, data[start : start + size])
            position = start + size
        self._data = data[position:]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._transport.write(frame(payload, _PONG))
        elif opcode == _CLOSE or b'"error":' in payload[:40]:
            self._fail(payload[:300].decode(errors="replace"))
        elif b'"action":' in payload[:60]:
            now = time.perf_counter_ns() // 1000
            for found in MARK.findall(payload):
                self._arrived.extend((int(found), now))
        else:
            self._waiting -= 1
            if self._waiting == 0 and not self.opened.done():
                self.opened.set_result(None)

    def connection_lost(self, exception: Exception | None) -> None:
        self._fail("the connection was closed")

    def _fail(self, sentence: str) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(sentence))
        else:
            sys.stderr.write(f"A page lost its connection: {sentence}\n")


async def run(host: str, port: int, site: Site, numbers: range) -> None:
    """Open all, then answer what standard input asks."""
    loop = asyncio.get_running_loop()
    arrived: array.array[int] = array.array("Q")
    gate = asyncio.Semaphore(AT_ONCE)
    pages: list[Page] = []

    async def open_one(number: int) -> None:
        async with gate:
            _, page = await loop.create_connection(lambda: Page(number // 2, site, arrived), host, port)
            pages.append(page)
            await page.opened

    began = time.perf_counter()
    await asyncio.gather(*(open_one(number) for number in numbers))
    print(json.dumps({"pages": len(pages), "seconds": time.perf_counter() - began}), flush=True)
    while path := (await asyncio.to_thread(sys.stdin.readline)).strip():
        Path(path).write_bytes(arrived.tobytes())
        del arrived[:]
        print(json.dumps({"written": path}), flush=True)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    host, _, port = sys.argv[1].partition(":")
    accounts, first, last = map(int, sys.argv[2:5])
    uvloop.run(run(host, int(port), Site(accounts), range(first, last)))


if __name__ == "__main__":
    main()

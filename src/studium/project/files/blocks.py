"""Streams and files: what comes is written block by block, what goes is read chunk by chunk, and the loop waits for no
disk. Memory stays flat: two blocks of a stream, one chunk of a file.
"""

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Final

BLOCK_BYTES: Final = 1024 * 1024
"""What is gathered before it is written."""

_NOT_NOW: Final = (errno.EAGAIN, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)


class BlockWriter:
    """Writes what is added in blocks, each in a thread while the next is gathered. ``write`` writes all of a block;
    what it raises is raised by a later ``add``, or by ``finish``. ``settle`` at the end, whatever happened."""

    def __init__(self, write: Callable[[bytearray], object]) -> None:
        self._write = write
        self._block = bytearray()
        self._writing: asyncio.Future[object] | None = None

    async def add(self, data: bytes) -> None:
        """Write it, now or later."""
        self._block += data
        if len(self._block) >= BLOCK_BYTES:
            await self._begin()

    async def finish(self) -> None:
        """Write the rest; return when all is written."""
        if self._block:
            await self._begin()
        await self._written()

    async def settle(self) -> None:
        """Wait until no thread writes any more, whoever is cancelled meanwhile; the descriptor can be closed then."""
        if (writing := self._writing) is None:
            return
        try:
            await asyncio.wait([writing])
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            raise
        finally:
            writing.exception()  # which somebody was told, or nobody is left to be

    async def _begin(self) -> None:
        await self._written()
        block, self._block = self._block, bytearray()
        self._writing = asyncio.ensure_future(asyncio.to_thread(self._write, block))

    async def _written(self) -> None:
        if self._writing is not None:
            await asyncio.shield(self._writing)
            self._writing = None


def write_all(fd: int, data: bytes | bytearray) -> None:
    """Write all of it to a descriptor. Blocks; raises ``OSError``."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


async def read_at(fd: int, length: int, offset: int) -> bytes | memoryview:
    """At most ``length`` bytes of a file from ``offset`` on. What the kernel has in memory comes at once, without a
    thread, which costs more than the copy; the rest is waited for in one."""
    buffer = bytearray(length)
    try:
        count = os.preadv(fd, [buffer], offset, os.RWF_NOWAIT)
    except OSError as error:
        if error.errno not in _NOT_NOW:
            raise
        count = 0
    if count:
        return memoryview(buffer)[:count]
    return await asyncio.to_thread(os.pread, fd, length, offset)

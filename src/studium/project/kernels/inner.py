"""The inner ring as kernels need it: how a program is started there, and where its ``/tmp`` is for us.

What lies in that ``/tmp`` belongs to the people of the project. It is named by us, made by programs that run in there,
and read with care: a link may lead anywhere.
"""

import asyncio
import os
import stat
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from studium.protocol.errors import ErrorCode, StudiumError

MAX_ANSWER_BYTES: Final = 4 * 1024**2
"""What a program of ours in the inner ring may say."""

TEMPORARY: Final = Path("/tmp")  # noqa: S108 - that of the inner ring


@dataclass(frozen=True)
class InnerRing:
    """How to run a program in the inner ring.

    ``prefix`` comes before its arguments, ``environment`` is all that it sees, ``temporary`` is where this process
    finds its ``/tmp``; ``python`` the interpreter that people compute with.
    """

    prefix: tuple[str, ...]
    environment: Mapping[str, str]
    home: Path
    python: Path
    temporary: Path = field(default=TEMPORARY)

    def outside(self, path: Path) -> Path:
        """Where we find what is at ``path``, below ``/tmp``, for the inner ring."""
        return self.temporary / path.relative_to(TEMPORARY)

    def start(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        """Start a program in a session of its own, with pipes to its standard input and output. Blocks for a moment."""
        try:
            return subprocess.Popen(
                [*self.prefix, *command],
                cwd=self.home,
                env={**(self.environment if environment is None else environment), "PWD": str(self.home)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            message = f"A program of the project could not be started: {error.strerror}. Restart the project."
            raise StudiumError(ErrorCode.UNAVAILABLE, message) from error

    def start_and_hear(
        self,
        command: Sequence[str],
        said: bytes = b"",
        *,
        environment: Mapping[str, str] | None = None,
    ) -> "tuple[subprocess.Popen[bytes], bytes]":
        """Start a program, say something to it, and hear its first line; both pipes are closed then. Blocks."""
        popen = self.start(command, environment=environment)
        if popen.stdin is None or popen.stdout is None:
            raise AssertionError("it was started with pipes")
        with suppress(BrokenPipeError):
            popen.stdin.write(said)
            popen.stdin.close()
        line = popen.stdout.readline(32).strip()
        popen.stdout.close()
        return popen, line

    async def ask(self, command: Sequence[str], said: bytes = b"", *, timeout_seconds: float = 20.0) -> bytes:
        """What a program writes to standard output, at most ``MAX_ANSWER_BYTES``; empty when it takes too long."""
        return await asyncio.to_thread(self._ask, command, said, timeout_seconds)

    def _ask(self, command: Sequence[str], said: bytes, timeout_seconds: float) -> bytes:
        process = self.start(command)
        with process:
            try:
                return process.communicate(said, timeout=timeout_seconds)[0][:MAX_ANSWER_BYTES]
            except subprocess.TimeoutExpired:
                return b""
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, 9)


def is_socket(path: Path) -> bool:
    """Whether a Unix socket is there, and no link to one."""
    try:
        return stat.S_ISSOCK(path.lstat().st_mode)
    except OSError:
        return False

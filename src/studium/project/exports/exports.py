"""``GET /projects/{project_id}/exports/{path}?format=…``: a notebook converted by nbconvert, as a download.

Whoever may read files may export: the programs that run are nbconvert and LaTeX on a notebook that is there already,
the asker chooses nothing but its name and one of the formats, nothing in the project changes, and the work is bounded
in time, size and number. It runs in the inner ring, by the shared Python and without the project's own packages and
settings, so that what somebody installed or wrote into the notebook's folder does not change what others get.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web

from studium.compute.project_python import NOT_INSTALLED, ProjectPython
from studium.project.documents.documents import Documents
from studium.project.files.download import download_headers, open_file
from studium.project.files.home import Home
from studium.project.files.paths import shown
from studium.project.programs import CHUNK_BYTES, Programs
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.exports import ExportFormat

PROGRAM: Final = Path(__file__).with_name("program.py")
MAX_EXPORTS: Final = 2
"""At once; each takes a processor and some hundreds of megabytes of the project's."""
CONVERT_SECONDS: Final = 120.0
SEND_SECONDS: Final = 600.0
MAX_NOTEBOOK_BYTES: Final = 256 * 1024**2
MAX_RESULT_BYTES: Final = 1024**3
MISSING: Final = {
    "pandoc": "apt-get install pandoc",
    "xelatex": "apt-get install texlive-xetex texlive-latex-extra texlive-fonts-recommended texlive-plain-generic "
    "lmodern",
}
"""Debian's packages of what a format needs and the environment does not bring."""


class _Header(msgspec.Struct, frozen=True):
    """The first line of the program's output."""

    name: str = ""
    size: int = 0
    missing: str | None = None
    unreadable: str | None = None


class Exports:
    """Runs exports, and ends them with the project server."""

    def __init__(
        self,
        home: Home,
        documents: Documents,
        inner_ring: Sequence[str],
        environment: Mapping[str, str],
        python: ProjectPython | None,
    ) -> None:
        self._home = home
        self._documents = documents
        self._programs = Programs(tuple(inner_ring), dict(environment))
        self._python = python
        self._under_way = 0
        self._done = 0
        self._failed = 0

    async def answer(self, request: web.Request, path: str) -> web.StreamResponse:
        """Convert the notebook at ``path`` and send the result. Raises ``StudiumError`` before anything was sent."""
        wanted = _format(request)
        if not path.lower().endswith(".ipynb"):
            message = f"{shown(path)} is no notebook; notebooks end with .ipynb, and only they can be exported."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, path=path)
        if self._python is None:
            raise StudiumError(ErrorCode.UNAVAILABLE, NOT_INSTALLED)
        if self._under_way >= MAX_EXPORTS:
            message = f"{MAX_EXPORTS} exports run in this project already. Wait until one of them ends."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_EXPORTS)
        self._under_way += 1
        try:
            await self._documents.save(path)
            place = await asyncio.to_thread(self._notebook, path)
            response = await self._export(request, path, place, wanted, self._python)
            self._done += 1
            return response
        except StudiumError:
            self._failed += 1
            raise
        finally:
            self._under_way -= 1

    async def close(self) -> None:
        """Kill what runs."""
        await self._programs.close()

    def statistics(self) -> dict[str, float]:
        """Counts for the metrics page."""
        return {"running": self._under_way, "done": self._done, "failed": self._failed}

    def _notebook(self, path: str) -> Path:
        """The notebook's place in the file system. Blocking."""
        fd, status = open_file(self._home, path)
        os.close(fd)
        if status.st_size > MAX_NOTEBOOK_BYTES:
            message = (
                f"{shown(path)} is larger than {MAX_NOTEBOOK_BYTES // 1024**2} MB, the limit of an export. Clear the "
                "outputs that you do not need."
            )
            raise StudiumError(ErrorCode.TOO_LARGE, message, path=path, limit_bytes=MAX_NOTEBOOK_BYTES)
        return self._home.resolve(path)

    async def _export(
        self, request: web.Request, path: str, place: Path, wanted: ExportFormat, python: ProjectPython
    ) -> web.StreamResponse:
        command = [str(python.shared), "-I", str(PROGRAM), str(place), wanted.value]
        async with self._programs.run(command, self._home.directory) as program:
            output = program.output
            try:
                async with asyncio.timeout(CONVERT_SECONDS):
                    line = await output.readline()
            except TimeoutError:
                message = (
                    f"Exporting {shown(path)} took longer than {CONVERT_SECONDS:.0f} seconds and was ended. Clear "
                    "large outputs, or run jupyter nbconvert in the project."
                )
                raise StudiumError(ErrorCode.TIMEOUT, message, path=path) from None
            try:
                header = msgspec.json.decode(line, type=_Header)
            except msgspec.DecodeError:  # it ended before it had anything to say
                await program.ended()
                raise _failure(path, wanted, program.said.text()) from None
            _check(header, path, wanted)
            response = web.StreamResponse(headers={**download_headers(header.name), "Cache-Control": "no-store"})
            response.content_length = header.size
            await response.prepare(request)
            async with asyncio.timeout(SEND_SECONDS):
                await _send(response, output, header.size)
            return response


def _format(request: web.Request) -> ExportFormat:
    given = request.query.get("format", "")
    try:
        return ExportFormat(given)
    except ValueError:
        formats = ", ".join(ExportFormat)
        message = f"“format” is {given!r}; notebooks can be exported as {formats}."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, name="format") from None


def _check(header: _Header, path: str, wanted: ExportFormat) -> None:
    if header.missing is not None:
        message = (
            f"Exporting as {wanted} needs the program {header.missing}, which is not on this machine. Ask the "
            f"administrator to run: {MISSING[header.missing]}"
        )
        raise StudiumError(ErrorCode.UNAVAILABLE, message, missing=header.missing)
    if header.unreadable is not None:
        message = f"{shown(path)} cannot be read as a notebook: {header.unreadable}. Mend it as text, and export again."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, path=path)
    if header.size > MAX_RESULT_BYTES:
        message = f"{shown(path)} as {wanted} is larger than {MAX_RESULT_BYTES // 1024**3} GB. Clear large outputs."
        raise StudiumError(ErrorCode.TOO_LARGE, message, path=path, limit_bytes=MAX_RESULT_BYTES)


def _failure(path: str, wanted: ExportFormat, said: str) -> StudiumError:
    message = f"{shown(path)} could not be exported as {wanted}."
    if "File `" in said and "not found" in said:
        message += f" LaTeX lacks a package; ask the administrator to run: {MISSING['xelatex']}."
    message += f" The last lines of the program say:\n{said}" if said else " The program was ended; it may need memory."
    return StudiumError(ErrorCode.INVALID_VALUE, message, path=path, log=said)


async def _send(response: web.StreamResponse, output: asyncio.StreamReader, size: int) -> None:
    while size:
        chunk = await output.read(min(size, CHUNK_BYTES))
        if not chunk:
            # A connection that ends early is how HTTP says that this is not the whole file.
            raise ConnectionAbortedError("The export ended while it was sent.")
        await response.write(chunk)
        size -= len(chunk)
    await response.write_eof()

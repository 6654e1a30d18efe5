"""A new file from an address: downloaded by a program in the inner ring (``fetch.py``), whole or not at all.

Only what a program of the project could reach is reached: where the machine has network rules, that is the internet and
no internal network (``docs/threat-model.md`` says where it is not so).
"""

import asyncio
import os
import re
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from studium.project.files.blocks import BlockWriter, write_all
from studium.project.files.download import too_large
from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.listing import join
from studium.project.files.operations import new_path
from studium.project.files.paths import NAME_BYTES
from studium.project.files.staging import Stage, put, staged_by_thread
from studium.project.files.trash import Trash
from studium.project.jobs.work import Cancelled, Work
from studium.project.programs import CHUNK_BYTES, PYTHON, Program, Programs
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.jobs import FetchUrl

PROGRAM: Final = Path(__file__).with_name("fetch.py")
MAX_SECONDS: Final = 6 * 3600.0
SILENCE_SECONDS: Final = 60.0
"""Without a byte, after which a download is given up."""
MAX_URL_CHARACTERS: Final = 8000
_FILE: Final = "file"


class _Header(msgspec.Struct, frozen=True):
    """The program's first line."""

    size: int | None = None
    disposition: str | None = None
    url: str = ""
    error: str | None = None


def check(asked: FetchUrl) -> None:
    """Raise ``StudiumError`` for an address that can never be right, or a name that can never be one."""
    url = asked.url.strip()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if len(url) > MAX_URL_CHARACTERS or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        message = "The address holds a space or a line break, or is too long. Copy it from the browser again."
    elif parts.scheme.lower() not in ("http", "https"):
        message = "Only addresses that begin with https:// or http:// can be downloaded."
    elif not host:
        message = "The address names no server. Copy it from the browser again."
    elif parts.username is not None:
        message = "The address holds a name and a password. Download it in a terminal, with curl."
    else:
        if asked.name is not None:
            new_path(join(asked.to, asked.name))
            if "/" in asked.name:
                raise StudiumError(ErrorCode.INVALID_PATH, "A name cannot contain “/”.", path=asked.name)
        return
    raise StudiumError(ErrorCode.INVALID_VALUE, message, field="url")


def name_in(url: str) -> str:
    """The name that an address gives to what it leads to."""
    return clean_name(unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")) or "download"


def name_of(disposition: str | None, url: str) -> str:
    """The name that the answer gives, or else the address."""
    return clean_name(_disposition_name(disposition or "")) or name_in(url)


def clean_name(name: str) -> str:
    """A name from outside as one for a file: no folders, no control characters, not hidden, not too long."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c if c.isprintable() else "_" for c in name).strip().lstrip(".").strip()
    stem, dot, suffix = name.rpartition(".")
    ending = f"{dot}{suffix}" if stem and len(suffix.encode()) <= 20 else ""
    room = NAME_BYTES - 20 - len(ending.encode())  # for “ (copy 2)”
    return name.removesuffix(ending).encode(errors="replace")[:room].decode(errors="ignore") + ending


def _disposition_name(header: str) -> str:
    extended = re.search(r"filename\*\s*=\s*([\w!#$&+^`{}~-]+)'[^']*'([^\s;]+)", header)
    if extended:
        try:
            return unquote(extended[2], encoding=extended[1], errors="replace")
        except LookupError:
            pass
    plain = re.search(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))', header)
    if plain is None:
        return ""
    name = re.sub(r"\\(.)", r"\1", plain[1]) if plain[1] is not None else plain[2]
    try:
        return name.encode("latin-1").decode()  # headers are latin-1 to the library; most servers send UTF-8
    except UnicodeError:
        return name


async def fetch(home: Home, trash: Trash, programs: Programs, asked: FetchUrl, limit_bytes: int, work: Work) -> None:
    """Download, and give the file its name. Raises ``StudiumError``, and nothing is left then."""
    read_fd, write_fd = os.pipe()
    with os.fdopen(read_fd, "rb") as source, os.fdopen(write_fd, "wb") as order:
        order.write(msgspec.json.encode({"url": asked.url.strip(), "seconds": SILENCE_SECONDS}) + b"\n")
        order.close()
        async with staged_by_thread(home, asked.to) as stage:
            async with programs.run([*PYTHON, str(PROGRAM)], home.directory, source) as program:
                work.on_cancel(program.kill)
                try:
                    async with asyncio.timeout(MAX_SECONDS):
                        name = await _receive(program, stage, asked, limit_bytes, work)
                except TimeoutError:
                    message = f"The download took longer than {MAX_SECONDS / 3600:.0f} hours and was ended."
                    raise StudiumError(ErrorCode.TIMEOUT, message) from None
            target = join(asked.to, name)
            path = await asyncio.to_thread(put, home, trash, stage.fd, _FILE, new_path(target), asked.clash)
    work.done_files = 1
    if path is None:
        work.skipped_files += 1
    else:
        work.made(path)


async def _receive(program: Program, stage: Stage, asked: FetchUrl, limit_bytes: int, work: Work) -> str:
    """Write what comes to a file on the stage; the answer is the name that it is to have."""
    try:
        header = msgspec.json.decode(await program.output.readline(), type=_Header)
    except (msgspec.DecodeError, ValueError):
        if work.is_cancelled:
            raise Cancelled from None
        raise _failed("The program that downloads was ended; the project may be out of memory") from None
    if header.error is not None:
        raise _failed(header.error)
    name = asked.name or name_of(header.disposition, header.url)
    if header.size is not None and header.size > limit_bytes:
        raise too_large(name, limit_bytes)
    work.total_bytes = header.size
    with file_errors(name):
        fd = os.open(_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=stage.fd)
    writer = BlockWriter(partial(_write, fd, name))
    try:
        while data := await program.output.read(CHUNK_BYTES):
            work.done_bytes += len(data)
            if work.done_bytes > limit_bytes:
                raise too_large(name, limit_bytes)
            await writer.add(data)
        await writer.finish()
    finally:
        await writer.settle()
        os.close(fd)
    status = await program.ended()
    if work.is_cancelled:
        raise Cancelled
    if status:
        raise _failed(program.said.text() or "The download broke off")
    if header.size is not None and work.done_bytes != header.size:
        raise _failed(f"The download broke off after {work.done_bytes} of {header.size} bytes")
    return name


def _write(fd: int, name: str, data: bytearray) -> None:
    with file_errors(name):
        write_all(fd, data)


def _failed(reason: str) -> StudiumError:
    return StudiumError(ErrorCode.UNAVAILABLE, f"{reason.rstrip('.')}. Check the address, and try again.")

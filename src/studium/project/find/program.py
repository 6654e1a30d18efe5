"""Searches text where there is no ripgrep: ``python -I -S program.py WANTED START…``, from the home.

A program of its own, of the standard library alone, run in the inner ring. It prints what ``rg --json`` prints, as far
as ``results.py`` reads it, and finds the same: files by the same globs, no links, no devices, no file with a NUL in it,
UTF-16 by its mark, matches within a line. Its regular expressions are Python's.
"""

import base64
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UTF8_MARK = b"\xef\xbb\xbf"


class BadPattern(Exception):
    """The text says what is wrong."""


def glob_pattern(glob: str) -> str:
    """A glob as gitignore has it, as a regular expression of whole paths."""
    rooted = glob.startswith("/")
    rest = glob.lstrip("/")
    anywhere = not rooted and "/" not in rest
    return ("(?:.*/)?" if anywhere else "") + _translate(rest)


def _translate(glob: str) -> str:
    out: list[str] = []
    at, depth = 0, 0
    while at < len(glob):
        sign = glob[at]
        at += 1
        if sign == "*":
            if glob.startswith("*/", at) and (at == 1 or glob[at - 2] == "/"):
                out.append("(?:.*/)?")
                at += 2
            elif glob.startswith("*", at):
                at += 1
                out.append(".*")
            else:
                out.append("[^/]*")
        elif sign == "?":
            out.append("[^/]")
        elif sign == "[":
            end = glob.find("]", at + (2 if glob.startswith(("!", "^"), at) else 1))
            if end < 0:
                raise BadPattern(f"error parsing glob '{glob}': unclosed character class; missing ']'")
            inside = glob[at:end]
            negated = inside.startswith(("!", "^"))
            inside = (inside[1:] if negated else inside).replace("\\", "\\\\").replace("[", "\\[")
            out.append(f"[{'^/' if negated else ''}{inside}]")
            at = end + 1
        elif sign == "{":
            depth += 1
            out.append("(?:")
        elif sign == "}" and depth:
            depth -= 1
            out.append(")")
        elif sign == "," and depth:
            out.append("|")
        elif sign == "\\" and at < len(glob):
            out.append(re.escape(glob[at]))
            at += 1
        else:
            out.append(re.escape(sign))
    if depth:
        raise BadPattern(f"error parsing glob '{glob}': unclosed alternate group; missing '}}'")
    return "".join(out)


class Names:
    """Which names are searched: the last glob that fits decides."""

    def __init__(self, globs: list[str]) -> None:
        self._globs: list[tuple[bool, re.Pattern[str]]] = []
        for glob in globs:
            leave_out = glob.startswith("!")
            try:
                pattern = re.compile(glob_pattern(glob[1:] if leave_out else glob), re.DOTALL)
            except re.error as error:
                raise BadPattern(f"error parsing glob '{glob}': {error}") from None
            self._globs.insert(0, (leave_out, pattern))
        self._only_some = any(not leave_out for leave_out, _ in self._globs)

    def takes(self, path: str, is_folder: bool) -> bool:
        for leave_out, pattern in self._globs:
            if pattern.fullmatch(path):
                return not leave_out
        return is_folder or not self._only_some


def pattern_of(wanted: dict[str, Any]) -> re.Pattern[str]:
    text = wanted["text"] if wanted["regex"] else re.escape(wanted["text"])
    flags = 0 if wanted["case"] else re.IGNORECASE
    try:
        pattern = re.compile(text, flags)
        return re.compile(rf"(?<!\w)(?:{text})(?!\w)", flags) if wanted["word"] else pattern
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPattern(f"regex parse error:\n    {text}\nerror: {error}") from None


def files_below(names: Names, start: str, max_bytes: int) -> Iterator[str]:
    """The files to search, of a folder or that one, without following links."""
    try:
        status = Path(start).lstat()
    except OSError as error:
        complain(start, error)
        return
    if not stat.S_ISDIR(status.st_mode):
        if stat.S_ISREG(status.st_mode):
            yield start
        return
    folders = [start.rstrip("/")]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            complain(folder, error)
            continue
        below = []
        for entry in entries:
            path = f"{folder}/{entry.name}"
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                if not names.takes(path[2:], is_folder):
                    continue
                if is_folder:
                    below.append(path)
                elif entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_size <= max_bytes:
                    yield path
            except OSError as error:
                complain(path, error)
        folders += reversed(below)


def read(path: str) -> bytes | None:
    """The text of a file in UTF-8, without a mark; None for what is no text."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        data = file.read()
    if (encoding := _UTF16.get(data[:2])) is not None:
        return data[2:].decode(encoding, "replace").encode("utf-8", "replace")
    data = data.removeprefix(_UTF8_MARK)
    return None if b"\0" in data else data


class Search:
    """One search, and what it prints."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self.pattern = pattern_of(wanted)
        self.names = Names(wanted["globs"])
        self.context: int = wanted["context"]
        self.replacement: list[tuple[str, str]] | None = wanted["replacement"]
        self.max_bytes: int = wanted["max_file_bytes"]
        # A quick look whether a file can have it: exact but for letters whose other case is written otherwise.
        plain = wanted["text"] if not wanted["regex"] and wanted["case"] else None
        self.needle = plain.encode() if plain is not None else None

    def run(self, starts: list[str]) -> None:
        for start in starts:
            for path in files_below(self.names, start, self.max_bytes):
                try:
                    data = read(path)
                except OSError as error:
                    complain(path, error)
                    continue
                if data is not None and (self.needle is None or self.needle in data):
                    self.search(path, data)
        tell({"type": "summary", "data": {}})

    def search(self, path: str, data: bytes) -> None:
        lines = data.split(b"\n")
        if lines and not lines[-1]:
            lines.pop()
        found: dict[int, list[dict[str, Any]]] = {}
        for index, line in enumerate(lines):
            if matches := self.matches(line.removesuffix(b"\r")):
                found[index] = matches
        if not found:
            return
        where = {"path": data_of(os.fsencode(path))}
        tell({"type": "begin", "data": where})
        shown = set(found)
        for index in found:
            shown.update(range(max(0, index - self.context), min(len(lines), index + self.context + 1)))
        for index in sorted(shown):
            told = {**where, "lines": data_of(lines[index] + b"\n"), "line_number": index + 1}
            kind = "match" if index in found else "context"
            tell({"type": kind, "data": {**told, "submatches": found.get(index, [])}})
        tell({"type": "end", "data": {**where, "binary_offset": None}})
        sys.stdout.flush()

    def matches(self, line: bytes) -> list[dict[str, Any]]:
        text = line.decode("utf-8", "surrogateescape")
        plain = text.isascii()
        found = []
        for match in self.pattern.finditer(text):
            start, end = match.span()
            if not plain:
                start = len(text[:start].encode("utf-8", "surrogateescape"))
                end = start + len(match[0].encode("utf-8", "surrogateescape"))
            one: dict[str, Any] = {"match": data_of(line[start:end]), "start": start, "end": end}
            if self.replacement is not None:
                one["replacement"] = data_of(self.expand(match).encode("utf-8", "surrogateescape"))
            found.append(one)
        return found

    def expand(self, match: re.Match[str]) -> str:
        out = []
        for kind, value in self.replacement or ():
            if kind == "text":
                out.append(value)
                continue
            with suppress(IndexError):  # no such group: nothing, as ripgrep has it
                out.append(match[int(value) if value.isdigit() else value] or "")
        return "".join(out)


def data_of(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"bytes": base64.b64encode(data).decode()}


def tell(message: dict[str, Any]) -> None:
    print(json.dumps(message, separators=(",", ":")))


def complain(path: str, error: OSError) -> None:
    print(f"rg: {path!r}: {error.strerror}", file=sys.stderr)


def main() -> None:
    try:
        search = Search(json.loads(sys.argv[1]))
    except BadPattern as error:
        print(f"rg: {error}", file=sys.stderr)
        sys.exit(2)
    search.run(sys.argv[2:])


if __name__ == "__main__":
    main()

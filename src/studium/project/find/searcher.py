"""Which program searches, and its command line: ripgrep where there is one, else our own (``program.py``).

Both print the same JSON lines. Only a ripgrep of the environment or the system is run, never one that somebody put into
the home: a search does the same for everybody. Ripgrep 15 tells in JSON what a match would become; with an older one,
and a replacement with groups, our own program searches.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from studium.compute.project_python import ProjectPython
from studium.project.find.query import globs_of, template_of
from studium.protocol.find import TextQuery

PROGRAM: Final = Path(__file__).with_name("program.py")
PACKAGE: Final = "ripgrep"
"""Debian's."""
MAX_FILE_BYTES: Final = 50 * 1024**2
"""Larger files are passed over: one may be a single line, of which ripgrep holds more than three times its size."""
_SYSTEM: Final = "/usr/local/bin:/usr/bin:/bin"
_REPLACES: Final = 15
_ASK_SECONDS: Final = 10.0


def find_ripgrep(python: ProjectPython | None) -> Path | None:
    """Ripgrep of the environment or the system, or None. Blocking."""
    folders = f"{python.shared.parent}:{_SYSTEM}" if python is not None else _SYSTEM
    found = shutil.which("rg", path=folders)
    return Path(found) if found is not None else None


def version_of(ripgrep: Path) -> int:
    """Its main version; 0 where it does not run. Blocking."""
    try:
        said = subprocess.run([str(ripgrep), "--version"], capture_output=True, timeout=_ASK_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.match(rb"ripgrep (\d+)\.", said.stdout)
    return int(found[1]) if found else 0


@dataclass(frozen=True)
class Searcher:
    """What there is on this machine. ``python`` runs our own program."""

    ripgrep: Path | None
    version: int
    python: Path

    @classmethod
    def look(cls, python: ProjectPython | None) -> "Searcher":
        """Blocking."""
        ripgrep = find_ripgrep(python)
        version = version_of(ripgrep) if ripgrep is not None else 0
        own = python.shared if python is not None else Path(sys.executable)
        return cls(ripgrep if version else None, version, own)

    def command(self, query: TextQuery, context: int, places: Sequence[str]) -> list[str]:
        """The command that searches ``places``, project paths of a folder or of files, from the home."""
        starts = [f"./{place}" for place in places]
        parts = template_of(query)
        has_groups = query.replacement is not None and any(kind == "group" for kind, _ in parts)
        if self.ripgrep is None or (has_groups and self.version < _REPLACES):
            return self._own(query, context, starts)
        command = [str(self.ripgrep), "--no-config", "--json", "--no-ignore", "--hidden", "--crlf"]
        command += ["--max-filesize", str(MAX_FILE_BYTES), "--context", str(context)]
        command.append("--case-sensitive" if query.case else "--ignore-case")
        if query.word:
            command.append("--word-regexp")
        if not query.regex:
            command.append("--fixed-strings")
        if query.replacement is not None and self.version >= _REPLACES:
            command += ["--replace", "".join(_for_ripgrep(kind, value) for kind, value in parts)]
        command += [f"--glob={glob}" for glob in globs_of(query)]
        return [*command, "--regexp", query.text, "--", *starts]

    def _own(self, query: TextQuery, context: int, starts: Sequence[str]) -> list[str]:
        wanted = {
            "text": query.text,
            "regex": query.regex,
            "case": query.case,
            "word": query.word,
            "globs": globs_of(query),
            "replacement": template_of(query) if query.replacement is not None else None,
            "context": context,
            "max_file_bytes": MAX_FILE_BYTES,
        }
        return [str(self.python), "-I", "-S", str(PROGRAM), json.dumps(wanted), *starts]


def _for_ripgrep(kind: str, value: str) -> str:
    return f"${{{value}}}" if kind == "group" else value.replace("$", "$$")

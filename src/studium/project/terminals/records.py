"""Which terminals a project has: what the holder calls those of each file, and where the holder is.

One small file in the state folder, which no program of the project can reach. A terminal belongs to a file at a path: a
copy of the file has terminals of its own. A file that was moved by a shell is known again by its inode.
"""

import logging
import os
import secrets
from pathlib import Path

import msgspec

from studium.project.terminals.holder import HolderRecord
from studium.project.terminals.inside.wire import KEY_BYTES

_log = logging.getLogger(__name__)


class FileRecord(msgspec.Struct):
    """The terminals of one file: ``keys`` by their ids."""

    inode: int = 0
    device: int = 0
    keys: dict[str, str] = {}


class _Stored(msgspec.Struct):
    files: dict[str, FileRecord] = {}
    holder: HolderRecord | None = None


class Records:
    """Read by ``open``, written by ``write``; both block for a moment."""

    def __init__(self, state: Path) -> None:
        self._file = state / "terminals.json"
        self._stored = _Stored()

    def open(self) -> None:
        """Read what there is."""
        try:
            self._stored = msgspec.json.decode(self._file.read_bytes(), type=_Stored)
        except FileNotFoundError:
            return
        except (OSError, msgspec.MsgspecError) as error:
            _log.warning("Which terminals there were cannot be read: %s", error)

    def write(self) -> None:
        """Keep what has changed. A full disk is no reason to stop."""
        try:
            new = self._file.with_suffix(".new")
            new.write_bytes(msgspec.json.encode(self._stored))
            new.chmod(0o600)
            os.replace(new, self._file)  # noqa: PTH105
        except OSError as error:
            _log.warning("Which terminals there are cannot be kept at the moment: %s", error)

    @property
    def holder(self) -> HolderRecord | None:
        """The holder that was started."""
        return self._stored.holder

    @holder.setter
    def holder(self, record: HolderRecord | None) -> None:
        self._stored.holder = record

    def files(self) -> dict[str, FileRecord]:
        """The files that have terminals, by path."""
        return self._stored.files

    def key(self, path: str, terminal_id: str) -> tuple[str, bool]:
        """What the holder calls a terminal, and whether that is new."""
        keys = self._stored.files.setdefault(path, FileRecord()).keys
        if terminal_id in keys:
            return keys[terminal_id], False
        key = keys[terminal_id] = secrets.token_hex(KEY_BYTES // 2)
        return key, True

    def note_place(self, path: str, status: os.stat_result) -> None:
        """Which file is at ``path``."""
        record = self._stored.files.setdefault(path, FileRecord())
        record.device, record.inode = status.st_dev, status.st_ino

    def former_path(self, path: str, status: os.stat_result) -> str | None:
        """Where the file that is at ``path`` was, if it had terminals elsewhere."""
        if path in self._stored.files:
            return None
        for old, record in self._stored.files.items():
            if (record.device, record.inode) == (status.st_dev, status.st_ino):
                return old
        return None

    def moved(self, old: str, new: str) -> dict[str, str]:
        """A file or folder has another path; what is where now."""
        moves = {
            path: new + path[len(old) :] for path in self._stored.files if path == old or path.startswith(old + "/")
        }
        for path, goal in moves.items():
            self._stored.files[goal] = self._stored.files.pop(path)
        return moves

    def remove(self, path: str) -> list[str]:
        """Forget a file; the keys of its terminals."""
        record = self._stored.files.pop(path, None)
        return list(record.keys.values()) if record is not None else []

    def below(self, path: str) -> list[str]:
        """The files with terminals at or below ``path``."""
        return [each for each in self._stored.files if each == path or each.startswith(path + "/")]

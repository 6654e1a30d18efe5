"""What terminals showed last, kept in the state folder, so that it is there when the project is started again.

A full disk costs nothing but these: who types does not wait for them.
"""

import logging
from pathlib import Path
from typing import Final

import msgspec

_log = logging.getLogger(__name__)

MAX_BYTES: Final = 4 * 1024**2


class LastScreen(msgspec.Struct, frozen=True):
    """A screen with its scroll-back, for a terminal of its size. ``ended``: its program had ended by itself."""

    columns: int
    rows: int
    screen: bytes
    ended: bool = False
    exit_code: int | None = None
    reason: str | None = None


class Screens:
    """The files, one a terminal. Everything blocks for a moment."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "terminals"

    def write(self, key: str, last: LastScreen) -> None:
        """Keep a screen."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self._folder / f".{key}"
            temporary.write_bytes(msgspec.msgpack.encode(last))
            temporary.chmod(0o600)
            temporary.replace(self._path(key))
        except OSError as error:
            _log.warning("What a terminal shows cannot be kept at the moment: %s", error)

    def read(self, key: str) -> LastScreen | None:
        """The screen that was kept."""
        try:
            return msgspec.msgpack.decode(self._path(key).read_bytes(), type=LastScreen)
        except (OSError, msgspec.MsgspecError):
            return None

    def remove(self, key: str) -> None:
        """Forget a terminal."""
        for path in (self._path(key), self._folder / f".{key}"):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("%s cannot be removed: %s", path.name, error)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.screen"

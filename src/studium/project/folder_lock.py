"""Where single mode keeps what belongs to a folder, and that one server only is open over it.

```
$XDG_STATE_HOME/studium/open/NAME-HASH/    (~/.local/state where the variable is not set)
  lock           held while a server is open here; a dead one holds nothing
  running.json   its address, for the second one to name
  state/         the log of the folder's documents
```
HASH is of the folder's real path, so that every way to a folder leads to one state. Nothing of this is put into the
folder itself.
"""

import fcntl
import hashlib
import os
from pathlib import Path

import msgspec

from studium.protocol.errors import ErrorCode, StudiumError


class _Running(msgspec.Struct, frozen=True):
    """The note about the server that holds the lock; no secret is in it."""

    process_id: int
    url: str


class FolderLock:
    """Holds a folder's state from the moment it is made until ``release``. Raises ``StudiumError`` (``conflict``)."""

    def __init__(self, directory: Path, state_root: Path | None = None) -> None:
        digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
        name = "".join(c if c.isalnum() or c in "-_" else "_" for c in directory.name)[:40]
        place = (_state_root() if state_root is None else state_root) / "studium" / "open" / f"{name}-{digest}"
        self.state = place / "state"
        self._note = place / "running.json"
        try:
            self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._fd = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            message = (
                f"The folder {place} cannot be made: {reason}. Set XDG_STATE_HOME to a folder that can be written."
            )
            raise StudiumError(ErrorCode.UNAVAILABLE, message) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise self._taken(directory) from None

    def tell(self, url: str) -> None:
        """Note where this server answers."""
        self._note.write_bytes(msgspec.json.encode(_Running(os.getpid(), url)))

    def release(self) -> None:
        """Let another server open the folder."""
        self._note.unlink(missing_ok=True)
        os.close(self._fd)

    def _taken(self, directory: Path) -> StudiumError:
        try:
            note = msgspec.json.decode(self._note.read_bytes(), type=_Running)
        except (OSError, msgspec.DecodeError):
            message = f"{directory} is being opened by another Studium at this moment. Try again in a second."
            return StudiumError(ErrorCode.CONFLICT, message)
        message = f"{directory} is open already at {note.url} (process {note.process_id}). Use that, or end it first."
        return StudiumError(ErrorCode.CONFLICT, message, url=note.url)


def _state_root() -> Path:
    given = os.environ.get("XDG_STATE_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".local" / "state"

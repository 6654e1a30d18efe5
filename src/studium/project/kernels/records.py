"""What is noted of each kernel, so that the next project server finds it again when this one is killed.

One small file a kernel in the state folder, which no program of the project can reach.
"""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from studium.project.kernels.launch import Connection, Started
from studium.project.kernels.specs import Spec
from studium.project.kernels.zygote import ZygoteRecord
from studium.protocol.ids import AccountId

if TYPE_CHECKING:
    from studium.project.kernels.kernel import Kernel

_ZYGOTE: Final = "zygote"


class RunRecord(msgspec.Struct, frozen=True):
    """The run under way."""

    message_id: str
    cell_id: str
    account_id: AccountId | None
    began_at: float


class KernelRecord(msgspec.Struct, frozen=True):
    """A kernel that runs for the notebook at ``path``."""

    path: str
    spec: Spec
    connection: Connection
    started: Started
    session_id: str
    started_at: float
    run: RunRecord | None = None
    is_spare: bool = False

    @classmethod
    def of(cls, path: str, kernel: "Kernel", *, is_spare: bool = False) -> "KernelRecord":
        """What there is to note of a kernel that was started."""
        return cls(
            path,
            kernel.spec,
            kernel.connection,
            kernel.started,
            kernel.session_id,
            kernel.started_at,
            is_spare=is_spare,
        )


class Records:
    """The files. Everything blocks for a moment."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "kernels"

    def write(self, record: KernelRecord) -> None:
        """Note a kernel, or what has changed of it."""
        self._write(record.connection.folder.rpartition("-")[2], msgspec.json.encode(record))

    def remove(self, connection: Connection) -> None:
        """Forget a kernel that has ended."""
        self._path(connection.folder.rpartition("-")[2]).unlink(missing_ok=True)

    def all(self) -> list[KernelRecord]:
        """The kernels that were noted; what cannot be read is thrown away."""
        found = []
        for file in sorted(self._folder.glob("*.json")):
            if file.stem != _ZYGOTE:
                try:
                    found.append(msgspec.json.decode(file.read_bytes(), type=KernelRecord))
                except (OSError, msgspec.DecodeError):
                    file.unlink(missing_ok=True)
        return found

    def write_zygote(self, record: ZygoteRecord) -> None:
        """Note the zygote."""
        self._write(_ZYGOTE, msgspec.json.encode(record))

    def zygote(self) -> ZygoteRecord | None:
        """The zygote that was noted."""
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self._path(_ZYGOTE).read_bytes(), type=ZygoteRecord)
        return None

    def remove_zygote(self) -> None:
        """Forget the zygote."""
        self._path(_ZYGOTE).unlink(missing_ok=True)

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self._folder / f".{name}"
        temporary.write_bytes(data)
        temporary.chmod(0o600)
        temporary.replace(self._path(name))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

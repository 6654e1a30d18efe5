"""What all kernels of a project share: where they run, the zygote, the records, and where outputs go."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path

from studium.project.blobs import Blobs
from studium.project.kernels.client import Handler
from studium.project.kernels.kernel import Kernel, Place
from studium.project.kernels.notebook import OpenNotebook
from studium.project.kernels.overflow import Overflow
from studium.project.kernels.preparation import prepare
from studium.project.kernels.records import KernelRecord, Records
from studium.project.kernels.spares import Spares
from studium.project.kernels.specs import Spec, Specs
from studium.project.kernels.zygote import Zygote
from studium.project.use import Use

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Services:
    """Made once a project."""

    place: Place
    specs: Specs
    records: Records
    blobs: Blobs
    overflow: Overflow
    use: Use
    open_notebook: OpenNotebook
    starts: int = 0
    forks: int = 0
    last_start_seconds: float = 0.0
    spares: Spares = field(init=False)
    _zygote: Zygote | None = None
    _zygote_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _old: list[Zygote] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spares = Spares(self)

    async def start(self, spec: Spec, path: str, on_output: Handler, on_input: Handler) -> Kernel:
        """Start a kernel for the notebook at ``path``, in the notebook's folder. Raises ``StudiumError``."""
        began = asyncio.get_running_loop().time()
        zygote = await self.zygote() if spec.own else None
        directory = self.place.inner.home / Path(path).parent
        variables = {"JPY_SESSION_NAME": str(self.place.inner.home / path)}
        kernel = await Kernel.start(self.place, spec, zygote, directory, variables, on_output, on_input)
        prepare(kernel)
        self.starts += 1
        self.forks += kernel.zygote is not None
        self.last_start_seconds = asyncio.get_running_loop().time() - began
        return kernel

    async def attach(self, record: KernelRecord, on_output: Handler, on_input: Handler) -> Kernel | None:
        """Find a kernel again."""
        return await Kernel.attach(self.place, record, self._zygote, on_output, on_input)

    async def zygote(self) -> Zygote | None:
        """The zygote, started at the first need; None where there can be none."""
        async with self._zygote_lock:
            if self._zygote is not None and not self._zygote.is_alive:
                self._old.append(self._zygote)
                self._zygote = None
            if self._zygote is None:
                self._zygote = await Zygote.start(self.place.inner)
                if self._zygote is not None:
                    await asyncio.to_thread(self.records.write_zygote, self._zygote.record)
            return self._zygote

    async def attach_zygote(self) -> None:
        """Find the zygote of the server before this one."""
        record = await asyncio.to_thread(self.records.zygote)
        if record is not None:
            self._zygote = await Zygote.attach(self.place.inner, record)

    async def close(self) -> None:
        """The server ends, and with it the spares and zygotes."""
        await self.spares.close()
        zygotes = [zygote for zygote in [*self._old, self._zygote] if zygote is not None]
        self._zygote = None
        for zygote in zygotes:
            await zygote.end()
        await asyncio.to_thread(self.records.remove_zygote)

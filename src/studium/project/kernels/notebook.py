"""The notebook that a kernel writes to, as little of it as kernels need: ``Documents.notebook`` gives the real one."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from pycrdt import Doc

from studium.protocol.ids import AccountId


class Notebook(Protocol):
    """A live document that stays loaded until it is closed."""

    is_gone: bool
    """It was opened afresh: ask for it again."""

    @property
    def path(self) -> str:
        """Where it lives now; it follows its file."""
        ...

    @property
    def doc(self) -> Doc[Any]:
        """To be read, and not kept."""
        ...

    def edit(self, change: Callable[[Doc[Any]], None], account_id: AccountId | None) -> None:
        """One transaction, kept and sent to everybody. Raises ``StudiumError`` when it is gone or full."""
        ...

    async def save(self) -> None:
        """Write the file."""
        ...

    def close(self) -> None:
        """It need not stay loaded for us."""
        ...


OpenNotebook = Callable[[str], Awaitable[Notebook]]
"""Opens the notebook at a path. Raises ``StudiumError`` when there is none."""

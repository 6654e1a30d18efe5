"""What people ask about code: completions, documentation, variables.

A kernel that can answer beside a running cell (by a *subshell*) does. Where there is none, or it cannot, the code
itself is read, with the project's Python and packages: nothing of it is run.
"""

import asyncio
import logging
from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

import msgspec

from studium.project.kernels.client import Message
from studium.project.kernels.preparation import is_ipython
from studium.project.kernels.services import Services
from studium.project.kernels.specs import is_python
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.kernels import (
    Complete,
    Completions,
    Inspect,
    Inspection,
    ListVariables,
    Variable,
    VariableList,
)

if TYPE_CHECKING:
    from studium.project.kernels.session import KernelSession

_log = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 8.0
"""Then nobody waits any more."""
MAX_CODE: Final = 1_000_000
MAX_MATCHES: Final = 2000
TARGET: Final = "studium.variables"


class _Read(msgspec.Struct):
    matches: list[str]
    types: list[str]
    length: int = 0


class Questions:
    """The questions about one notebook."""

    def __init__(self, services: Services, session: "KernelSession") -> None:
        self._services = services
        self._session = session
        self._asked: dict[str, asyncio.Future[list[Variable]]] = {}

    async def answer(self, message: Complete | Inspect | ListVariables) -> Completions | Inspection | VariableList:
        """Answer a question. Raises ``StudiumError``."""
        if not isinstance(message, ListVariables) and not (
            len(message.code) <= MAX_CODE and 0 <= message.cursor <= len(message.code)
        ):
            raise StudiumError(ErrorCode.INVALID_VALUE, "The cursor is not in the code.", field="cursor")
        match message:
            case Complete():
                return await self._complete(message)
            case Inspect():
                return await self._inspect(message)
            case ListVariables():
                return VariableList(message.request_id, await self._variables())

    async def _ask(self, kind: str, content: dict[str, Any]) -> dict[str, Any] | None:
        """The kernel's answer; None when there is no kernel, or it does not answer while it computes."""
        kernel = self._session.kernel
        if kernel is None:
            return None
        subshell = await kernel.client.subshell()
        if subshell is None and self._session.run is not None:
            return None
        with suppress(TimeoutError, asyncio.CancelledError):
            reply = await kernel.client.request(
                "shell", kind, content, subshell=subshell, timeout_seconds=ANSWER_SECONDS
            )
            return reply.content
        return None

    async def _complete(self, message: Complete) -> Completions:
        content = await self._ask("complete_request", {"code": message.code, "cursor_pos": message.cursor})
        if content is None:
            return await self._complete_static(message)
        matches = content.get("matches")
        start, end = content.get("cursor_start"), content.get("cursor_end")
        if not isinstance(matches, list) or not isinstance(start, int) or not isinstance(end, int):
            return Completions(message.request_id, [], message.cursor, message.cursor)
        words = [str(match) for match in matches[:MAX_MATCHES]]
        return Completions(message.request_id, words, start, end, _types(content, words))

    async def _complete_static(self, message: Complete) -> Completions:
        before = self._code_before(message.cell_id)
        found = await self._read("completions", before, message.code, message.cursor)
        try:
            read = msgspec.convert(found, _Read)
        except msgspec.ValidationError:
            read = _Read([], [])
        start = max(0, message.cursor - read.length)
        return Completions(message.request_id, read.matches, start, message.cursor, read.types, static=True)

    async def _inspect(self, message: Inspect) -> Inspection:
        content = {"code": message.code, "cursor_pos": message.cursor, "detail_level": 1 if message.detail else 0}
        answer = await self._ask("inspect_request", content)
        if answer is not None:
            data = answer.get("data")
            return Inspection(message.request_id, data if isinstance(data, dict) else {})
        text = await self._read(
            "documentation", self._code_before(None), message.code, message.cursor, with_source=message.detail > 0
        )
        return Inspection(message.request_id, {"text/plain": text} if isinstance(text, str) and text else {})

    async def _read(self, what: str, before: str, code: str, cursor: int, **more: Any) -> Any:
        kernel = self._session.kernel
        if not (kernel.spec.is_python if kernel is not None else is_python(self._session.writer.metadata())):
            return None
        zygote = await self._services.zygote()
        if zygote is None:
            return None
        head = code[:cursor]
        line = before.count("\n") + head.count("\n") + 1
        return await zygote.read(what, before + code, line, len(head) - (head.rfind("\n") + 1), **more)

    def _code_before(self, cell_id: str | None) -> str:
        """The code of the cells before this one, or of all, without what is no Python."""
        lines: list[str] = []
        room = MAX_CODE
        for cell in self._session.runs.cells():
            if cell.id == cell_id:
                break
            source = str(cell.source)
            room -= len(source)
            if room < 0:
                break
            if not source.startswith("%%"):
                lines += [line for line in source.split("\n") if not line.lstrip().startswith(("%", "!", "?"))]
        return "".join(f"{line}\n" for line in lines)

    # Variables -----------------------------------------------------------------------------------------------------

    async def _variables(self) -> list[Variable]:
        kernel = self._session.kernel
        if kernel is None:
            return []
        if not is_ipython(kernel):
            message = f"The kernel {kernel.spec.display_name} does not tell its variables."
            raise StudiumError(ErrorCode.UNAVAILABLE, message)
        subshell = await kernel.client.subshell()
        comm_id = token_hex(16)
        answer: asyncio.Future[list[Variable]] = asyncio.get_running_loop().create_future()
        self._asked[comm_id] = answer
        content = {"comm_id": comm_id, "target_name": TARGET, "data": {}}
        try:
            kernel.client.post("shell", "comm_open", content, subshell=subshell)
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            message = "The kernel did not tell its variables in time. Try again when the cell has run."
            raise StudiumError(ErrorCode.TIMEOUT, message) from None
        finally:
            del self._asked[comm_id]

    def take(self, message: Message) -> bool:
        """Take what answers a question about variables; False for all else."""
        answer = self._asked.get(str(message.content.get("comm_id"))) if message.kind == "comm_close" else None
        if answer is None:
            return False
        data = message.content.get("data")
        try:
            variables = msgspec.convert(data.get("variables") if isinstance(data, dict) else [], list[Variable])
        except msgspec.ValidationError:
            variables = []
        if not answer.done():
            answer.set_result(variables)
        return True


def _types(content: dict[str, Any], words: list[str]) -> list[str]:
    """What each match is, as IPython tells it."""
    metadata = content.get("metadata")
    told = metadata.get("_jupyter_types_experimental") if isinstance(metadata, dict) else None
    kinds = {
        str(each.get("text")): str(each.get("type"))
        for each in (told if isinstance(told, list) else ())
        if isinstance(each, dict)
    }
    return ["" if (kind := kinds.get(word, "")) == "<unknown>" else kind for word in words] if kinds else []

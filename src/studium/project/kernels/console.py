"""A console of one page on the notebook's kernel: code that is in no cell, and outputs that only its asker sees.

Nothing of it is kept. What is put out goes to the page as it comes, up to a bound. Code that asks for a line gets none.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final

import msgspec

from studium.project.kernels.cell_run import OUTPUT_KINDS
from studium.project.kernels.client import Message
from studium.project.kernels.comm_frames import sound
from studium.project.kernels.kernel import Kernel
from studium.project.use import Use
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.kernels import ConsoleDone, ConsoleOutput, RunCode
from studium.sync.notebook.values import normal_output

MAX_CODE: Final = 1_000_000
MAX_OUTPUT_BYTES: Final = 4_000_000
MAX_OUTPUTS: Final = 1000
IDLE_SECONDS: Final = 2.0
"""How long after the reply its last outputs are awaited."""
CUT: Final = "\nThe rest is not shown: a console keeps 1,000 outputs or 4 MB of one run.\n"

Say = Callable[[ConsoleOutput], None]


@dataclass(eq=False)
class _Asked:
    request_id: str
    say: Say | None
    room: int = MAX_OUTPUT_BYTES
    outputs: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)


class Console:
    """``ready`` gives the kernel, started if need be; ``changed`` is called when it becomes or ceases to be busy."""

    def __init__(self, use: Use, ready: Callable[[], Awaitable[Kernel]], changed: Callable[[], None]) -> None:
        self._use = use
        self._ready = ready
        self._changed = changed
        self._asked: dict[str, _Asked] = {}

    @property
    def is_busy(self) -> bool:
        """Whether the kernel has code of a console to run."""
        return bool(self._asked)

    async def run(self, request: RunCode, say: Say) -> ConsoleDone:
        """Run code, after what the kernel was given before; outputs go to ``say``. Raises ``StudiumError``."""
        if len(request.code) > MAX_CODE:
            message = f"Code of a console has {MAX_CODE:,} characters at most. Put it into a cell."
            raise StudiumError(ErrorCode.TOO_LARGE, message, limit=MAX_CODE)
        kernel = await self._ready()
        message_id = token_hex(16)
        asked = self._asked[message_id] = _Asked(request.request_id, say)
        self._changed()
        content = {
            "code": request.code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        try:
            kernel.client.post("shell", "execute_request", content, message_id=message_id)
            with self._use.busy():
                return await self._see_through(asked, message_id, kernel)
        finally:
            asked.say = None
            if kernel.ended.is_set():
                self.over()

    async def _see_through(self, asked: _Asked, message_id: str, kernel: Kernel) -> ConsoleDone:
        reply = asyncio.create_task(kernel.client.reply_to(message_id))
        ended = asyncio.create_task(kernel.ended.wait())
        try:
            await asyncio.wait([reply, ended], return_when=asyncio.FIRST_COMPLETED)
            if not reply.done() or reply.cancelled():
                raise StudiumError(ErrorCode.UNAVAILABLE, f"The kernel ended: {kernel.reason or 'it was restarted.'}")
            content = reply.result().content
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    await asked.idle.wait()
            except TimeoutError:
                self._asked.pop(message_id, None)
                self._changed()
            count = content.get("execution_count")
            return ConsoleDone(
                asked.request_id, count if isinstance(count, int) else None, failed=content.get("status") != "ok"
            )
        finally:
            for task in (reply, ended):
                task.cancel()
            await asyncio.gather(reply, ended, return_exceptions=True)

    def take(self, message: Message) -> bool:
        """Take what belongs to a console; False for all else. Widgets that it makes are everybody's."""
        parent = message.parent_id or ""
        asked = self._asked.get(parent)
        if asked is None:
            return False
        if message.kind in OUTPUT_KINDS:
            self._pass_on(asked, message)
        elif message.kind == "status" and message.content.get("execution_state") == "idle":
            del self._asked[parent]
            asked.idle.set()
            self._changed()
        return not message.kind.startswith("comm_")

    def over(self) -> None:
        """The kernel has ended."""
        self._asked.clear()

    def _pass_on(self, asked: _Asked, message: Message) -> None:
        if asked.say is None or asked.room <= 0 or asked.outputs >= MAX_OUTPUTS or not sound(message.content):
            return
        if message.kind not in ("stream", "display_data", "execute_result", "error"):
            return
        fields = {key: value for key, value in message.content.items() if key != "transient"}
        output = normal_output({"output_type": message.kind, **fields})
        asked.outputs += 1
        asked.room -= len(msgspec.json.encode(output))
        if asked.room > 0:
            asked.say(ConsoleOutput(asked.request_id, output))
        if asked.room <= 0 or asked.outputs == MAX_OUTPUTS:
            cut = {"output_type": "stream", "name": "stderr", "text": CUT}
            asked.say(ConsoleOutput(asked.request_id, cut))

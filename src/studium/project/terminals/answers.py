"""What the holder was asked for of one terminal, and who waits for it: screens and text come in the order of asking."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from studium.project.terminals.holder import Holder
from studium.project.terminals.socket import TerminalSocket
from studium.protocol.errors import ErrorCode, StudiumError

WHOLE_BYTES: Final = 2 * 1024**2
"""Of scroll-back, for those who see all of it."""
SHORT_BYTES: Final = 32 * 1024
"""For those who cannot draw as quickly as the program writes."""
ANSWER_SECONDS: Final = 10.0

_Asker = TerminalSocket | asyncio.Future[bytes]


class Answers:
    """``shown`` is called when a page got a screen, with whether that was the whole of it."""

    def __init__(self, key: str, shown: Callable[[TerminalSocket, bytes, bool], None]) -> None:
        self._key = key
        self._shown = shown
        self._screens: deque[tuple[_Asker, bool]] = deque()
        self._texts: deque[asyncio.Future[bytes]] = deque()

    def is_awaited_by(self, socket: TerminalSocket) -> bool:
        """Whether a page waits for a screen."""
        return any(who is socket for who, _ in self._screens)

    def ask_screen(self, holder: Holder, who: _Asker, *, is_whole: bool) -> None:
        """Ask for a screen."""
        self._screens.append((who, is_whole))
        holder.tell("screen", self._key, most=WHOLE_BYTES if is_whole else SHORT_BYTES)

    async def screen(self, holder: Holder) -> bytes | None:
        """The whole screen; None when it does not come."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.ask_screen(holder, future, is_whole=True)
        return await _within(future)

    async def text(self, holder: Holder) -> bytes:
        """The scroll-back and the screen as text. Raises ``timeout``."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._texts.append(future)
        holder.tell("text", self._key)
        text = await _within(future)
        if text is None:
            raise StudiumError(ErrorCode.TIMEOUT, "The scroll-back was not told in time. Try again in a moment.")
        return text

    def screen_came(self, screen: bytes) -> None:
        """The next screen that was asked for."""
        if not self._screens:
            return
        who, is_whole = self._screens.popleft()
        if isinstance(who, asyncio.Future):
            _set(who, screen)
        else:
            self._shown(who, screen, is_whole)

    def text_came(self, text: bytes) -> None:
        """The next text that was asked for."""
        if self._texts:
            _set(self._texts.popleft(), text)

    def forget(self) -> None:
        """Nothing will come."""
        for who in (*(who for who, _ in self._screens), *self._texts):
            if isinstance(who, asyncio.Future) and not who.done():
                who.set_exception(ConnectionAbortedError())
        self._screens.clear()
        self._texts.clear()


async def _within(future: "asyncio.Future[bytes]") -> bytes | None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await future
    except (TimeoutError, ConnectionAbortedError):
        return None


def _set(future: "asyncio.Future[bytes]", value: bytes) -> None:
    if not future.done():
        future.set_result(value)

"""Requests to a hub: errors as ``StudiumError``, and a patient repetition of what may be repeated.

No exception of the HTTP library leaves this module: some of them show the headers of the request, the token among them.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from studium.protocol.errors import ErrorCode, StudiumError

FIRST_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 5.0
SILENCE_SECONDS = 90.0
"""How long an answer may stop before the connection is taken for lost."""

CONNECT_SECONDS = 20.0

REPEATED = frozenset({ErrorCode.UNAVAILABLE, ErrorCode.PROJECT_NOT_RUNNING})
LOST = (aiohttp.ClientError, OSError, TimeoutError)


class NotSentError(StudiumError):
    """Nobody got the request: whatever it was, it may be repeated."""


def pause_seconds(attempt: int) -> float:
    """How long to wait before trying again, longer each time, and not all clients at the same moment."""
    return float(min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(attempt, 10)) * random.uniform(0.5, 1.0))  # noqa: S311


def unavailable(sentence: str) -> StudiumError:
    """Studium cannot be asked at the moment."""
    return StudiumError(ErrorCode.UNAVAILABLE, sentence)


def error_of(status: int, body: bytes) -> StudiumError:
    """The error in an answer; one of a proxy, which is no answer of ours, becomes ``unavailable``."""
    try:
        told = msgspec.json.decode(body)["error"]
        return told_error(told)
    except (msgspec.DecodeError, LookupError, TypeError):
        return unavailable(f"What answered is not Studium, or Studium is away (status {status}). Check the address.")


def told_error(told: Any) -> StudiumError:
    """An error as it travels; a code of a newer Studium, which is not known here, is kept in ``data``."""
    code, message, data = str(told["code"]), str(told["message"]), dict(told.get("data") or {})
    data = {name: value for name, value in data.items() if name not in ("code", "message")}
    try:
        return StudiumError(ErrorCode(code), message, **data)
    except ValueError:
        return StudiumError(ErrorCode.INTERNAL, message, **{**data, "unknown_code": code})


def patience(seconds: float = 0.0) -> aiohttp.ClientTimeout:
    """No limit for the whole, one for silence: for a command that says nothing for so many seconds, so many more."""
    return aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS + seconds)


class Requests:
    """One HTTP session with one hub, or with a proxy before several."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The session, made within the event loop in which it is used."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=patience())
        return self._session

    async def close(self) -> None:
        """End all connections."""
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def answer(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to one request, below 300. Raises the ``StudiumError`` that it is instead, ``unavailable`` when
        the connection is lost, ``NotSentError`` when there is none."""
        error: StudiumError
        try:
            async with self.session.request(method, self.url + path, allow_redirects=False, **options) as answer:
                if answer.status < 300:
                    yield answer
                    return
                if answer.status < 400:
                    error = unavailable(f"{self.url} sends elsewhere. Give Client the address that it leads to.")
                else:
                    error = error_of(answer.status, await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            error = NotSentError(ErrorCode.UNAVAILABLE, f"Nothing answers at {self.url}. Is it right, and does it run?")
        except LOST:
            error = unavailable(f"The connection to {self.url} was lost before the answer was complete.")
        raise error  # here, so that the library's exception is no part of it

    async def json(self, path: str, message: Any, *, repeatable: bool, timeout_seconds: float, **options: Any) -> bytes:
        """Post JSON; the answer. What cannot be reached is tried again for a while: always where nothing was sent, and
        after that only what is ``repeatable``."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        attempt = 0
        while True:
            try:
                headers = {"Content-Type": "application/json"}
                async with self.answer(
                    "POST", path, data=msgspec.json.encode(message), headers=headers, **options
                ) as answer:
                    return await answer.read()
            except StudiumError as error:
                again = isinstance(error, NotSentError) or (repeatable and error.code in REPEATED)
                pause = pause_seconds(attempt)
                if not again or asyncio.get_running_loop().time() + pause > deadline:
                    raise
            attempt += 1
            await asyncio.sleep(pause)

"""Passwords as argon2id hashes, made in threads of their own so that nobody's typing waits for a sign-in."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from studium.protocol.errors import ErrorCode, StudiumError

_Result = TypeVar("_Result")

MIN_CHARACTERS = 8
MAX_CHARACTERS = 1024
THREADS = 2
"""Hashes made at once; each takes ``MEMORY_KIBIBYTES``."""

MAX_WAITING = 64
"""Hashes asked for and not yet made; a sign-in past this is told to come back."""

MEMORY_KIBIBYTES = 46 * 1024  # OWASP's first choice of parameters for argon2id: 46 MiB, one pass, one lane


def check_password(password: str) -> str:
    """The password in one Unicode form, so that every keyboard types the same. Raises ``invalid_value``."""
    if len(password) > MAX_CHARACTERS:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"The password is longer than {MAX_CHARACTERS} characters. Choose a shorter one.",
            field="password",
        )
    if len(password) < MIN_CHARACTERS:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"The password has fewer than {MIN_CHARACTERS} characters. Choose a longer one, such as four words.",
            field="password",
        )
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Makes and checks hashes; ``close`` lets the threads go."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=MEMORY_KIBIBYTES, parallelism=1)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="password")
        self._waiting = 0
        self._made = 0
        # What an unknown address is checked against, so that it takes as long as a known one.
        self._nobody = self._hasher.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """The hash of a password that ``check_password`` has passed."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Is it this password? ``stored`` None (no such account) takes the same time and says no."""
        if len(password) > MAX_CHARACTERS:
            password = ""
        matches = await self._run(self._verify, stored or self._nobody, unicodedata.normalize("NFKC", password))
        return matches and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., _Result], *arguments: str) -> _Result:
        if self._waiting >= MAX_WAITING:
            raise StudiumError(
                ErrorCode.RATE_LIMITED,
                "Many people are signing in at this moment. Try again in 5 seconds.",
                retry_after=5,
            )
        self._waiting += 1
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1
        self._made += 1
        return result

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def statistics(self) -> dict[str, int]:
        """Hashes made, and those asked for and not yet made."""
        return {"made": self._made, "waiting": self._waiting}

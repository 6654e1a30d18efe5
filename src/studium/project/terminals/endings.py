"""How a program came to its end, in a sentence."""

import logging
import signal
from typing import Final, NamedTuple

from studium.compute.limits import InnerLimits

_log = logging.getLogger(__name__)

_SIGNALS: Final = {
    signal.SIGINT: "it was interrupted",
    signal.SIGTERM: "it was asked to end",
    signal.SIGKILL: "it was killed",
    signal.SIGSEGV: "it crashed (segmentation fault)",
    signal.SIGABRT: "it gave up (abort)",
    signal.SIGHUP: "its terminal was closed",
}
_MAX_FAILURE: Final = 200
_NOT_EXECUTABLE: Final = 126
_NOT_FOUND: Final = 127


class Ending(NamedTuple):
    """The exit status, negative for a signal; a shell gives 128 and the signal of what it ran. The command, "" for a
    shell. The failure of the holder that hung up on it, if so."""

    status: int | None
    command: str
    failure: str = ""


def why_ended(ending: Ending, limits: InnerLimits | None, kills_before: int) -> str:
    """A sentence."""
    status, command, failure = ending
    if failure:
        return _why_hung_up(failure)
    what = "The command" if command else "The shell"
    if status is None:
        return f"{what} has ended."
    number = -status if status < 0 else status - 128 if 128 < status < 128 + signal.NSIG and command else 0
    if number == signal.SIGKILL and limits is not None and limits.memory_kills() > kills_before:
        limit = limits.memory_limit_bytes()
        size = f" of {limit / 1024**3:.1f} GB" if limit else ""
        return f"{what} was ended because the project's memory{size} was used up. Work on less data at once."
    if number:
        try:
            how = _SIGNALS.get(signal.Signals(number)) or f"signal {signal.Signals(number).name}"
        except ValueError:
            how = f"signal {number}"
        return f"{what} has ended: {how}."
    if status == 0:
        return f"{what} has ended."
    if command and status == _NOT_FOUND:
        return "The command has ended with exit code 127: there is no such program. Look at what it says above."
    if command and status == _NOT_EXECUTABLE:
        return "The command has ended with exit code 126: it could not be run."
    return f"{what} has ended with exit code {status}."


def _why_hung_up(failure: str) -> str:
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in failure[:_MAX_FAILURE]).split())
    _log.warning("A terminal was ended, because its output could not be taken: %s", shown)
    return (
        f"This terminal was ended, because what a program wrote in it could not be shown ({shown}). Start it again; if"
        " the program does the same once more, let it write into a file."
    )

"""How a program came to its end, in a sentence."""

from pathlib import Path

import pytest

from studium.compute.limits import InnerLimits
from studium.project.terminals.endings import Ending, why_ended


@pytest.mark.parametrize(
    ("status", "command", "sentence"),
    [
        (0, "", "The shell has ended."),
        (None, "", "The shell has ended."),
        (130, "", "The shell has ended with exit code 130."),
        (-9, "", "The shell has ended: it was killed."),
        (-1, "", "The shell has ended: its terminal was closed."),
        (0, "make", "The command has ended."),
        (2, "make", "The command has ended with exit code 2."),
        (126, "x", "The command has ended with exit code 126: it could not be run."),
        (127, "x", "The command has ended with exit code 127: there is no such program. Look at what it says above."),
        (139, "x", "The command has ended: it crashed (segmentation fault)."),
        (128 + 12, "x", "The command has ended: signal SIGUSR2."),
        (-40, "x", "The command has ended: signal 40."),
    ],
)
def test_a_sentence_says_how(status: int | None, command: str, sentence: str) -> None:
    assert why_ended(Ending(status, command), None, 0) == sentence


def test_what_the_holder_could_not_take_is_told_on_one_line() -> None:
    told = why_ended(Ending(None, "", "ValueError: no\x1b[31m\nsuch" + 999 * "!"), None, 0)
    assert told.startswith(
        "This terminal was ended, because what a program wrote in it could not be shown (ValueError: no [31m such!"
    )
    assert told.isprintable()
    assert len(told) < 500


def test_memory_is_named(tmp_path: Path) -> None:
    memory = tmp_path / "unified"
    memory.mkdir()
    (memory / "memory.events").write_text("oom_kill 3\n")
    (memory / "memory.max").write_text(str(512 * 1024**2))
    limits = InnerLimits(tmp_path)
    told = why_ended(Ending(137, "train"), limits, 2)
    assert told == (
        "The command was ended because the project's memory of 0.5 GB was used up. Work on less data at once."
    )
    assert why_ended(Ending(137, "train"), limits, 3) == "The command has ended: it was killed."

"""The convergence language: a program is lines of text, one act a line, and reads like a story.

    ada types "helo"
    bob goes offline
    the server is killed
    settle
    laws

The acts stand in ``acts_of_people.py`` and ``acts_of_surroundings.py``, each under its phrase. In a phrase, ``{tab}``
is ``ada`` or ``ada's second tab``, ``{person}`` a name, ``{number}`` a number, ``{letters}`` either ``"abc"`` or ``3
letters`` that nobody has typed yet, ``{quote}`` a text in quotes with ``\\n`` for a new line, and ``{place}`` nothing
(the end), ``at 7``, ``at the start`` or ``after "x"``.

Each letter is typed once in a program, so that it can be followed. An act that makes no sense now (somebody without a
tab types) does nothing, so that any part of a random program is a program.
"""

from collections.abc import Iterable
from typing import Any

from convergence import acts_of_people, acts_of_surroundings
from convergence.ledger import Violation
from convergence.phrases import ACTS
from convergence.world import World, new_world

__all__ = ["Violation", "acts_of_people", "acts_of_surroundings", "lines_of", "perform", "run", "story"]


class UnknownAct(ValueError):
    """A line that means nothing."""


def perform(world: World, line: str) -> None:
    """Do what a line says, and look whether what must always hold does."""
    for pattern, _, function in ACTS:
        found = pattern.fullmatch(line)
        if found is not None:
            arguments: dict[str, Any] = {}
            for name, value in found.groupdict().items():
                if name == "tab":
                    arguments[name] = world.tab(value)
                    if arguments[name] is None:
                        return
                elif name == "person":
                    arguments[name] = world.people[value]
                elif name == "number":
                    arguments[name] = int(value)
                elif name == "letters":
                    arguments[name] = _letters(world, value)
                elif name == "quote":
                    arguments[name] = value[1:-1].replace("\\n", "\n")
                else:
                    arguments[name] = value
            function(world, **arguments)
            world.acts += 1
            world.server.loop.turn()
            world.after_act()
            return
    raise UnknownAct(f"The convergence language has no act {line!r}. Its phrases are in tests/convergence/acts_*.py.")


def _letters(world: World, value: str) -> str:
    if value.startswith('"'):
        return value[1:-1].replace("\\n", "\n")
    return world.ledger.fresh(1 if value == "a letter" else int(value.split()[0]))


def lines_of(text: str) -> list[str]:
    """The acts of a story: without indentation, empty lines and remarks after ``#``."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def run(program: Iterable[str], seed: int = 1, content: str | None = None) -> World:
    """Run a program; raises ``Violation``, with the program as one would write it down."""
    lines = list(program)
    done: list[str] = []
    with new_world(seed, content) as world:
        try:
            for line in lines:
                done.append(line)
                perform(world, line)
        except UnknownAct:
            raise
        except Exception as error:
            held = "There was no file" if content is None else f"The file held {content!r}"
            told = "\n    ".join(done)
            raise Violation(f"{error}\n{held}, the seed was {seed}. After:\n    {told}") from error
    return world


def story(text: str, content: str | None = None, seed: int = 1) -> World:
    """Run a program that is written as one text."""
    return run(lines_of(text), seed, content)

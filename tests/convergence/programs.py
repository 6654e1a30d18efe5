"""Random programs, each made from a seed alone, and how a failing one is made short."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from convergence.language import run
from convergence.ledger import Violation
from convergence.world import World

_PEOPLE = ["ada", "ada", "bob", "bob", "cyd", "stu"]
_TABS = [*_PEOPLE, "ada's second tab", "vic"]

_NETWORK = {
    "{tab} types {few} letters at {place}": 30,
    "{tab} types a line at {place}": 6,
    "{tab} erases {few} at {place}": 10,
    "{tab} replaces {few} with a letter at {place}": 4,
    "{tab} undoes": 6,
    "{tab} redoes": 3,
    "deliver {few} from {tab}": 25,
    "deliver {few} to {tab}": 25,
    "deliver {few} from everybody": 8,
    "all is delivered": 5,
    "commit": 14,
    "the server works": 6,
    "{few} jobs are done": 6,
    "{tab} goes offline": 5,
    "{tab} goes online": 12,
    "{tab} loses the connection": 4,
    "{tab} reconnects": 4,
    "old frames of {person} arrive": 4,
    "the server notices who has gone": 2,
    "edits on their way to {tab} arrive twice": 2,
    "edits on their way to {tab} change their order": 2,
    "{tab} stops reading": 2,
    "{tab} reads on": 2,
    "the server is killed": 4,
    "the server is killed right after a commit": 2,
    "the server restarts": 2,
    "a checkpoint is written": 3,
    "{person} opens a tab": 8,
    "ada opens a second tab": 2,
    "{tab} closes the tab": 2,
    "{tab} keeps": 2,
    "{tab} vanishes": 2,
    "everybody vanishes": 1,
    "a moment passes": 4,
    "a while passes": 4,
}
_FILE = {
    "sed adds a letter to line {place}": 8,
    "sed deletes line {place}": 3,
    "a program appends a letter": 5,
    "a program appends a letter in the moment in which the file is replaced": 3,
    "git checks out the file with a letter on line {place}": 5,
    "vim opens the file": 3,
    "vim writes a letter": 3,
    "a program truncates the file": 3,
    "and writes it again with a letter": 4,
    "the file is deleted outside": 2,
    "{tab} saves": 4,
    "a moment passes": 10,
    "a while passes": 10,
    "{few} jobs are done": 20,
}
_TROUBLE = {
    "the file becomes a folder": 2,
    "the file becomes binary": 2,
    "the file comes back": 4,
    "the disk is full": 3,
    "the disk has room": 5,
    "the clock is set back an hour": 2,
    "the clock is set forward an hour": 2,
    "an hour passes": 1,
}
_RIGHTS = {"{person} becomes a viewer": 6, "{person} may write again": 8, "vic opens a tab": 3, "vic types a letter": 9}
_HISTORIES = {
    "the file manager removes the file": 4,
    "the file manager renames the file": 3,
    "the server is killed": 6,
    "an hour passes": 3,
    "{tab} goes offline": 10,
}


@dataclass(frozen=True)
class Program:
    """``lines`` without the ``settle`` and ``laws`` at the end."""

    seed: int
    content: str | None
    lines: tuple[str, ...]

    def run(self) -> World:
        """Raises ``Violation``."""
        return run([*self.lines, "settle", "laws"], self.seed, self.content)


def random_program(seed: int) -> Program:
    """The program of a number."""
    dice = Random(seed)
    weights = dict(_NETWORK)
    for more, chance in ((_FILE, 0.6), (_TROUBLE, 0.3), (_RIGHTS, 0.3), (_HISTORIES, 0.25)):
        if dice.random() < chance:
            for phrase, weight in more.items():
                weights[phrase] = weights.get(phrase, 0) + weight
    phrases, numbers = list(weights), list(weights.values())
    lines = [f"{name} opens a tab" for name in ("ada", "bob", "cyd", "stu") if dice.random() < 0.8]
    if dice.random() < 0.8:
        lines += ["the server works", "all is delivered", "all is delivered", "all is delivered"]
    for phrase in dice.choices(phrases, numbers, k=dice.randrange(20, 140)):
        lines.append(
            phrase.format(
                tab=dice.choice(_TABS), person=dice.choice(_PEOPLE), few=dice.randrange(1, 5), place=dice.randrange(40)
            )
        )
    content = dice.choice([None, "", "αβγ\nδεζ\nηθι\n", "κλμ"])
    return Program(seed, content, tuple(line.replace(" 1 letters", " a letter") for line in lines))


def _shrink(program: Program, fails: Callable[[Program], bool]) -> Program:
    """The shortest program with the same seed that ``fails`` and that is reached by leaving out lines."""
    lines = list(program.lines)
    size = len(lines) // 2
    while size >= 1:
        start = 0
        while start < len(lines):
            shorter = lines[:start] + lines[start + size :]
            if fails(Program(program.seed, program.content, tuple(shorter))):
                lines = shorter
            else:
                start += size
        size //= 2
    return Program(program.seed, program.content, tuple(lines))


def violation_of(program: Program, counts: Counter[str] | None = None) -> str | None:
    """What law a program shows to be broken, if any; what it did is added to ``counts``."""
    try:
        world = program.run()
    except Violation as violation:
        return str(violation)
    if counts is not None:
        counts["acts"] += world.acts
        counts["typed"] += len(world.ledger.entered)
        counts["acknowledged"] += len(world.ledger.promised)
    return None


def shortened(program: Program, violation: str) -> Program:
    """The shortest that still breaks the same law."""
    return _shrink(program, lambda other: _kind_of(violation_of(other)) == _kind_of(violation))


def _kind_of(violation: str | None) -> str | None:
    """The law, without the letters: what a program that was made short must still break."""
    return None if violation is None else re.sub(r"'[^']*'|\{[^}]*\}", "", violation.splitlines()[0])

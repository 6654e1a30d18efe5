"""What can be said in the convergence language: phrases and the functions that they mean."""

import re
from collections.abc import Callable

_PARTS = {
    "tab": r"(?P<tab>\w+(?:'s second tab)?)",
    "person": r"(?P<person>\w+)",
    "number": r"(?P<number>\d+)",
    "letters": r"(?P<letters>\"[^\"]+\"|\d+ letters|a letter)",
    "place": r"(?P<place> at \d+| at the start| after \"[^\"]\"|)",
    "quote": r"(?P<quote>\"[^\"]*\")",
}
ACTS: list[tuple[re.Pattern[str], str, Callable[..., None]]] = []


def act(phrase: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function the meaning of a phrase."""
    pattern = re.escape(phrase)
    for name, part in _PARTS.items():
        pattern = pattern.replace(re.escape(f" {{{name}}}" if name == "place" else f"{{{name}}}"), part)

    def register(function: Callable[..., None]) -> Callable[..., None]:
        ACTS.append((re.compile(pattern), phrase, function))
        return function

    return register


def phrases() -> list[str]:
    """All that can be said."""
    return [phrase for _, phrase, _ in ACTS]

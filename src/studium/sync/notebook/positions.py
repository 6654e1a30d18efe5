"""Places of cells in their order, as strings that sort: between any two there is room for another.

A shared array cannot move an element: what others type into it meanwhile would be lost with the old one. So the array
of cells is in no order of its own; each cell tells its place, and moving it changes that one word.
"""

import re
from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""In the order of their code points, so that strings compare as their places do, in any language."""

_VALID: Final = re.compile(r"[0-9A-Za-z]*[1-9A-Za-z]")
MAX_LENGTH: Final = 200
_WIDTH: Final = 6


def is_position(value: object) -> bool:
    """Whether a value can be a place: digits of which the last is not the first one, or nothing would fit before it."""
    return isinstance(value, str) and len(value) <= MAX_LENGTH and _VALID.fullmatch(value) is not None


def at(index: int) -> str:
    """The place of the cell with this index in a fresh notebook: six digits, and one in the middle."""
    digits = ""
    for _ in range(_WIDTH):
        index, digit = divmod(index, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits + "V"


def between(low: str, high: str) -> str:
    """A place after ``low`` (empty: the beginning) and before ``high`` (empty: the end), as short as can be.

    Raises ``ValueError`` when they are not in order.
    """
    if high and low >= high:
        raise ValueError(f"{low!r} is not before {high!r}")
    result = ""
    index = 0
    while True:
        below = DIGITS.index(low[index]) if index < len(low) else 0
        above = DIGITS.index(high[index]) if index < len(high) else len(DIGITS)
        if below == above:
            result += DIGITS[below]
        elif above - below > 1:
            return result + DIGITS[(below + above) // 2]
        else:  # neighbours: any digit after ``low`` will do from here on
            result += DIGITS[below]
            high = ""
            if index >= len(low):
                return result + DIGITS[len(DIGITS) // 2]
        index += 1


def spread(low: str, high: str, count: int) -> list[str]:
    """So many places between two, in order."""
    if count == 0:
        return []
    middle = count // 2
    here = between(low, high)
    return [*spread(low, here, middle), here, *spread(here, high, count - middle - 1)]

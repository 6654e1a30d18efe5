"""The laws that hold after every fault, whatever it was, over what each client says that it typed.

Every character is typed by one client once, so the texts alone say what became of it. Line ends are told by their
count.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Account:
    """What one client did. A client that ``is_gone`` vanished during the fault and never came back."""

    name: str
    typed: str = ""
    erased: str = ""
    acknowledged: str = ""
    acknowledged_erased: str = ""
    lines: int = 0
    is_gone: bool = False


@dataclass
class Broken:
    """What of the laws was broken."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def add(self, other: "Broken") -> None:
        """Take in what was broken in another document."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.sentences += other.sentences

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.sentences)

    def __str__(self) -> str:
        parts = [f"lost: {' '.join(self.lost)}"] if self.lost else []
        parts += [f"there more than once: {' '.join(self.doubled)}"] if self.doubled else []
        return "\n".join(parts + self.sentences)


def judge(texts: dict[str, str], accounts: list[Account]) -> Broken:
    """Hold ``texts`` (of all replicas, of the file, of the log) against what was typed, also by programs."""
    broken = Broken()
    first, text = next(iter(texts.items()))
    for name, other in texts.items():
        if other != text:
            broken.sentences.append(f"{name} is not {first}: {_first_difference(text, other)}")
    for name, other in texts.items():
        _count(broken, other, accounts, name)
    broken.lost, broken.doubled = sorted(set(broken.lost)), sorted(set(broken.doubled))
    return broken


def judge_log(text: str, accounts: list[Account]) -> Broken:
    """Hold what the log gives by itself, before anybody has come back, against what was acknowledged until then."""
    broken = Broken()
    for account in accounts:
        must = set(account.acknowledged) - set(account.erased)
        broken.lost += sorted(must - set(text))
        if back := set(account.acknowledged_erased) & set(text):
            broken.sentences.append(f"The log holds what {account.name} had erased: {' '.join(sorted(back))}")
    return broken


def _count(broken: Broken, text: str, accounts: list[Account], name: str) -> None:
    found = Counter(text)
    lines = found.pop("\n", 0)
    typed: set[str] = set()
    for account in accounts:
        typed.update(account.typed)
        if account.is_gone:
            must = set(account.acknowledged) - set(account.erased)
            must_not = set(account.acknowledged_erased)
        else:
            must = set(account.typed) - set(account.erased)
            must_not = set(account.erased)
        broken.lost += [character for character in must if found[character] == 0]
        back = [character for character in must_not if found[character] > 0]
        if back:
            broken.sentences.append(f"{name} holds what {account.name} had erased: {' '.join(sorted(back))}")
    broken.doubled += [character for character, count in found.items() if count > 1]
    foreign = set(found) - typed
    if foreign:
        broken.sentences.append(f"{name} holds what nobody typed: {' '.join(sorted(map(repr, foreign)))}")
    least = sum(account.lines for account in accounts if not account.is_gone)
    most = sum(account.lines for account in accounts)
    if not least <= lines <= most:
        broken.sentences.append(f"{name} has {lines} line ends, not {least} to {most}.")


def _first_difference(one: str, other: str) -> str:
    at = next(
        (index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    return f"from character {at} on, {one[at : at + 20]!r} of {len(one)} and {other[at : at + 20]!r} of {len(other)}"

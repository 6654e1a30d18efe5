"""SQL lives in ``.sql`` files, each statement under a comment that names it and says what it does::

-- find_account: The account with this canonical address, or nothing.
SELECT … ;
"""

import re
from pathlib import Path

_HEADING = re.compile(r"^-- ([a-z][a-z0-9_]*): (.+)$")


class Statements:
    """The statements of one file, by name: ``Statements(Path(__file__).with_name("rights.sql"))["role_of"]``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptions: dict[str, str] = {}
        self._texts = self._parse(path.read_text(encoding="utf-8"))

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def _parse(self, text: str) -> dict[str, str]:
        blocks: dict[str, list[str]] = {}
        current: list[str] | None = None
        for number, line in enumerate(text.splitlines(), 1):
            heading = _HEADING.match(line)
            if heading:
                name, description = heading.groups()
                if name in blocks:
                    raise ValueError(f"{self.path}:{number}: there are two statements named {name}")
                self.descriptions[name] = description
                current = blocks[name] = []
            elif current is not None:
                current.append(line)
            elif line.strip() and not line.startswith("--"):
                raise ValueError(f"{self.path}:{number}: this statement has no name")
        return {name: "\n".join(lines).strip().rstrip(";") for name, lines in blocks.items()}

"""Write the pages of docs/reference/ that the code knows best; ``--check`` only compares.

Run ``make docs`` after changing settings, commands or tables.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from studium.cli import config
from studium.cli.commands import studium
from studium.hub.tables.catalog import TABLES
from studium.hub.tables.schema import Field, Gets, Scope, Table, Who

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
NOTE = "<!-- Made by scripts/generate_reference.py; change the code and run `make docs`. -->\n\n"
WIDTH = 100


def settings_page() -> str:
    """Every setting with its three spellings."""
    lines = [
        "# Settings\n",
        "Each setting can be given as a flag, as a variable, or in one TOML file; the first of these that gives it "
        "holds. The file is the one of `--config FILE` or of the variable `STUDIUM_CONFIG`, else `studium.toml` in the "
        "data folder. `studium config show --origin` prints what is in force and where it comes from. What an "
        "administrator changes while Studium runs (its name, who may sign up) is not here but on the page "
        "*Administration*.\n",
        "```toml",
        "# data/studium.toml",
        "port = 8000",
        'project_memory = "8G"',
        "```\n",
    ]
    for name, field in config.fields().items():
        shown = config.show_sized(name, field.default).strip('"') or "empty"
        lines += [
            f"## `{name}`\n",
            f"{field.metadata['sentence']}\n",
            f"- Flag `{config.flag(name)}`, variable `{config.variable(name)}`, in the file `{name}`",
            f"- Kind: {config.kind(name).replace('|', ' or ')}; default: `{shown}`\n",
        ]
    return "\n".join(lines)


def all_commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and those below it, in the order of their names."""
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from all_commands(command.commands[name], (*path, name))


def commands_page() -> str:
    """What ``--help`` says of each command."""
    lines = ["# Commands\n", "Each command says the same of itself with `--help`.\n"]
    for path, command in all_commands(studium, ("studium",)):
        # Parents are spelled out, so that the usage line can be copied.
        context: click.Context | None = None
        for part in path[:-1]:
            context = click.Context(studium, info_name=part, parent=context)
        own = click.Context(command, info_name=path[-1], parent=context, terminal_width=WIDTH, max_content_width=WIDTH)
        lines += [f"## `{' '.join(path)}`\n", "```text", command.get_help(own), "```\n"]
    return "\n".join(lines)


SCOPES = {
    Scope.ACCOUNT: "A row belongs to the account in `account_id`, which sees it; administrators see all.",
    Scope.PROJECT: "A row belongs to the project in `project_id`; who is in the project sees it. Administrators see it "
    "when they name the project.",
    Scope.SITE: "A row belongs to the site; administrators see it.",
}


def who_text(who: frozenset[Who]) -> str:
    """Who may do something, in the order of the declaration."""
    return ", ".join(str(one) for one in Who if one in who) or "nobody"


def field_row(name: str, field: Field) -> str:
    """One line of a table's fields."""
    kind = f"{field.kind}, may be null" if field.nullable else str(field.kind)
    gets = {Gets.ALL: "all", Gets.ADMINISTRATORS: "administrators", Gets.NOBODY: "nobody"}[field.gets]
    sets = who_text(field.sets)
    if field.givers != field.sets:
        sets += f"; in a new row {who_text(field.givers)}"
    return f"| `{name}` | {kind} | {gets} | {sets} | {field.description} |"


def table_text(table: Table) -> str:
    """One table of the tables plane."""
    scope = SCOPES[table.scope]
    if table.anonymous:
        scope += " Anybody may get it."
    order = ", ".join(f"`{o.lstrip('-')}`" + (" (newest first)" if o.startswith("-") else "") for o in table.order)
    lines = [
        f"## `{table.name}`\n",
        f"{table.description} {scope}\n",
        f"- Primary key: {', '.join(f'`{name}`' for name in table.key)}",
        f"- Rows are made by: {who_text(table.creates)}; removed by: {who_text(table.deletes)}",
        *([f"- Lists are ordered by {order}"] if order else []),
        "",
        "| field | type | who gets it, of those who see the row | who sets it | |",
        "|---|---|---|---|---|",
        *(field_row(name, field) for name, field in table.fields.items()),
        "",
    ]
    return "\n".join(lines)


def tables_page() -> str:
    """The schema of the tables plane."""
    intro = (
        "# Tables\n\nWhat `POST /api/query` and `/api/tables` know; [the interface](api.md) shows how to ask. An `id` "
        "is a UUID as text, a `time` is `2026-11-21T09:00:00.000000Z`. Of those who set, *self* is the account itself, "
        "*owner*, *collaborator* and *viewer* are roles in the project; an administrator counts as an owner everywhere."
        "\n\n"
    )
    return intro + "\n".join(table_text(table) for table in TABLES.values())


COMMAND = re.compile(
    r'\bid:\s*"(?P<id>[a-z]+\.[a-z0-9-]+)",\s*title:\s*"(?P<title>[^"]+)",\s*section:\s*"(?P<section>[^"]+)"'
    r"(?:,\s*keys:\s*\[(?P<keys>[^\]]*)\])?"
)
ANY_COMMAND = re.compile(r'\bid:\s*"[a-z]+\.[a-z0-9-]+",\s*title:')
SECTIONS = re.compile(r"SECTIONS = \[([^\]]*)\]")
TAB_KEYS = ("Tab 1 to 9", "`Alt-1` … `Alt-9`")


def page_commands() -> dict[str, tuple[str, str, list[str]]]:
    """Commands that the page declares: id to section, title and keys."""
    found: dict[str, tuple[str, str, list[str]]] = {}
    for path in sorted((ROOT / "web" / "src").rglob("*.ts*")):
        text = path.read_text()
        if ".test." in path.name:
            continue
        matches = list(COMMAND.finditer(text))
        if len(matches) != len(ANY_COMMAND.findall(text)):
            raise ValueError(f"a command in {path.name} is not declared as id, title, section, keys in this order")
        for match in matches:
            keys = re.findall(r'"([^"]+)"', match["keys"] or "")
            if match["id"] not in found or keys:
                found[match["id"]] = (match["section"], match["title"], keys)
    return found


def shortcuts_page() -> str:
    """The page's commands and their keys."""
    sections = SECTIONS.search((ROOT / "web/src/commands/registry.ts").read_text())
    assert sections
    commands = page_commands()
    lines = [
        "# Keys\n",
        "`Mod` is Ctrl, and Command on a Mac. Every command is in the palette (`Mod-k` or `F1`); keys can be changed "
        "in *Settings*, and the page shows those in force under *All keys* (`Mod-.`).\n",
    ]
    for section in re.findall(r'"([^"]+)"', sections[1]):
        rows = [(title, ", ".join(f"`{key}`" for key in keys)) for s, title, keys in commands.values() if s == section]
        if rows:
            rows += [TAB_KEYS] if section == "Go to" else []
            body = [f"| {title} | {keys} |" for title, keys in rows]
            lines += [f"## {section}\n", "| command | keys |", "|---|---|", *body, ""]
    return "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "tables.md": tables_page,
    "shortcuts.md": shortcuts_page,
}


def generated() -> dict[str, str]:
    """Every generated page by its name."""
    return {name: NOTE + page().rstrip() + "\n" for name, page in PAGES.items()}


def main() -> int:
    stale = [n for n, text in generated().items() if not (p := REFERENCE / n).exists() or p.read_text() != text]
    if "--check" in sys.argv[1:]:
        if stale:
            print(
                f"{', '.join(stale)} in docs/reference/ are not what the code says: run `make docs`.", file=sys.stderr
            )
        return 1 if stale else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in generated().items():
        (REFERENCE / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

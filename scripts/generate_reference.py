"""Write the pages of docs/reference/ that the code knows best; ``--check`` only compares.

Run ``make docs`` after changing settings, commands or tables.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from studium.cli import config
from studium.cli.commands import studium

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


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
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

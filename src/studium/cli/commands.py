"""The commands and their flags; what they do is in the modules of this package, loaded when a command runs.

``docs/reference/commands.md`` is made from this module.
"""

import functools
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from studium import __version__
from studium.cli import config
from studium.protocol.errors import StudiumError

Command = Callable[..., Any]
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def say(line: str) -> None:
    """One line for a person, apart from what scripts read."""
    click.echo(line, err=True)


def settings_flags(*names: str) -> Callable[[Command], Command]:
    """Flags for these settings and ``--config``; the command gets a ``Configuration`` as its first argument."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def wrapped(config_file: Path | None, **given: Any) -> Any:
            flags = {name: given.pop(name) for name in names}
            return command(read_configuration(flags, config_file), **given)

        result: Command = wrapped
        for name in reversed(names):
            field = config.fields()[name]
            sentence, kind = field.metadata["sentence"], config.kind(name)
            if kind == "yes|no":
                spelling = f"{config.flag(name)}/--no-{name.replace('_', '-')}"
                result = click.option(spelling, name, default=None, help=sentence)(result)
            else:
                shown = config.show_sized(name, field.default).strip('"')
                text = f"{sentence}  [default: {shown}]" if shown else sentence
                result = click.option(config.flag(name), name, metavar=kind.upper(), help=text)(result)
        return click.option(
            "--config",
            "config_file",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Settings file, in place of studium.toml in the data folder.",
        )(result)

    return decorate


def read_configuration(flags: Mapping[str, Any], config_file: Path | None) -> config.Configuration:
    """The settings of a command."""
    return config.read(flags, config_file=config_file)


class StudiumGroup(click.Group):
    """A group whose errors are one sentence and an exit status of 1, never a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except StudiumError as error:
            say(f"studium: {error.message}")
            sys.exit(1)


@click.group(cls=StudiumGroup, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="studium")
def studium() -> None:
    """Studium: write and compute together, in the browser."""


SERVING = ("data", "host", "port", "content_port", "url", "content_url", "trusted_proxies", "database")
MAIL = ("mail", "mail_from")
PROJECTS = ("project_memory", "project_cores", "project_processes", "max_upload", "environment")
LOGS = ("log_format", "log_level")


@studium.command()
@settings_flags(*SERVING, *MAIL, "browser", *PROJECTS, *LOGS)
def serve(configuration: config.Configuration) -> None:
    """Start Studium: the database, the page, and projects as they are opened.

    Prints `ready URL` when it serves. Ctrl-C stops everything; a second one does not wait for saves.
    """
    from studium.cli.process import run
    from studium.cli.serve import serve as start

    run(functools.partial(start, configuration))


@studium.command()
@settings_flags(*SERVING, *MAIL, *PROJECTS, *LOGS)
def hub(configuration: config.Configuration) -> None:
    """Start one more hub on the database of a Studium that runs.

    The database is given by --database; without it, it is that of the Studium which runs in the data folder.
    """
    from studium.cli.process import run
    from studium.cli.serve import further_hub

    run(functools.partial(further_hub, configuration))


@studium.command(name="open")
@click.argument("directory", default=".", type=click.Path(path_type=Path))
@settings_flags("host", "port", "content_port", "browser", "max_upload", "environment", *LOGS)
def open_(configuration: config.Configuration, directory: Path) -> None:
    """Open a folder in the page, for yourself alone: no accounts, no database."""
    from studium.cli.process import run
    from studium.cli.single import open_directory

    run(functools.partial(open_directory, configuration, directory))


@studium.command()
@settings_flags("data", "host", "port", "content_port", "database", "environment")
def doctor(configuration: config.Configuration) -> None:
    """Say what this machine offers, what is missing, and the command that mends it.

    Exit status 0: all is well. 1: something keeps Studium from starting. 2: it starts, with less isolation.
    """
    from studium.cli.doctor import examine

    sys.exit(examine(configuration))


@studium.command()
@settings_flags("data", "database")
def migrate(configuration: config.Configuration) -> None:
    """Bring the database to this version. `serve` does it too; this is for a database of your own."""
    from studium.cli.admin import migrate as work
    from studium.cli.process import run

    run(functools.partial(work, configuration))


@studium.group(name="environment")
def environment_group() -> None:
    """The Python environment that projects compute in."""


@environment_group.command()
@click.option(
    "--python",
    default=sys.executable,
    show_default="the one that runs Studium",
    metavar="PYTHON",
    type=click.Path(path_type=Path),
    help="Interpreter that the environment gets.",
)
@settings_flags("data")
def install(configuration: config.Configuration, python: Path) -> None:
    """Build the environment in the data folder, or build it anew: about 100 MB to download, 650 MB on disk.

    Projects that run keep the one they have until they are started again.
    """
    from studium.cli import environment

    environment.install(configuration, python)


@environment_group.command(name="show")
@settings_flags("data", "environment")
def show_environment(configuration: config.Configuration) -> None:
    """Say which environment projects compute in, and what is in it, tab-separated: package, version."""
    from studium.cli import environment

    environment.show(configuration)


@studium.group(name="config")
def config_group() -> None:
    """Look at the settings."""


@config_group.command()
@click.option("--origin", is_flag=True, help="Say where each setting comes from.")
@settings_flags(*config.fields())
def show(configuration: config.Configuration, origin: bool) -> None:
    """Print every setting as it is in force, in the form of the settings file."""
    for value in configuration.values.values():
        hidden = value.name in ("database", "mail") and value.value
        line = (
            f"{value.name} = {config.show_sized(value.name, _without_password(value.value) if hidden else value.value)}"
        )
        click.echo(f"{line:<48}  # {value.origin}" if origin else line)


def _without_password(address: str) -> str:
    """An address of a database or a mail server with its password left out."""
    scheme, _, rest = address.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{place}"


@studium.group(name="admin")
@settings_flags("data", "database")
@click.pass_context
def admin_group(context: click.Context, configuration: config.Configuration) -> None:
    """Accounts and tokens, while Studium runs."""
    context.obj = configuration


@admin_group.group()
def account() -> None:
    """Accounts."""


password_file = click.option(
    "--password-file", required=True, metavar="FILE", help="File whose first line is the password; - is standard input."
)


@account.command()
@click.argument("email")
@click.option("--name", required=True, help="First and last name.")
@password_file
@click.option("--administrator", is_flag=True, help="May administer this Studium.")
@click.pass_obj
def add(configuration: config.Configuration, email: str, name: str, password_file: str, administrator: bool) -> None:
    """Make an account with a Tutorial project; print its id."""
    from studium.cli import admin

    admin.run_admin(configuration, functools.partial(admin.add_account, email, name, password_file, administrator))


@account.command(name="list")
@click.pass_obj
def list_(configuration: config.Configuration) -> None:
    """List all accounts, tab-separated: address, name, administrator or disabled."""
    from studium.cli import admin

    admin.run_admin(configuration, admin.list_accounts)


@account.command()
@click.argument("email")
@password_file
@click.pass_obj
def password(configuration: config.Configuration, email: str, password_file: str) -> None:
    """Set a new password; every session and token of the account ends."""
    from studium.cli import admin

    admin.run_admin(configuration, functools.partial(admin.change_password, email, password_file))


@admin_group.group()
def token() -> None:
    """Tokens, by which scripts act for an account."""


@token.command(name="add")
@click.argument("email")
@click.option("--name", default="", help="What it is for.")
@click.option("--read-only", is_flag=True, help="It reads all that the account may read and changes nothing.")
@click.option("--days", type=click.IntRange(1, 365), metavar="DAYS", help="It ends after so many days; 1 to 365.")
@click.pass_obj
def add_token(configuration: config.Configuration, email: str, name: str, read_only: bool, days: int | None) -> None:
    """Make a token and print it; it cannot be shown again."""
    from studium.cli import admin
    from studium.protocol.account import TokenScope

    scope = TokenScope.READ_ONLY if read_only else TokenScope.FULL
    admin.run_admin(configuration, functools.partial(admin.add_token, email, name, scope, days))


@admin_group.command()
@click.pass_obj
def set_up_link(configuration: config.Configuration) -> None:
    """Print a fresh link for making the first account; earlier links end."""
    from studium.cli import admin

    admin.run_admin(configuration, admin.set_up_link)

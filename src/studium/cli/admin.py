"""``studium admin`` and ``studium migrate``: short work on the database of a Studium that runs."""

import functools
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from studium.cli.config import Configuration
from studium.cli.data_directory import DataDirectory
from studium.cli.process import Stopping, run
from studium.hub.accounts import add_api_token, create_account, new_set_up_token, set_password
from studium.hub.database import Database
from studium.protocol.account import TokenScope
from studium.protocol.errors import ErrorCode, StudiumError

PASSWORD_FILE_BYTES_MAX = 10_000
LIST_ACCOUNTS = """
SELECT email_address, first_name, last_name, administrator, disabled FROM accounts ORDER BY email_key
"""

Work = Callable[[Database, Configuration], Awaitable[None]]


def run_admin(configuration: Configuration, work: Work) -> None:
    """Do ``work`` with the database of the Studium that runs in the data folder, or with the one that is given."""
    run(functools.partial(_with_database, configuration, work))


async def _with_database(configuration: Configuration, work: Work, stopping: Stopping) -> None:
    dsn = configuration.settings.database or DataDirectory(configuration.settings.data).running().database
    database = await stopping.unless_asked(Database(dsn, connections=1).open(apply_migrations=False))
    try:
        await work(database, configuration)
    finally:
        await database.close()


async def add_account(
    email: str, name: str, password_file: str, administrator: bool, database: Database, _: Configuration
) -> None:
    """Make an account."""
    print(await create_account(database, email, name, read_password(password_file), administrator))


async def change_password(email: str, password_file: str, database: Database, _: Configuration) -> None:
    """A new password."""
    await set_password(database, email, read_password(password_file))


async def add_token(
    email: str, name: str, scope: TokenScope, days: int | None, database: Database, _: Configuration
) -> None:
    """A token, printed once."""
    print(await add_api_token(database, email, name, scope, days))


async def list_accounts(database: Database, _: Configuration) -> None:
    """One line an account."""
    for row in await database.fetch(LIST_ACCOUNTS):
        name = f"{row['first_name']} {row['last_name']}".strip()
        marks = [mark for mark in ("administrator", "disabled") if row[mark]]
        print("\t".join((row["email_address"], name, ", ".join(marks))))


async def set_up_link(database: Database, configuration: Configuration) -> None:
    """The link for the first account."""
    running = DataDirectory(configuration.settings.data).running()
    token = await new_set_up_token(database)
    if token is None:
        raise StudiumError(
            ErrorCode.CONFLICT,
            "There is an account already, so there is nothing to set up. A further administrator is made by "
            "`studium admin account add --administrator`.",
        )
    print(f"{running.url}/set-up#{token}")


async def migrate(configuration: Configuration, stopping: Stopping) -> None:
    """Bring a database of one's own to this version; the embedded one is started for it when it does not run."""
    from studium.cli.serve import embedded_postgres

    settings = configuration.settings
    data = DataDirectory(settings.data)
    if settings.database or data.is_held():
        await _migrate(settings.database or data.running().database, stopping)
        return
    with data.held():
        async with embedded_postgres(data) as dsn:
            await _migrate(dsn, stopping)


async def _migrate(dsn: str, stopping: Stopping) -> None:
    database = await stopping.unless_asked(Database(dsn, connections=1).open())
    await database.close()
    print("The database is up to date.")


def read_password(source: str) -> str:
    """The first line of a file, or of standard input for ``-``."""
    try:
        if source == "-":
            text = sys.stdin.readline(PASSWORD_FILE_BYTES_MAX)
        else:
            with Path(source).open(encoding="utf-8") as file:
                text = file.readline(PASSWORD_FILE_BYTES_MAX)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise StudiumError(
            ErrorCode.NOT_FOUND, f"The password file {source} cannot be read: {reason}. Correct --password-file."
        ) from None
    return text.rstrip("\r\n")

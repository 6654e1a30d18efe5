"""Who may do what: the one place where a requester's relation to a row is found."""

from pathlib import Path
from typing import Any
from uuid import UUID

from studium.hub.auth.requester import read_only_token
from studium.hub.database import Connection, Statements
from studium.hub.tables.requester import Requester, not_permitted
from studium.hub.tables.schema import Field, Gets, Scope, Table, Who
from studium.protocol.errors import ErrorCode, StudiumError

STATEMENTS = Statements(Path(__file__).with_name("rights.sql"))


def project_refused(project_id: UUID) -> StudiumError:
    """The answer to outsiders, the same whether the project exists or not."""
    return not_permitted(
        f"You are not in the project {project_id}, or it does not exist. Ask one of its owners to add you.",
        project_id=str(project_id),
    )


def check_gets(table: Table, column: str, requester: Requester) -> None:
    """Raise ``get_not_allowed`` when this requester may not see a field."""
    gets = table.fields[column].gets
    if gets is Gets.NOBODY or (gets is Gets.ADMINISTRATORS and not requester.administrator):
        raise StudiumError(
            ErrorCode.GET_NOT_ALLOWED,
            f"The field {table.name}.{column} cannot be read"
            + (", except by administrators." if gets is Gets.ADMINISTRATORS else "."),
            table=table.name,
            field=column,
        )


def check_site(table: Table, requester: Requester, *, getting: bool) -> None:
    """Tables of the site demand an administrator, except gets of those marked anonymous."""
    if table.scope is Scope.SITE and not requester.administrator and not (getting and table.anonymous):
        raise not_permitted(f"Only administrators may use the table {table.name}.", table=table.name)


def check_writes(requester: Requester) -> None:
    """Raise ``not_permitted`` for a token that may only read, whatever it would write."""
    if requester.read_only:
        raise read_only_token()


async def check_member(connection: Connection, requester: Requester, project_id: UUID) -> None:
    """Raise ``not_permitted`` for outsiders of a project that a get names."""
    if requester.administrator or requester.project_id == project_id:
        return
    inside = requester.account_id is not None and await connection.fetchval(
        STATEMENTS["is_in_project"], project_id, requester.account_id
    )
    if not inside:
        raise project_refused(project_id)


async def relation(
    connection: Connection, table: Table, requester: Requester, values: dict[str, Any]
) -> frozenset[Who]:
    """What the requester is to the row with these values (its scope's column is given). Raises ``not_permitted``."""
    who = {Who.ADMINISTRATOR} if requester.administrator else set()
    if table.scope is Scope.PROJECT:
        project_id = values["project_id"]
        if requester.project_id == project_id:
            who.add(Who.PROJECT)
        if requester.account_id is not None:
            role = await connection.fetchval(STATEMENTS["role_in_project"], project_id, requester.account_id)
            if role is not None:
                who.add(Who(role))
        if requester.administrator:
            who.add(Who.OWNER)
        if not who:
            raise project_refused(project_id)
    elif table.scope is Scope.ACCOUNT:
        if values["account_id"] == requester.account_id:
            who.add(Who.SELF)
        if not who:
            raise not_permitted(f"You may change your own row of {table.name}, not that of another.", table=table.name)
    return frozenset(who)


def check_sets(table: Table, column: str, declared: Field, who: frozenset[Who], *, new: bool) -> None:
    """Raise ``set_not_allowed`` for what no query sets, ``not_permitted`` for what others may set."""
    allowed = declared.givers if new else declared.sets
    if who & allowed:
        return
    data = {"table": table.name, "field": column}
    if not declared.sets and not declared.givers:
        raise StudiumError(
            ErrorCode.SET_NOT_ALLOWED,
            f"The field {table.name}.{column} is kept by the server; it cannot be set.",
            **data,
        )
    if not allowed:
        raise StudiumError(
            ErrorCode.SET_NOT_ALLOWED,
            f"The field {table.name}.{column} can be given "
            + ("only later, not to a new row." if new else "only to a new row, not changed."),
            **data,
        )
    raise not_permitted(f"You may not set {table.name}.{column}: {_names(allowed)} may.", **data)


def _names(who: frozenset[Who]) -> str:
    plural = {
        Who.SELF: "the account itself",
        Who.OWNER: "owners",
        Who.COLLABORATOR: "collaborators",
        Who.VIEWER: "viewers",
        Who.PROJECT: "the project itself",
        Who.ADMINISTRATOR: "administrators",
    }
    return " and ".join(word for one, word in plural.items() if one in who) or "nobody"


def refuse_creation(table: Table) -> StudiumError:
    """The error when somebody would make a row and may not."""
    if not table.creates:
        return StudiumError(
            ErrorCode.SET_NOT_ALLOWED, f"A query cannot make {table.subject}: rows of {table.name} come by other ways."
        )
    return not_permitted(f"You may not make {table.subject}: {_names(table.creates)} may.", table=table.name)


def refuse_deletion(table: Table) -> StudiumError:
    """The error when somebody would delete a row and may not."""
    if not table.deletes:
        return StudiumError(ErrorCode.SET_NOT_ALLOWED, f"Rows of {table.name} cannot be deleted by a query.")
    return not_permitted(f"You may not delete {table.subject}: {_names(table.deletes)} may.", table=table.name)

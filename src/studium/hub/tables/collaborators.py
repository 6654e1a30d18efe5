"""``collaborators``: who is in the projects that one is in, with the names and colours to show them by.

Owners and collaborators add people, by e-mail address or by account; only owners make owners, change roles and remove
others; everybody may leave. A project keeps at least one owner.
"""

from datetime import UTC, datetime
from typing import Any

from studium.hub.auth.names import email_key
from studium.hub.database import Connection
from studium.hub.tables.notifications import notify
from studium.hub.tables.project_log import log, name_of
from studium.hub.tables.requester import Requester, not_permitted
from studium.hub.tables.rights import STATEMENTS
from studium.hub.tables.schema import EDITORS, Field, Kind, Scope, Table, Who, Write
from studium.hub.tables.values import one_of, text
from studium.protocol.activity import LogEvent, NotificationKind
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import Role

_OWNERS = frozenset({Who.OWNER})


async def _complete(connection: Connection, requester: Requester, values: dict[str, Any]) -> dict[str, Any]:
    """Find the account by its address: after membership was checked, and only for those who may add people."""
    address = values.pop("email_address", None)
    if address is None or values.get("account_id") is not None:
        return values
    role = await connection.fetchval(STATEMENTS["role_in_project"], values["project_id"], requester.account_id)
    if role not in (Role.OWNER, Role.COLLABORATOR) and not requester.administrator:
        raise not_permitted("You may not add people to this project: owners and collaborators may.")
    account_id = await connection.fetchval(STATEMENTS["account_by_email"], email_key(address))
    if account_id is None:
        raise StudiumError(
            ErrorCode.NOT_FOUND,
            f"Nobody here has the address {address}. Check it, or ask them to sign up first.",
            field="email_address",
        )
    return {**values, "account_id": account_id}


async def _before_change(write: Write) -> None:
    project_id, account_id = write.key["project_id"], write.key["account_id"]
    owner = Who.OWNER in write.who
    if write.old is None:
        if "role" not in write.values:
            write.values["role"] = str(Role.COLLABORATOR)
        if write.values["role"] == Role.OWNER and not owner:
            raise not_permitted("Only owners of a project may make somebody an owner.")
        if not await write.connection.fetchval(STATEMENTS["account_exists"], account_id):
            raise StudiumError(ErrorCode.NOT_FOUND, f"There is no account {account_id}.", field="account_id")
        write.values |= {"added_by": write.requester.account_id, "added_at": datetime.now(UTC)}
        return
    if write.delete and not owner and account_id != write.requester.account_id:
        raise not_permitted("Only owners of a project may remove others from it; you may leave it yourself.")
    leaves = write.delete or write.values.get("role", Role.OWNER) != Role.OWNER
    if write.old["role"] == Role.OWNER and leaves:
        others = await write.connection.fetchval(STATEMENTS["other_owners"], project_id, account_id)
        if others == 0:
            raise StudiumError(
                ErrorCode.CONFLICT,
                "A project needs an owner, and this is its last one. Make somebody else an owner first.",
                project_id=str(project_id),
            )


async def _on_change(write: Write) -> None:
    """Log it, and tell whom it happened to."""
    connection, by = write.connection, write.requester.account_id
    project_id, account_id = write.key["project_id"], write.key["account_id"]
    person = {"account_id": str(account_id), "person": await name_of(connection, account_id)}
    if write.delete:
        event = LogEvent.PERSON_LEFT if account_id == by else LogEvent.PERSON_REMOVED
        await log(connection, project_id, by, event, **person)
    elif write.old is None:
        role = write.values["role"]
        await log(connection, project_id, by, LogEvent.PERSON_ADDED, role=role, **person)
        await notify(connection, account_id, project_id, NotificationKind.ADDED_TO_PROJECT, by, role=role)
    elif "role" in write.values:
        role, before = write.values["role"], write.old["role"]
        await log(connection, project_id, by, LogEvent.ROLE_CHANGED, role=role, before=before, **person)
        await notify(connection, account_id, project_id, NotificationKind.ROLE_CHANGED, by, role=role)


COLLABORATORS = Table(
    name="collaborators",
    subject="a collaborator",
    description="Who is in the projects that one is in. Add by account_id or by email_address.",
    scope=Scope.PROJECT,
    key=("project_id", "account_id"),
    serialised=True,
    guessed="email_address",
    fields={
        "project_id": Field(Kind.ID, "The project."),
        "account_id": Field(Kind.ID, "The account that is in it."),
        "role": Field(
            Kind.TEXT, "owner, collaborator or viewer.", sets=_OWNERS, gives=EDITORS, check=one_of(*map(str, Role))
        ),
        "added_at": Field(Kind.TIME, "Since when."),
        "added_by": Field(Kind.ID, "By whom, while that account exists.", nullable=True),
        "first_name": Field(Kind.TEXT, "First name of the account."),
        "last_name": Field(Kind.TEXT, "Last name of the account."),
        "colour": Field(Kind.INTEGER, "Colour of the account, 0–11."),
        "avatar": Field(Kind.TEXT, "Hash of the account's picture; null without one.", nullable=True),
        "email_address": Field(
            Kind.TEXT, "Address of the account; in a set, whom to add.", gives=EDITORS, check=text(3, 254)
        ),
    },
    creates=EDITORS,
    deletes=frozenset({Who.OWNER, Who.SELF, Who.COLLABORATOR}),
    complete=_complete,
    before_change=_before_change,
    on_change=_on_change,
    order=("added_at",),
)

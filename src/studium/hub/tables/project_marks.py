"""``project_marks``: what one has made of the projects that one is in, for oneself: starred, hidden, muted, and what is
open there.

Another name over ``collaborators``, which shows everybody's rows to fellow collaborators and not these fields.
"""

from studium.hub.tables.notifications import mark_project_read
from studium.hub.tables.schema import Field, Kind, Scope, Table, Who, Write
from studium.hub.tables.values import text

WORKSPACE_CHARACTERS = 20_000

_OWN = frozenset({Who.SELF})


async def _on_change(write: Write) -> None:
    if write.values.get("muted"):
        await mark_project_read(write.connection, write.key["account_id"], write.key["project_id"])


PROJECT_MARKS = Table(
    name="project_marks",
    subject="a mark on a project",
    description="What one has made of the projects that one is in: starred, hidden from one's own list, muted.",
    source="collaborators",
    scope=Scope.ACCOUNT,
    key=("account_id", "project_id"),
    fields={
        "account_id": Field(Kind.ID, "Whose marks they are."),
        "project_id": Field(Kind.ID, "A project that the account is in."),
        "role": Field(Kind.TEXT, "What the account is in it: owner, collaborator or viewer."),
        "starred": Field(Kind.BOOLEAN, "Shown first in one's list.", sets=_OWN),
        "hidden": Field(Kind.BOOLEAN, "Left out of one's list until asked for.", sets=_OWN),
        "muted": Field(Kind.BOOLEAN, "One is told of nothing in it.", sets=_OWN),
        "workspace": Field(
            Kind.TEXT,
            "The files that one has open in it and their places, as the page writes it down for itself.",
            sets=_OWN,
            check=text(0, WORKSPACE_CHARACTERS),
        ),
    },
    on_change=_on_change,
    order=("project_id",),
)

"""``project_marks``: what one has made of the projects that one is in, for oneself: starred, hidden.

Another name over ``collaborators``, which shows everybody's rows to fellow collaborators and not these fields.
"""

from studium.hub.tables.schema import Field, Kind, Scope, Table, Who

_OWN = frozenset({Who.SELF})

PROJECT_MARKS = Table(
    name="project_marks",
    subject="a mark on a project",
    description="What one has made of the projects that one is in: starred, or hidden from one's own list.",
    source="collaborators",
    scope=Scope.ACCOUNT,
    key=("account_id", "project_id"),
    fields={
        "account_id": Field(Kind.ID, "Whose marks they are."),
        "project_id": Field(Kind.ID, "A project that the account is in."),
        "role": Field(Kind.TEXT, "What the account is in it: owner, collaborator or viewer."),
        "starred": Field(Kind.BOOLEAN, "Shown first in one's list.", sets=_OWN),
        "hidden": Field(Kind.BOOLEAN, "Left out of one's list until asked for.", sets=_OWN),
    },
    order=("project_id",),
)

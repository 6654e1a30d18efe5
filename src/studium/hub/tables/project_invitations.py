"""``project_invitations``: who may still come into a project, by a link or when an address signs up.

A secret is made with each, so they are made by ``POST /api/project-invitations``. Deleting one takes it back at once.
"""

from studium.hub.tables.schema import EDITORS, Field, Kind, Scope, Table

PROJECT_INVITATIONS = Table(
    name="project_invitations",
    subject="an invitation",
    description="Links into a project, and addresses that wait for an account. Deleting one takes it back.",
    scope=Scope.PROJECT,
    key=("project_id", "invitation_id"),
    fields={
        "project_id": Field(Kind.ID, "The project."),
        "invitation_id": Field(Kind.ID, "The invitation."),
        "role": Field(Kind.TEXT, "What those become who use it: collaborator or viewer."),
        "email_address": Field(Kind.TEXT, "Whom it is for; null for a link that anybody may use.", nullable=True),
        "created_by": Field(Kind.ID, "Who made it, while that account exists.", nullable=True),
        "created_at": Field(Kind.TIME, "When."),
        "expires_at": Field(Kind.TIME, "Until when it works; null for no end.", nullable=True),
        "most_uses": Field(Kind.INTEGER, "How many people may use it; null for any number.", nullable=True),
        "uses": Field(Kind.INTEGER, "How many have."),
    },
    deletes=EDITORS,
    order=("created_at",),
)

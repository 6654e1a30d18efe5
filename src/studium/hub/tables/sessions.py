"""``sessions``: where one is signed in. Deleting a row signs that browser out, on every hub, at once."""

from studium.hub.tables.schema import Field, Kind, Scope, Table, Who

SESSIONS = Table(
    name="sessions",
    subject="a session",
    description="Where one is signed in: one row a browser. Deleting it signs that browser out.",
    scope=Scope.ACCOUNT,
    key=("account_id", "session_id"),
    fields={
        "account_id": Field(Kind.ID, "Whose session it is."),
        "session_id": Field(Kind.ID, "The session; that of the page is in `GET /api/session`."),
        "created_at": Field(Kind.TIME, "When somebody signed in."),
        "last_seen_at": Field(Kind.TIME, "When it was last used, to the hour."),
        "expires_at": Field(Kind.TIME, "When it ends if it is not used."),
        "user_agent": Field(Kind.TEXT, "What the browser calls itself."),
    },
    deletes=frozenset({Who.SELF, Who.ADMINISTRATOR}),
    order=("-last_seen_at",),
)

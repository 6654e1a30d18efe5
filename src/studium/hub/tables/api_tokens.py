"""``api_tokens``: the tokens by which scripts act for an account. Deleting a row ends its token on every hub at once.

They are made by ``POST /api/tokens``, since the answer holds a secret.
"""

from studium.hub.tables.schema import Field, Kind, Scope, Table, Who

API_TOKENS = Table(
    name="api_tokens",
    subject="an API token",
    description="Tokens by which scripts act for an account, made by `POST /api/tokens`. Deleting one ends it at once.",
    scope=Scope.ACCOUNT,
    key=("account_id", "token_id"),
    fields={
        "account_id": Field(Kind.ID, "Whose token it is."),
        "token_id": Field(Kind.ID, "The token; not its secret."),
        "name": Field(Kind.TEXT, "What it is for."),
        "scope": Field(Kind.TEXT, "full, or read_only: it reads what the account may read and changes nothing."),
        "created_at": Field(Kind.TIME, "When it was made."),
        "expires_at": Field(Kind.TIME, "When it ends; null for one that does not.", nullable=True),
        "last_used_at": Field(Kind.TIME, "When it was last used, to the hour.", nullable=True),
    },
    deletes=frozenset({Who.SELF, Who.ADMINISTRATOR}),
    order=("-created_at",),
)

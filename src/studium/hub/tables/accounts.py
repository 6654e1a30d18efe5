"""``accounts``: one's own row; administrators see all. Addresses and passwords change through ``hub/auth``."""

from studium.hub.tables.rights import STATEMENTS
from studium.hub.tables.schema import Field, Gets, Kind, Scope, Table, Who, Write
from studium.hub.tables.values import an_object, between, text
from studium.protocol.errors import ErrorCode, StudiumError

NAME_CHARACTERS = 100
COLOURS = 12

_OWN = frozenset({Who.SELF, Who.ADMINISTRATOR})
_ADMINISTRATORS = frozenset({Who.ADMINISTRATOR})


def _no_text(_: str) -> str:
    raise ValueError("can be set to null, which takes the picture away; PUT /api/avatar gives one")


async def _before_change(write: Write) -> None:
    """An administrator who shuts themselves out could leave a site that nobody can administer."""
    own = write.key["account_id"] == write.requester.account_id
    if own and (write.values.get("disabled") is True or write.values.get("administrator") is False):
        raise StudiumError(
            ErrorCode.CONFLICT,
            "You cannot disable yourself or give up administration yourself; ask another administrator to do it.",
        )


async def _on_change(write: Write) -> None:
    if "avatar" in write.values:
        await write.connection.execute(STATEMENTS["delete_avatar"], write.key["account_id"])


ACCOUNTS = Table(
    name="accounts",
    subject="an account",
    description="People. Everyone sees their own row, administrators see all.",
    scope=Scope.ACCOUNT,
    key=("account_id",),
    fields={
        "account_id": Field(Kind.ID, "The account."),
        "email_address": Field(Kind.TEXT, "The address to sign in with."),
        "first_name": Field(Kind.TEXT, "First name.", sets=_OWN, check=text(0, NAME_CHARACTERS)),
        "last_name": Field(Kind.TEXT, "Last name.", sets=_OWN, check=text(0, NAME_CHARACTERS)),
        "colour": Field(
            Kind.INTEGER, "Colour of the cursor and avatar, 0–11.", sets=_OWN, check=between(0, COLOURS - 1)
        ),
        "avatar": Field(
            Kind.TEXT,
            "Hash of the picture, at `/api/avatars/{account_id}/{avatar}`; `PUT /api/avatar` gives one, null none.",
            sets=_OWN,
            nullable=True,
            check=_no_text,
        ),
        "settings": Field(Kind.JSON, "Settings of the page, by section.", sets=_OWN, default={}, check=an_object),
        "administrator": Field(Kind.BOOLEAN, "Whether the account administers the site.", sets=_ADMINISTRATORS),
        "disabled": Field(
            Kind.BOOLEAN, "Whether signing in is refused.", gets=Gets.ADMINISTRATORS, sets=_ADMINISTRATORS
        ),
        "created_at": Field(Kind.TIME, "When the account was made."),
        "confirmed_at": Field(
            Kind.TIME, "When its owner was known to read the mail of its address, if ever.", nullable=True
        ),
        "last_active_at": Field(Kind.TIME, "When it was last used.", gets=Gets.ADMINISTRATORS, nullable=True),
    },
    before_change=_before_change,
    on_change=_on_change,
    order=("created_at",),
)

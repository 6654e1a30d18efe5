"""What anybody may know of this Studium, and who may make an account in it."""

from collections.abc import Callable
from pathlib import Path

from studium import __version__
from studium.hub.accounts import SQL
from studium.hub.database import Database
from studium.protocol.session import SignUpPolicy, Site

OPEN_REFUSED = (
    "Anyone may make an account only where projects are kept apart from each other, and on this machine they are not. "
    "Choose people with an invitation link, or mend what studium doctor names and start Studium again."
)
STATIC = Path(__file__).parent.parent / "static"
DEFAULT_NAME = "Studium"
NOT_ISOLATED = (
    "Projects are not kept apart from each other on this machine: invite only people whom you trust. "
    "The administrator finds what is missing with: studium doctor"
)


class SiteSettings:
    """The site's settings, read afresh each time: who may come in is never decided by an old answer.

    Without isolation open sign-up is refused.
    """

    def __init__(
        self, database: Database, content_origin: str | None, mail: Callable[[], bool] = lambda: False
    ) -> None:
        self._database = database
        self._mail = mail
        self._content_origin = content_origin
        self._isolated = True
        self._has_account = False

    def isolation(self, *, isolated: bool) -> None:
        """What the compute driver has found."""
        self._isolated = isolated

    def open_refused(self) -> str | None:
        """Why not just anyone may make an account here, if so."""
        return None if self._isolated else OPEN_REFUSED

    async def site(self) -> Site:
        """The answer for everybody."""
        settings = {row["name"]: row["value"] for row in await self._database.fetch(SQL["site_settings"])}
        if not self._has_account:
            self._has_account = bool(await self._database.fetchval(SQL["any_account"]))
        return Site(
            name=str(settings.get("site_name") or DEFAULT_NAME),
            sign_up=self._policy(settings.get("sign_up")),
            needs_set_up=not self._has_account,
            version=__version__,
            notice=None if self._isolated else NOT_ISOLATED,
            content_origin=self._content_origin,
            mail=self._mail(),
        )

    def _policy(self, stored: object) -> SignUpPolicy:
        try:
            policy = SignUpPolicy(str(stored))
        except ValueError:
            return SignUpPolicy.CLOSED
        if policy is SignUpPolicy.OPEN and not self._isolated:
            return SignUpPolicy.INVITATION  # strangers' programs need walls between them
        return policy

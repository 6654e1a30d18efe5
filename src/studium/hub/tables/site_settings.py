"""``site_settings``: what administrators decide for the whole site, one row a setting."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from studium.hub.tables.schema import Check, Field, Kind, Scope, Table, Who, Write
from studium.hub.tables.site_limits import SITE_LIMITS
from studium.hub.tables.values import one_of, text
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import SignUpPolicy

_ADMINISTRATORS = frozenset({Who.ADMINISTRATOR})


def _words(check: Check) -> Check:
    def words(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError("must be text")
        return check(value)

    return words


_VALUES: dict[str, Check] = {
    "sign_up": _words(one_of(*map(str, SignUpPolicy))),
    "site_name": _words(text(1, 60)),
    **{name: limit.check for name, limit in SITE_LIMITS.items()},
}


async def _before_change(write: Write) -> None:
    if write.delete:
        return
    value: Any = write.values.get("value")
    try:
        write.values["value"] = _VALUES[write.key["name"]](value)
    except ValueError as error:
        name = write.key["name"]
        raise StudiumError(ErrorCode.INVALID_VALUE, f"The setting {name} {error}.", field=name) from None


SITE_SETTINGS = Table(
    name="site_settings",
    subject="a setting",
    description="Settings of the site: sign_up (closed, invitation or open), site_name, and limits: "
    + "; ".join(f"{name}, {limit.description}" for name, limit in SITE_LIMITS.items())
    + ". Limits of a project hold from its next start. A row that is deleted gives back the default.",
    scope=Scope.SITE,
    key=("name",),
    fields={
        "name": Field(Kind.TEXT, f"{', '.join(_VALUES)}.", check=one_of(*_VALUES)),
        "value": Field(Kind.JSON, "Its value.", sets=_ADMINISTRATORS),
    },
    creates=_ADMINISTRATORS,
    deletes=_ADMINISTRATORS,
    before_change=_before_change,
    order=("name",),
)


def guarded_site_settings(open_refused: Callable[[], str | None]) -> Table:
    """The same table on a machine that may not be fit for strangers: ``open_refused`` says why, or None when it is."""

    async def before_change(write: Write) -> None:
        await _before_change(write)
        reason = open_refused()
        if reason and write.key["name"] == "sign_up" and write.values.get("value") == SignUpPolicy.OPEN:
            raise StudiumError(ErrorCode.NOT_PERMITTED, reason, field="sign_up")

    return replace(SITE_SETTINGS, before_change=before_change)

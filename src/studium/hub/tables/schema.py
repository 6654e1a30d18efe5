"""The words in which tables are declared. Everything else is derived: rights, SQL, feeds, the reference page.

A *scope* says whose row a row is, and by that who sees it:

- ``ACCOUNT``: the account in the column ``account_id``; administrators see all.
- ``PROJECT``: those who are in the project in the column ``project_id``, and that project itself. Administrators pass
  when they name the project; a list without a name holds their own.
- ``SITE``: administrators; anybody, for gets, when the table is marked anonymous.

*Who* someone is to a row (``Who``) decides what of it they may set.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from studium.hub.database import Connection
from studium.hub.tables.requester import Requester


class Kind(StrEnum):
    """Types of values; in JSON an ``ID`` is a UUID string and a ``TIME`` is ``2026-11-21T09:00:00.000000Z``."""

    ID = "id"
    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIME = "time"
    JSON = "json"


class Scope(StrEnum):
    """Whose row a row is."""

    ACCOUNT = "account"
    PROJECT = "project"
    SITE = "site"

    @property
    def column(self) -> str | None:
        """The column that names whose row it is."""
        return {Scope.ACCOUNT: "account_id", Scope.PROJECT: "project_id", Scope.SITE: None}[self]


class Who(StrEnum):
    """What a requester is to a row. An administrator is also an owner of every project."""

    SELF = "self"
    OWNER = "owner"
    COLLABORATOR = "collaborator"
    VIEWER = "viewer"
    PROJECT = "project"
    ADMINISTRATOR = "administrator"


class Gets(StrEnum):
    """Who gets a field, of those who see the row."""

    ALL = "all"
    ADMINISTRATORS = "administrators"
    NOBODY = "nobody"


NOBODY_SETS: frozenset[Who] = frozenset()
EDITORS = frozenset({Who.OWNER, Who.COLLABORATOR})

Check = Callable[[Any], Any]
"""Takes the value, returns its stored form, or raises ``ValueError`` with the end of a sentence about the field."""


@dataclass(frozen=True)
class Field:
    """One column. ``gives`` may set it when the row is created (otherwise: whoever ``sets``). ``default`` is answered
    where the database has none; a dict is merged one level into what is there."""

    kind: Kind
    description: str
    gets: Gets = Gets.ALL
    sets: frozenset[Who] = NOBODY_SETS
    gives: frozenset[Who] | None = None
    nullable: bool = False
    default: Any = None
    check: Check | None = None

    @property
    def givers(self) -> frozenset[Who]:
        """Who may set the field of a new row."""
        return self.sets if self.gives is None else self.gives


@dataclass
class Write:
    """A set or a delete on its way. Hooks read it, change ``values`` (what will be stored), or raise."""

    connection: Connection
    requester: Requester
    who: frozenset[Who]
    key: dict[str, Any]
    old: dict[str, Any] | None
    values: dict[str, Any]
    delete: bool = False


Hook = Callable[[Write], Awaitable[None]]
Complete = Callable[[Connection, Requester, dict[str, Any]], Awaitable[dict[str, Any]]]


async def _nothing(write: Write) -> None:
    """No hook."""


async def _as_given(connection: Connection, requester: Requester, values: dict[str, Any]) -> dict[str, Any]:
    """No computed key."""
    return values


@dataclass(frozen=True)
class Table:
    """One table of the plane. ``source`` is the table of the database; another name over it is a virtual table.

    ``complete`` turns what was given into values with a whole primary key, after membership was checked. ``computed``:
    the key of a new row is never given. ``creates`` and ``deletes`` say who may; ``subject`` is what errors call a row.
    """

    name: str
    subject: str
    description: str
    scope: Scope
    key: tuple[str, ...]
    fields: dict[str, Field]
    source: str = ""
    creates: frozenset[Who] = NOBODY_SETS
    deletes: frozenset[Who] = NOBODY_SETS
    computed: bool = False
    order: tuple[str, ...] = ()
    limit: int | None = None
    throttle_seconds: float = 0.0
    anonymous: bool = False
    guessed: str | None = None  # a field that finds somebody: sets that name it and find nobody are limited
    serialised: bool = False  # writes to rows of one project wait for each other
    complete: Complete = field(default=_as_given)
    before_change: Hook = field(default=_nothing)
    on_change: Hook = field(default=_nothing)

    @property
    def relation(self) -> str:
        """The table in the database."""
        return self.source or self.name


Schema = dict[str, Table]

"""The site that the tables plane is measured on: made by a few statements, the same each time.

Account ``a`` owns the projects ``a``, ``a + accounts``, … and is a collaborator in as many of others: 20 in all. One
more account, ``busy``, is in 10,000. Each has a token and two sessions.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from studium.hub.auth.tokens import API_PREFIX
from studium.hub.database import Database

OWNED = 10
FOLLOWED = 6
"""Of the projects that one owns, those whose people a page shows: with four lists of one's own it has ten feeds."""

_ACCOUNTS = """
INSERT INTO accounts (account_id, email_address, email_key, first_name, last_name)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(a), 12, '0'))::uuid, 'person' || a || '@example.org',
       'person' || a || '@example.org', 'Person', 'Number ' || a
  FROM generate_series(0, $1::int) a
"""
_TOKENS = """
INSERT INTO api_tokens (token_hash, account_id, last_used_at)
SELECT sha256(convert_to($2 || 'bench' || a, 'UTF8')),
       ('00000000-0000-4000-8000-' || lpad(to_hex(a), 12, '0'))::uuid, now() + interval '1 day'
  FROM generate_series(0, $1::int) a
"""
_SESSIONS = """
INSERT INTO sessions (token_hash, account_id, expires_at, user_agent)
SELECT sha256(convert_to('session' || a || '-' || i, 'UTF8')),
       ('00000000-0000-4000-8000-' || lpad(to_hex(a), 12, '0'))::uuid, now() + interval '30 days',
       'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  FROM generate_series(0, $1::int) a, generate_series(1, 2) i
"""
_PROJECTS = """
INSERT INTO projects (project_id, title, description, last_edited_at, created_by)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(p), 12, '0'))::uuid, 'Project number ' || p,
       'What the project with the number ' || p || ' is about, in a line.',
       now() - interval '1 second' * ((p::bigint * 7919) % 31536000),
       ('00000000-0000-4000-8000-' || lpad(to_hex(p % $2::int), 12, '0'))::uuid
  FROM generate_series(0, $1::int - 1) p
"""
_MEMBERS = """
INSERT INTO collaborators (project_id, account_id, role, first_name, last_name, colour, email_address)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(p), 12, '0'))::uuid, account_id, role,
       first_name, last_name, colour, email_address
  FROM generate_series(0, $1::int - 1) p
 CROSS JOIN LATERAL (
       SELECT p % $2::int AS a, 'owner' AS role
       UNION ALL SELECT (p + 1 + 7 * (p / $2::int)) % $2::int, 'collaborator'
       UNION ALL SELECT $2::int, 'collaborator' WHERE p % $3::int = 0) AS m
  JOIN accounts ON account_id = ('00000000-0000-4000-8000-' || lpad(to_hex(m.a), 12, '0'))::uuid
"""


def account_id(number: int) -> UUID:
    """The id of an account."""
    return UUID(f"00000000-0000-4000-8000-{number:012x}")


def project_id(number: int) -> UUID:
    """The id of a project."""
    return UUID(f"00000000-0000-4000-9000-{number:012x}")


def token(number: int) -> str:
    """The API token of an account."""
    return f"{API_PREFIX}bench{number}"


@dataclass(frozen=True)
class Site:
    """How many accounts, without ``busy``, and how many of ``connections`` are of each: two, as of two open pages."""

    accounts: int
    connections: int = 0

    @property
    def projects(self) -> int:
        """How many projects."""
        return self.accounts * OWNED

    @property
    def busy(self) -> int:
        """The account that is in 10,000 projects, or in all where there are fewer."""
        return self.accounts

    def owner(self, project: int) -> int:
        """Who owns a project."""
        return project % self.accounts

    def members(self, project: int) -> tuple[int, int]:
        """The owner and the collaborator, without ``busy``."""
        return self.owner(project), (project + 1 + 7 * (project // self.accounts)) % self.accounts

    @property
    def connected(self) -> int:
        """The accounts below this number have two connections each."""
        return self.connections // 2

    def feeds_on_project(self, project: int) -> int:
        """How many open feeds of ``projects`` hold a project."""
        return sum(2 for member in self.members(project) if member < self.connected)

    def feeds_on_people(self, project: int) -> int:
        """How many open feeds hold the people of a project."""
        return 2 if self.owner(project) < self.connected and project // self.accounts < FOLLOWED else 0

    def feeds_on_account(self, account: int) -> int:
        """How many open feeds hold an account."""
        return 2 if account < self.connected else 0

    async def fill(self, database: Database) -> None:
        """Make it all."""
        async with database.transaction() as connection:
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(_ACCOUNTS, self.accounts, timeout=600)
            await connection.execute(_TOKENS, self.accounts, API_PREFIX, timeout=600)
            await connection.execute(_SESSIONS, self.accounts, timeout=600)
            await connection.execute(_PROJECTS, self.projects, self.accounts, timeout=600)
            await connection.execute(
                _MEMBERS, self.projects, self.accounts, max(1, self.projects // 10_000), timeout=600
            )
        await database.execute("VACUUM ANALYZE")


def feeds_of_page(site: Site, account: int) -> list[dict[str, Any]]:
    """What a page of this account follows."""
    projects = ("project_id", "title", "description", "state", "action_request", "created_at", "last_edited_at")
    people = ("account_id", "role", "added_at", "first_name", "last_name", "colour", "email_address")
    names = ("first_name", "last_name", "email_address", "settings")
    own = {"account_id": "{account_id}"}
    return [
        {"projects": [dict.fromkeys(projects)]},
        {"project_marks": [{**own, "project_id": None, "starred": None, "hidden": None}]},
        {"accounts": [{**own, **dict.fromkeys(names)}]},
        {"sessions": [{**own, "session_id": None, "last_seen_at": None, "user_agent": None}]},
        *(
            {"collaborators": [{"project_id": str(project_id(account + k * site.accounts)), **dict.fromkeys(people)}]}
            for k in range(FOLLOWED)
        ),
    ]

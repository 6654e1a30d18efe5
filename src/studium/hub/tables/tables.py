"""Answers queries: ``await Tables(database).query(requester, {"projects": [{"title": null}]}, [])``."""

import logging
from typing import Any

import asyncpg

from studium.hub.auth.limits import RateLimiter
from studium.hub.database import Database
from studium.hub.tables.catalog import TABLES
from studium.hub.tables.parse import Action, Delete, Get, Set, invalid, parse
from studium.hub.tables.requester import Requester
from studium.hub.tables.schema import Schema
from studium.hub.tables.select import Plan
from studium.hub.tables.turns import Turns
from studium.hub.tables.write import Written, run_delete, run_set
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.tables import QueryAnswer

logger = logging.getLogger(__name__)

ATTEMPTS = 5  # of a write that met another at the same rows
GUESSES, GUESS_SECONDS = 50, 10.0
"""Addresses without an account that one may try to add at once, and the time until one more: a class list with its
mistakes has room, a search for who has an account has not."""


class Tables:
    """The tables plane without its feeds."""

    def __init__(self, database: Database, schema: Schema = TABLES) -> None:
        self.database = database
        self.schema = schema
        self.turns = Turns()
        self._guesses = RateLimiter(GUESSES, GUESS_SECONDS)
        self._gets = 0
        self._writes = 0

    async def query(self, requester: Requester, query: Any, options: Any = ()) -> QueryAnswer:
        """Run a query, or an array of them in order. Raises ``StudiumError``; what ran before the error stays done."""
        actions, array = parse(self.schema, requester, query, list(options) if options == () else options)
        results, changed = [], False
        for action in actions:
            result, one = await self._run(action, requester)
            results.append(result)
            changed = changed or one
        return QueryAnswer(result=results if array else results[0], changed=changed)

    def plan(self, requester: Requester, query: Any, options: Any) -> Plan:
        """The plan of a query that is to be a feed. Raises ``invalid_query`` for what cannot be one."""
        actions, array = parse(self.schema, requester, query, options)
        action = actions[0] if len(actions) == 1 else None
        if array or not isinstance(action, Get) or not action.many:
            raise invalid("Only a get of many can be followed, such as {“projects”: [{“project_id”: null}]}.")
        return Plan(action, requester)

    def statistics(self) -> dict[str, int]:
        """Gets and writes since the start."""
        return {
            "gets": self._gets,
            "writes": self._writes,
            "guesses_refused": self._guesses.statistics()["refused"],
            **self.turns.statistics(),
        }

    async def _run(self, action: Action, requester: Requester) -> tuple[Any, bool]:
        async with self.turns.of(requester.account_id):
            return await self._run_now(action, requester)

    async def _run_now(self, action: Action, requester: Requester) -> tuple[Any, bool]:
        if isinstance(action, Get):
            self._gets += 1
            plan = Plan(action, requester)
            async with self.database.connection() as connection:
                await plan.check(connection)
                return plan.answer(await plan.fetch(connection)), False
        self._writes += 1
        guesses = isinstance(action, Set) and action.table.guessed in action.values
        if guesses:
            self._guesses.take(str(requester.account_id))
        key, changed = await self._write(action, requester)
        if guesses:
            self._guesses.give_back(str(requester.account_id))
        return {action.table.name: [key] if action.many else key}, changed

    async def _write(self, action: Set | Delete, requester: Requester) -> Written:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.database.transaction() as connection:
                    if isinstance(action, Set):
                        return await run_set(connection, action, requester)
                    return await run_delete(connection, action, requester)
            except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
                # Two made the same row at once, or waited for each other: the second look sees the first's.
                if attempt == ATTEMPTS:
                    raise StudiumError(
                        ErrorCode.CONFLICT, "Others changed the same thing at the same moment. Try again."
                    ) from error
            except asyncpg.ForeignKeyViolationError as error:
                raise StudiumError(
                    ErrorCode.NOT_FOUND, "What this refers to is gone: an account or a project was deleted just now."
                ) from error
        raise AssertionError("the loop returns or raises")

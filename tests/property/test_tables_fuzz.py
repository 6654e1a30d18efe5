"""Whatever JSON somebody sends as a query, PostgreSQL and the tables answer it or refuse it with a sentence."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studium.hub.database import Database
from studium.hub.tables import Requester, Tables
from studium.hub.tables.catalog import TABLES
from studium.protocol.errors import ErrorCode, StudiumError
from support.people import add_account, add_project
from support.postgres import TestPostgres

_text = st.one_of(st.text(max_size=4), st.sampled_from(["{account_id}", "{now}", "\0", "';--", "{0}", "%s", "$1"]))
_value: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), _text),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(_text, st.sampled_from(["==", "!=", "<", ">="])), inner, max_size=2),
    ),
    max_leaves=4,
)
_options = st.lists(
    st.sampled_from(
        [{"set": True}, {"set": False}, {"delete": True}, {"limit": 1}, {"offset": 1}, {"order_by": "-title"}]
    ),
    max_size=2,
)


@st.composite
def _queries(draw: st.DrawFn) -> Any:
    table = draw(st.sampled_from(sorted(TABLES)))
    fields = st.sampled_from(sorted(TABLES[table].fields))
    pattern = draw(st.dictionaries(fields, _value, max_size=3))
    return {table: [pattern] if draw(st.booleans()) else pattern}


class Site:
    """A database with two people."""

    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        self.runner = runner
        self.tables = Tables(database)
        self.people: list[Requester] = []

    async def begin(self) -> None:
        for administrator in (False, True):
            person = await add_account(self.tables.database, administrator=administrator)
            await add_project(self.tables, person)
            self.people.append(person)


@pytest.fixture(scope="module")
def site(postgres: TestPostgres) -> Iterator[Site]:
    with asyncio.Runner() as runner:
        database = runner.run(Database(runner.run(postgres.create())).open(apply_migrations=False))
        made = Site(runner, database)
        runner.run(made.begin())
        yield made
        runner.run(database.close())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(query=_queries(), options=_options, who=st.integers(0, 1))
def test_any_query_is_answered_or_refused(site: Site, query: Any, options: Any, who: int) -> None:
    try:
        site.runner.run(site.tables.query(site.people[who], query, options))
    except StudiumError as error:
        refused = error.code
    else:
        return
    assert refused not in (ErrorCode.INTERNAL, ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT)

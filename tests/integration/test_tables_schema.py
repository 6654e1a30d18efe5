"""What the schema can say beyond today's tables: virtual tables, anonymous gets, defaults, throttled feeds."""

import asyncio
import dataclasses
import json
from typing import Any

import pytest

from studium.hub.database import ChangeStream, Database
from studium.hub.tables import NOBODY, FeedConnection, Feeds, Tables
from studium.hub.tables.accounts import ACCOUNTS
from studium.hub.tables.schema import Field, Kind, Scope, Table, Who
from studium.hub.tables.site_settings import SITE_SETTINGS
from studium.protocol.errors import ErrorCode, StudiumError
from support.people import add_account

ABOUT = Table(
    name="about",
    subject="a fact",
    description="What anybody may know of the site: a virtual table over its settings.",
    scope=Scope.SITE,
    source="site_settings",
    key=("name",),
    anonymous=True,
    fields={"name": Field(Kind.TEXT, "Which."), "value": Field(Kind.JSON, "What.")},
    order=("name",),
)
PROFILES = dataclasses.replace(
    ACCOUNTS,
    name="profiles",
    source="accounts",
    throttle_seconds=0.3,
    fields={
        **{name: ACCOUNTS.fields[name] for name in ("account_id", "first_name")},
        "settings": Field(
            Kind.JSON, "Settings.", sets=frozenset({Who.SELF}), default={"theme": "system", "editor": {"size": 14}}
        ),
    },
    order=(),
)
SCHEMA = {table.name: table for table in (ABOUT, PROFILES, ACCOUNTS, SITE_SETTINGS)}


async def test_a_virtual_table_has_rights_of_its_own(database: Database) -> None:
    tables = Tables(database, SCHEMA)
    await database.execute("INSERT INTO site_settings VALUES ('site_name', '\"Here\"')")
    query = {"about": [{"name": None, "value": None}]}
    assert (await tables.query(NOBODY, query)).result == {"about": [{"name": "site_name", "value": "Here"}]}
    with pytest.raises(StudiumError) as caught:
        await tables.query(NOBODY, {"about": {"name": "site_name", "value": "x"}})
    assert caught.value.code is ErrorCode.NOT_SIGNED_IN
    ada = await add_account(database)
    assert (await tables.query(ada, query)).result["about"]
    with pytest.raises(StudiumError) as caught:
        await tables.query(ada, {"profiles": {"last_name": None}})
    assert caught.value.code is ErrorCode.NO_SUCH_FIELD


async def test_defaults_merge_one_level(database: Database) -> None:
    tables = Tables(database, SCHEMA)
    ada = await add_account(database)
    await tables.query(ada, {"profiles": {"settings": {"editor": {"vim": True}}}})
    assert (await tables.query(ada, {"profiles": {"settings": None}})).result == {
        "profiles": {"settings": {"theme": "system", "editor": {"vim": True}}}
    }
    assert (await tables.query(ada, {"profiles": {"settings": {"theme": None}}})).result == {
        "profiles": {"settings": {"theme": "system"}}
    }


async def test_a_throttled_feed_makes_one_of_several_changes(database: Database) -> None:
    tables = Tables(database, SCHEMA)
    stream = await ChangeStream(database).open()
    feeds = await Feeds(tables, stream).open()
    ada = await add_account(database)
    connection = FeedConnection(feeds, ada, lambda _code, _reason: None)
    work = asyncio.create_task(connection.work())

    async def receive() -> Any:
        async with asyncio.timeout(60):
            (frame,) = await connection.next_frames()
            return json.loads(frame)

    try:
        query = {"profiles": [{"account_id": None, "first_name": None}]}
        connection.receive(json.dumps({"id": 1, "query": query, "changes": True}))
        assert (await receive())["seq"] == 0
        await tables.query(ada, {"profiles": {"first_name": "0"}})
        assert (await receive())["new"]["first_name"] == "0"
        for number in range(1, 6):
            await tables.query(ada, {"profiles": {"first_name": str(number)}})
        event = await receive()
        assert (event["seq"], event["new"]["first_name"]) == (2, "5")
    finally:
        connection.lost()
        await work
        await feeds.close()
        await stream.close()

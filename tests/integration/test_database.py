"""Connections, migrations and the embedded server, on real PostgreSQL."""

from studium.hub.database import Database


async def test_values_of_json_columns_are_python_values(database: Database) -> None:
    assert await database.fetchval("SELECT $1::jsonb", {"a": [1, None, "ü"]}) == {"a": [1, None, "ü"]}

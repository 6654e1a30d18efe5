"""Sets and deletes: rights, checks, old row, ``before_change``, write, ``on_change``, all in one transaction."""

from typing import Any

from studium.hub.auth.requester import not_signed_in
from studium.hub.database import Connection
from studium.hub.tables.parse import Delete, Set
from studium.hub.tables.requester import Requester
from studium.hub.tables.rights import (
    STATEMENTS,
    check_sets,
    check_site,
    check_writes,
    project_refused,
    refuse_creation,
    refuse_deletion,
    relation,
)
from studium.hub.tables.schema import Field, Kind, Scope, Table, Who, Write
from studium.hub.tables.values import merge, same_json, to_database, to_json
from studium.protocol.errors import ErrorCode, StudiumError

Written = tuple[dict[str, Any], bool]
"""The row's primary key in JSON, and whether anything changed."""


async def run_set(connection: Connection, action: Set, requester: Requester) -> Written:
    """Upsert one row within the transaction of ``connection``."""
    table = action.table
    _check_requester(table, requester)
    for column in action.values:
        declared = table.fields[column]
        if column not in table.key and not declared.sets and not declared.givers:
            check_sets(table, column, declared, frozenset(), new=False)
    given = {name: _checked(table, name, value) for name, value in action.values.items()}
    if table.computed and not _has_key(table, given):
        who = _creator(table, requester)
        key_given = False
    else:
        _fill_scope(table, requester, given)
        who = await _related(connection, table, requester, given)
        key_given = True
    given = await table.complete(connection, requester, given)
    _demand_key(table, given)
    key = {column: given.pop(column) for column in table.key}
    old = await _load(connection, table, key) if key_given else None
    if old is None:
        if key_given and table.computed:
            raise _absent(table, key)
        if not who & table.creates:
            raise refuse_creation(table)
    for column in given:
        check_sets(table, column, table.fields[column], who, new=old is None)
    values = {name: _merged(table, name, value, old) for name, value in given.items()}
    values = {name: value for name, value in values.items() if old is None or not _same(table, name, old, value)}
    if old is not None and not values:
        return _key_to_json(table, key), False
    write = Write(connection, requester, who, key, old, values)
    await table.before_change(write)
    await _store(table, write)
    await table.on_change(write)
    return _key_to_json(table, key), True


async def run_delete(connection: Connection, action: Delete, requester: Requester) -> Written:
    """Delete one row within the transaction of ``connection``; a row that is not there is no error."""
    table = action.table
    _check_requester(table, requester)
    if not table.deletes:
        raise refuse_deletion(table)
    given = {name: _checked(table, name, value) for name, value in action.key.items()}
    _fill_scope(table, requester, given)
    _demand_key(table, given)
    if set(given) != set(table.key):
        raise StudiumError(
            ErrorCode.INVALID_QUERY, f"To delete {table.subject}, give its key alone: {', '.join(table.key)}."
        )
    who = await _related(connection, table, requester, given)
    if table.scope is Scope.PROJECT and given.get("account_id") == requester.account_id:
        who |= {Who.SELF}
    if not who & table.deletes:
        raise refuse_deletion(table)
    old = await _load(connection, table, given)
    if old is None:
        return _key_to_json(table, given), False
    write = Write(connection, requester, who, given, old, {}, delete=True)
    await table.before_change(write)
    where = " AND ".join(f"{column} = ${index}" for index, column in enumerate(table.key, 1))
    await connection.execute(f"DELETE FROM {table.relation} WHERE {where}", *(given[name] for name in table.key))  # noqa: S608
    await table.on_change(write)
    return _key_to_json(table, given), True


def _check_requester(table: Table, requester: Requester) -> None:
    if requester.anonymous:
        raise not_signed_in()
    check_writes(requester)
    check_site(table, requester, getting=False)


def _creator(table: Table, requester: Requester) -> frozenset[Who]:
    """Who somebody is to a row that does not exist yet: an account makes its own."""
    if requester.account_id is None:
        raise refuse_creation(table)
    return frozenset({Who.OWNER, Who.SELF} | ({Who.ADMINISTRATOR} if requester.administrator else set()))


def _has_key(table: Table, given: dict[str, Any]) -> bool:
    return any(given.get(column) is not None for column in table.key)


def _fill_scope(table: Table, requester: Requester, given: dict[str, Any]) -> None:
    """A row without a name of whose it is, is the requester's own."""
    column = table.scope.column
    if column is None:
        return
    if given.get(column) is None:
        own = requester.account_id if table.scope is Scope.ACCOUNT else requester.project_id
        if own is None:
            raise _missing(table, column)
        given[column] = own


async def _related(connection: Connection, table: Table, requester: Requester, given: dict[str, Any]) -> frozenset[Who]:
    if table.serialised:
        await connection.execute(STATEMENTS["lock_project"], given["project_id"])
    return await relation(connection, table, requester, given)


def _demand_key(table: Table, given: dict[str, Any]) -> None:
    for column in table.key:
        if given.get(column) is None:
            raise _missing(table, column)


def _missing(table: Table, column: str) -> StudiumError:
    return StudiumError(
        ErrorCode.MISSING_KEY, f"Say which: {table.name}.{column} is missing.", table=table.name, field=column
    )


def _absent(table: Table, key: dict[str, Any]) -> StudiumError:
    if table.scope is Scope.PROJECT:
        return project_refused(key["project_id"])
    return StudiumError(ErrorCode.NOT_FOUND, f"There is no such row of {table.name}.", table=table.name)


def _checked(table: Table, column: str, value: Any) -> Any:
    declared: Field = table.fields[column]
    try:
        if value is None:
            if declared.nullable or (column in table.key and table.computed):
                return None
            raise ValueError("must not be null")
        converted = to_database(declared.kind, value)
        return declared.check(converted) if declared.check is not None else converted
    except ValueError as error:
        raise StudiumError(
            ErrorCode.INVALID_VALUE, f"{table.name}.{column} {error}.", table=table.name, field=column
        ) from None


def _merged(table: Table, column: str, value: Any, old: dict[str, Any] | None) -> Any:
    if table.fields[column].kind is not Kind.JSON or value is None:
        return value
    merged = merge(old[column] if old is not None else None, value)
    try:
        return to_database(Kind.JSON, merged)
    except ValueError as error:
        raise StudiumError(
            ErrorCode.INVALID_VALUE, f"{table.name}.{column} {error}.", table=table.name, field=column
        ) from None


def _same(table: Table, column: str, old: dict[str, Any], value: Any) -> bool:
    if table.fields[column].kind is Kind.JSON:
        return same_json(old[column], value)
    return bool(old[column] == value)


async def _load(connection: Connection, table: Table, key: dict[str, Any]) -> dict[str, Any] | None:
    columns = ", ".join(table.fields)
    where = " AND ".join(f"{column} = ${index}" for index, column in enumerate(table.key, 1))
    row = await connection.fetchrow(
        f"SELECT {columns} FROM {table.relation} WHERE {where} FOR NO KEY UPDATE",  # noqa: S608 - names from the schema
        *(key[column] for column in table.key),
    )
    return None if row is None else dict(row)


async def _store(table: Table, write: Write) -> None:
    names = list(write.values)
    if write.old is None:
        everything = {**write.key, **write.values}
        columns = ", ".join(everything)
        places = ", ".join(f"${index}" for index in range(1, len(everything) + 1))
        await write.connection.execute(
            f"INSERT INTO {table.relation} ({columns}) VALUES ({places})",  # noqa: S608 - names from the schema
            *everything.values(),
        )
        return
    changes = ", ".join(f"{name} = ${index}" for index, name in enumerate(names, 1))
    where = " AND ".join(f"{column} = ${index}" for index, column in enumerate(table.key, len(names) + 1))
    await write.connection.execute(
        f"UPDATE {table.relation} SET {changes} WHERE {where}",  # noqa: S608 - names from the schema
        *write.values.values(),
        *(write.key[column] for column in table.key),
    )


def _key_to_json(table: Table, key: dict[str, Any]) -> dict[str, Any]:
    return {column: to_json(table.fields[column].kind, key[column]) for column in table.key}

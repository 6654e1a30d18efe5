"""Turns a query, as it came, into what is asked: a get, a set or a delete on one table. Pure.

``{"projects": [{"project_id": null, "title": null}]}`` is a get of many; see ``docs/design/tables.md`` for the rules.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from studium.hub.auth.requester import not_signed_in
from studium.hub.tables.requester import Requester
from studium.hub.tables.schema import Field, Kind, Schema, Table
from studium.hub.tables.values import format_time, to_database
from studium.protocol.errors import ErrorCode, StudiumError

OPERATORS = ("==", "!=", ">=", "<=", ">", "<")
ROWS = 10_000  # in one answer: more would hold up the hub; ask by pages
QUERIES = 100  # in one array
DEPTH = 32


@dataclass(frozen=True, slots=True)
class Options:
    """What applies to the whole request."""

    limit: int | None = None
    offset: int = 0
    order_by: tuple[str, ...] = ()
    set: bool | None = None
    delete: bool = False


NO_OPTIONS = Options()  # one object for the many feeds that have none


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold. ``path`` leads into a JSON column; ``value`` is the database's, or none."""

    column: str
    path: tuple[str, ...]
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Get:
    """A question. ``pattern`` has the answer's shape: field to none, or to the shape within a JSON column."""

    table: Table
    many: bool
    pattern: dict[str, Any]
    conditions: tuple[Condition, ...]
    options: Options = NO_OPTIONS


@dataclass(frozen=True)
class Set:
    """An upsert of one row; the values are as they came, save for substitutions."""

    table: Table
    many: bool
    values: dict[str, Any]


@dataclass(frozen=True)
class Delete:
    """The removal of one row."""

    table: Table
    many: bool
    key: dict[str, Any]


Action = Get | Set | Delete


def invalid(sentence: str, **data: Any) -> StudiumError:
    """The error for a query that cannot be understood."""
    return StudiumError(ErrorCode.INVALID_QUERY, sentence, **data)


def parse_options(options: Any) -> Options:
    """``[{"limit": 10}, {"order_by": "-created_at"}]``."""
    if not isinstance(options, list):
        raise invalid("The options must be a list such as [{“limit”: 10}].")
    found: dict[str, Any] = {}
    order: list[str] = []
    for option in options:
        if not isinstance(option, dict) or len(option) != 1:
            raise invalid("Each option must be an object with one key, such as {“limit”: 10}.")
        ((name, value),) = option.items()
        whole = isinstance(value, int) and not isinstance(value, bool)
        if (
            (name == "limit" and whole and 1 <= value <= ROWS)
            or (name == "offset" and whole and 0 <= value < 2**31)
            or (name in ("set", "delete") and isinstance(value, bool))
        ):
            found[name] = value
        elif name == "order_by" and isinstance(value, str):
            order.append(value)
        elif name in ("limit", "offset", "set", "delete", "order_by"):
            legal = {"limit": f"a number from 1 to {ROWS}", "offset": "a number from 0", "order_by": "a field's name"}
            raise invalid(f"The option {name} must be {legal.get(name, 'true or false')}.", option=name)
        else:
            raise invalid(f"There is no option {str(name)[:40]}: limit, offset, order_by, set and delete are.")
    return Options(order_by=tuple(order), **found) if options else NO_OPTIONS


def parse(schema: Schema, requester: Requester, query: Any, options: Any) -> tuple[list[Action], bool]:
    """The actions of a query in order, and whether they came as an array."""
    parsed = parse_options(options)
    if isinstance(query, list):
        if len(query) > QUERIES:
            raise StudiumError(ErrorCode.TOO_LARGE, f"One request may hold {QUERIES} queries; this holds {len(query)}.")
        return [_parse_one(schema, requester, item, parsed) for item in query], True
    return [_parse_one(schema, requester, query, parsed)], False


def _parse_one(schema: Schema, requester: Requester, query: Any, options: Options) -> Action:
    if not isinstance(query, dict) or len(query) != 1:
        raise invalid("A query is an object with exactly one key, the table's name.")
    ((name, body),) = query.items()
    table = schema.get(name)
    if table is None:
        raise StudiumError(ErrorCode.NO_SUCH_TABLE, f"There is no table {name[:60]!r}.", table=name[:60])
    many = isinstance(body, list)
    if many and len(body) != 1:
        raise invalid(f"A list asks for many with one pattern, such as {{“{name}”: [{{…}}]}}; this holds {len(body)}.")
    pattern = body[0] if many else body
    if not isinstance(pattern, dict):
        raise invalid(f"What is asked of {name} must be an object, or a list with one object.")
    if requester.anonymous and not table.anonymous:
        raise not_signed_in()
    pattern = _substitute(requester, pattern, DEPTH)
    for column in pattern:
        if column not in table.fields:
            raise StudiumError(
                ErrorCode.NO_SUCH_FIELD,
                f"There is no field {name}.{column[:60]}. The fields are {', '.join(table.fields)}.",
                table=name,
                field=column[:60],
            )
    if options.delete:
        return Delete(table, many, pattern)
    setting = not _has_null(pattern) if options.set is None else options.set
    if setting:
        return Set(table, many, pattern)
    return _parse_get(table, many, pattern, options)


def _parse_get(table: Table, many: bool, pattern: dict[str, Any], options: Options) -> Get:
    conditions: list[Condition] = []
    shape = {
        column: _shape(table, column, table.fields[column], (), value, conditions) for column, value in pattern.items()
    }
    for column in options.order_by:
        name = column.removeprefix("-")
        if name not in table.fields or table.fields[name].kind is Kind.JSON:
            raise invalid(
                f"Rows of {table.name} cannot be ordered by {name[:60]!r}.", table=table.name, field=name[:60]
            )
    return Get(table, many, shape, tuple(conditions), options)


def _shape(
    table: Table, column: str, declared: Field, path: tuple[str, ...], value: Any, conditions: list[Condition]
) -> Any:
    """Collect the conditions within a value and return what of it is asked for."""
    if value is None:
        return None
    if isinstance(value, dict) and value:
        names = set(value)
        if names <= set(OPERATORS):
            for operator, operand in value.items():
                conditions.append(_condition(table, column, declared, path, operator, operand))
            return None
        if declared.kind is Kind.JSON and not any(name in OPERATORS for name in names):
            _check_names(table, column, names)
            return {
                name: _shape(table, column, declared, (*path, name), item, conditions) for name, item in value.items()
            }
        raise invalid(
            f"{table.name}.{column} takes a value, null, or operators ({' '.join(OPERATORS)}).",
            table=table.name,
            field=column,
        )
    conditions.append(_condition(table, column, declared, path, "==", value))
    return None


def _check_names(table: Table, column: str, names: set[str]) -> None:
    try:
        for name in names:
            to_database(Kind.TEXT, name)
    except ValueError as error:
        raise StudiumError(ErrorCode.INVALID_VALUE, f"A name within {table.name}.{column} {error}.") from None


def _condition(
    table: Table, column: str, declared: Field, path: tuple[str, ...], operator: str, value: Any
) -> Condition:
    if value is None and operator not in ("==", "!="):
        raise invalid(f"{table.name}.{column} cannot be compared with null by {operator}.", table=table.name)
    try:
        converted = None if value is None else to_database(declared.kind, value)
    except ValueError as error:
        raise StudiumError(
            ErrorCode.INVALID_VALUE, f"{table.name}.{column} {error}.", table=table.name, field=column
        ) from None
    return Condition(column, path, operator, converted)


def _substitute(requester: Requester, value: Any, depth: int) -> Any:
    if depth == 0:
        raise invalid(f"A query must not be nested more than {DEPTH} deep.")
    if isinstance(value, dict):
        return {name: _substitute(requester, item, depth - 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_substitute(requester, item, depth - 1) for item in value]
    if value == "{account_id}":
        if requester.account_id is None:
            raise not_signed_in()
        return str(requester.account_id)
    if value == "{project_id}":
        if requester.project_id is None:
            raise invalid("“{project_id}” stands for the project that asks, and no project does: give its id.")
        return str(requester.project_id)
    if value == "{now}":
        return format_time(datetime.now(UTC))
    return value


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_null(item) for item in value.values())
    return value is None

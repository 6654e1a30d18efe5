"""From a get to SQL and back to the rows that are answered. One plan serves a query once or a feed for life."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec

from studium.hub.database import Connection
from studium.hub.tables.parse import ROWS, Condition, Get, invalid
from studium.hub.tables.requester import Requester
from studium.hub.tables.rights import check_gets, check_member, check_site
from studium.hub.tables.schema import Kind, Scope, Table
from studium.hub.tables.values import to_json
from studium.protocol.errors import ErrorCode, StudiumError

Key = tuple[Any, ...]

_CASTS = {
    Kind.ID: "uuid",
    Kind.TEXT: "text",
    Kind.INTEGER: "bigint",
    Kind.BOOLEAN: "boolean",
    Kind.TIME: "timestamptz",
    Kind.JSON: "jsonb",
}


class _Compiled:
    """What plans that differ in values alone have in common. A hub has many feeds and few of these."""

    __slots__ = (
        "__weakref__",
        "columns",
        "fetched",
        "filter_columns",
        "order",
        "pattern",
        "shape",
        "statement",
        "templates",
        "types",
        "where",
    )

    def __init__(
        self, table: Table, get: Get, order: tuple[str, ...], templates: tuple[str, ...], types: tuple[str, ...]
    ) -> None:
        scope = [table.scope.column] if table.scope.column else []
        # What an update must touch to matter to such a plan.
        self.columns = frozenset([*get.pattern, *table.key, *scope, *(column.removeprefix("-") for column in order)])
        self.fetched = tuple(dict.fromkeys([*table.key, *scope, *get.pattern]))
        self.filter_columns = tuple(dict.fromkeys(condition.column for condition in get.conditions))
        self.templates = templates  # conditions, in which {0} is the first of the values
        self.types = types
        self.where = tuple(
            template.format(*(f"${i}::{kind}" for i, kind in enumerate(types, 1))) for template in templates
        )
        self.statement = f"SELECT {', '.join(f't.{name}' for name in self.fetched)} FROM {table.relation} t"  # noqa: S608
        self.order = _order_by(table, order)
        self.pattern = get.pattern
        self.shape = (self.statement, *templates, *types)


_COMPILED: WeakValueDictionary[Hashable, _Compiled] = WeakValueDictionary()


class Plan:
    """What one requester asks of one table. ``project_id`` is set when the get names one project; ``everything`` when
    it sees rows of all accounts, or of the site."""

    __slots__ = (
        "_compiled",
        "_values",
        "everything",
        "get",
        "limit",
        "offset",
        "order",
        "project_id",
        "requester",
        "table",
    )

    def __init__(self, get: Get, requester: Requester) -> None:
        self.table = table = get.table
        self.requester = requester
        check_site(table, requester, getting=True)
        for column in get.pattern:
            check_gets(table, column, requester)
        self.order = get.options.order_by or table.order
        for column in self.order:
            check_gets(table, column.removeprefix("-"), requester)
        self.limit = get.options.limit or table.limit if get.many else 1
        self.offset = get.options.offset
        self.project_id = self._named_project(get)
        self.everything = table.scope is Scope.SITE or (table.scope is Scope.ACCOUNT and requester.administrator)
        values, types, templates = self._compile(get)
        self._values = tuple(values)
        # All that it is made of but the values; a pattern that goes into JSON columns is compared by what it says.
        made_of = (table.name, repr(get.pattern), tuple(c.column for c in get.conditions), self.order, templates, types)
        compiled = _COMPILED.get(made_of)
        if compiled is None:
            compiled = _COMPILED[made_of] = _Compiled(table, get, self.order, templates, types)
        self._compiled = compiled
        self.get = replace(get, pattern=compiled.pattern)

    @property
    def columns(self) -> frozenset[str]:
        """What an update must touch to matter to this plan."""
        return self._compiled.columns

    @property
    def filter_columns(self) -> tuple[str, ...]:
        """The fields that the get selects by."""
        return self._compiled.filter_columns

    @property
    def bounded(self) -> bool:
        """Whether a change of one row can change which others are in the answer."""
        return self.limit is not None or self.offset > 0

    def renewed(self, requester: Requester) -> "Plan":
        """The same question, with the rights that the requester has now."""
        return Plan(self.get, requester)

    async def check(self, connection: Connection) -> None:
        """Raise ``not_permitted`` when the get names a project that the requester is not in."""
        if self.project_id is not None:
            await check_member(connection, self.requester, self.project_id)

    async def fetch(self, connection: Connection) -> dict[Key, dict[str, Any]]:
        """All rows of the answer in order, by primary key."""
        limit = min(self.limit or ROWS + 1, ROWS + 1)
        statement = (
            f"{self._compiled.statement} WHERE {' AND '.join(self._compiled.where) or 'true'}"
            f" ORDER BY {self._compiled.order} LIMIT {limit} OFFSET {self.offset}"
        )
        rows = await connection.fetch(statement, *self._values)
        if len(rows) > ROWS:
            raise StudiumError(
                ErrorCode.TOO_LARGE,
                f"The answer has more than {ROWS} rows of {self.table.name}. Ask for fewer with the option limit, "
                "or narrow the question.",
                rows=ROWS,
            )
        return dict(self._row(row) for row in rows)

    async def fetch_touched(
        self, connection: Connection, keys: Iterable[Key], scopes: Iterable[UUID]
    ) -> dict[Key, dict[str, Any]]:
        """The rows of the answer that have one of these primary keys, or are of one of these accounts or projects."""
        values: list[Any] = list(self._values)
        touched = []
        listed = list(keys)
        if listed:
            places = []
            for index, column in enumerate(self.table.key):
                values.append([key[index] for key in listed])
                places.append(f"${len(values)}::{_CASTS[self.table.fields[column].kind]}[]")
            columns = ", ".join(f"t.{column}" for column in self.table.key)
            touched.append(f"({columns}) IN (SELECT * FROM unnest({', '.join(places)}))")  # noqa: S608
        owners = list(scopes)
        if owners:
            values.append(owners)
            touched.append(f"t.{self.table.scope.column} = ANY(${len(values)}::uuid[])")
        where = [*self._compiled.where, f"({' OR '.join(touched)})"]
        rows = await connection.fetch(
            f"{self._compiled.statement} WHERE {' AND '.join(where)} ORDER BY {self._compiled.order} LIMIT {ROWS + 1}",
            *values,
        )
        return dict(self._row(row) for row in rows)

    @property
    def shape(self) -> tuple[str, ...] | None:
        """Plans of one shape differ in values alone and can be read together; none for a plan that is read alone."""
        if self.bounded or any(kind.endswith("[]") for kind in self._compiled.types):
            return None
        return self._compiled.shape

    @staticmethod
    async def fetch_together(
        connection: Connection, asked: list[tuple["Plan", Iterable[Key]]]
    ) -> list[dict[Key, dict[str, Any]]]:
        """For plans of one shape, the rows of each that have one of these primary keys, in one statement."""
        table, compiled = asked[0][0].table, asked[0][0]._compiled
        key_types = [_CASTS[table.fields[column].kind] for column in table.key]
        types = ["integer", *compiled.types, *key_types]
        columns: list[list[Any]] = [[] for _ in types]
        for index, (plan, keys) in enumerate(asked):
            for key in keys:
                for column, value in zip(columns, (index, *plan._values, *key), strict=True):
                    column.append(value)
        value_names = [f"v{index}" for index in range(len(compiled.types))]
        key_names = [f"k{index}" for index in range(len(key_types))]
        arrays = ", ".join(f"${index}::{kind}[]" for index, kind in enumerate(types, 1))
        match = [f"t.{column} = p.{name}" for column, name in zip(table.key, key_names, strict=True)]
        places = [f"p.{name}" for name in value_names]
        where = [template.format(*places) for template in compiled.templates]
        records = await connection.fetch(
            f"SELECT p.i AS plan_index, {', '.join(f't.{name}' for name in compiled.fetched)}"  # noqa: S608
            f" FROM unnest({arrays}) AS p({', '.join(['i', *value_names, *key_names])}) JOIN {table.relation} t"
            f" ON {' AND '.join(match)} WHERE {' AND '.join(where) or 'true'}",
            *columns,
        )
        found: list[dict[Key, dict[str, Any]]] = [{} for _ in asked]
        for record in records:
            index = record["plan_index"]
            key, row = asked[index][0]._row(record)
            found[index][key] = row
        return found

    def answer(self, rows: dict[Key, dict[str, Any]]) -> Any:
        """The result that travels: ``{"projects": [...]}`` or ``{"projects": {...}}``, null when there is none."""
        listed = list(rows.values())
        return {self.table.name: listed if self.get.many else (listed[0] if listed else None)}

    def pack(self, key: Key) -> bytes:
        """A primary key in the form in which it travels, as bytes."""
        fields = self.table.fields
        return encode([to_json(fields[name].kind, part) for name, part in zip(self.table.key, key, strict=True)])

    def scope_of(self, packed: bytes) -> Any:
        """Whose row it is, by its packed primary key, when that tells."""
        column = self.table.scope.column
        return msgspec.json.decode(packed)[self.table.key.index(column)] if column in self.table.key else None

    def _named_project(self, get: Get) -> UUID | None:
        if self.table.scope is not Scope.PROJECT:
            return None
        for condition in get.conditions:
            if condition.column == "project_id" and condition.operator == "==":
                if condition.value is None:
                    raise invalid(f"{self.table.name}.project_id is never null.")
                return UUID(str(condition.value))
        return self.requester.project_id

    def _compile(self, get: Get) -> tuple[list[Any], tuple[str, ...], tuple[str, ...]]:
        """The values, the type of each, and the conditions, in which {0} is the first of the values."""
        values: list[Any] = []
        types: list[str] = []

        def place(value: Any, kind: str) -> str:
            values.append(value)
            types.append(kind)
            return f"{{{len(values) - 1}}}"

        where = []
        requester = self.requester
        if self.table.scope is Scope.ACCOUNT and not self.everything:
            where.append(f"t.account_id = {place(requester.account_id, 'uuid')}")
        elif self.table.scope is Scope.PROJECT:
            if requester.project_id is not None:
                where.append(f"t.project_id = {place(requester.project_id, 'uuid')}")
            elif not (requester.administrator and self.project_id is not None):
                where.append(
                    "EXISTS (SELECT FROM collaborators m WHERE m.project_id = t.project_id"
                    f" AND m.account_id = {place(requester.account_id, 'uuid')})"
                )
        where.extend(self._condition(condition, place) for condition in get.conditions)
        return values, tuple(types), tuple(where)

    def _condition(self, condition: Condition, place: Callable[[Any, str], str]) -> str:
        kind = self.table.fields[condition.column].kind
        left = f"t.{condition.column}"
        if condition.path:
            left = f"({left} #> {place(list(condition.path), 'text[]')})"
        if condition.value is None:
            test = f"({left} IS NULL OR {left} = 'null'::jsonb)" if kind is Kind.JSON else f"({left} IS NULL)"
            return test if condition.operator == "==" else f"(NOT {test})"
        right = place(condition.value, _CASTS[kind])
        if condition.operator == "==":
            return f"{left} = {right}"
        if condition.operator == "!=":
            return f"{left} IS DISTINCT FROM {right}"
        if kind is Kind.TEXT:
            left = f'{left} COLLATE "C"'
        test = f"{left} {condition.operator} {right}"
        return f"(jsonb_typeof({left}) = jsonb_typeof({right}) AND {test})" if kind is Kind.JSON else test

    def _row(self, record: Any) -> tuple[Key, dict[str, Any]]:
        key = tuple(record[column] for column in self.table.key)
        row = {}
        for column, shape in self.get.pattern.items():
            declared = self.table.fields[column]
            value = to_json(declared.kind, record[column])
            default = declared.default
            if value is None:
                value = default
            elif isinstance(default, dict) and isinstance(value, dict):
                value = {**default, **value}
            row[column] = value if shape is None else _within(value, shape)
        return key, row


def _order_by(table: Table, order: tuple[str, ...]) -> str:
    """By code points, not by a language, and by the primary key last: the same order everywhere."""
    parts = []
    for column in [*order, *table.key]:
        name = column.removeprefix("-")
        collation = ' COLLATE "C"' if table.fields[name].kind is Kind.TEXT else ""
        parts.append(f"t.{name}{collation}{' DESC' if column.startswith('-') else ''} NULLS LAST")
    return ", ".join(parts)


def _within(value: Any, shape: dict[str, Any]) -> dict[str, Any]:
    """The part of a JSON value that was asked for; what is not there is null."""
    found: dict[str, Any] = {}
    for name, inner in shape.items():
        item = value.get(name) if isinstance(value, dict) else None
        found[name] = item if inner is None else _within(item, inner)
    return found


encode = msgspec.json.Encoder(order="deterministic").encode

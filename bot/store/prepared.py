"""Statements that are always the same: put into SQL once for each dialect, and handed to the driver as they are.

`Connection.execute` costs ten times what SQLite does for one of them. Connections, transactions and errors remain
SQLAlchemy's.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]

NOTHING: Values = {}

KEPT = 256
"""Texts of one statement that are kept; there is one for each length of its lists."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement as one dialect has it, for lists of certain lengths.

    `constants` are values that stand in the statement itself, `lists` the names under which the items of a list go,
    `order` that of the values where the driver takes them by position, `rows` makes rows of what the driver returns.
    """

    sql: str
    constants: Values
    lists: Mapping[str, Sequence[str]]
    order: Sequence[str] | None
    rows: Callable[[Iterable[Any]], list[Any]]

    def bound(self, values: Values) -> Any:
        """Return values as the driver takes them."""
        known = {**self.constants, **values}
        for name, items in self.lists.items():
            known.update(zip(items, known.pop(name), strict=True))
        return known if self.order is None else [known[name] for name in self.order]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A statement of SQLAlchemy Core, or one for each dialect by its name, in which bound values alone change.

    `columns` are those that are given to an INSERT. Values are bound as the driver understands them: texts, numbers,
    bytes, truth values. A row has the names and types of its columns. Where there is no transaction yet, one is begun;
    errors are those of `Connection.execute`.
    """

    statement: Executable | Mapping[str, Executable]
    columns: tuple[str, ...] = ()
    _lists: dict[str, list[str]] = field(default_factory=dict, init=False)
    _texts: dict[tuple[object, ...], _Text] = field(default_factory=dict, init=False)

    def run(self, conn: Connection, values: Values = NOTHING) -> int:
        """Return how many rows the statement has changed."""
        text = self._text(conn.dialect, values)
        return int(_asked(conn, text.sql, text.bound(values), _changed))

    def each(self, conn: Connection, rows: Sequence[Values]) -> int:
        """Run the statement, which has no lists, for each of some values; return how many rows it has changed."""
        if not rows:
            return 0
        text = self._text(conn.dialect, rows[0])
        return int(_asked(conn, text.sql, [text.bound(row) for row in rows], _changed, many=True))

    def all(self, conn: Connection, values: Values = NOTHING) -> list[Any]:
        """Return the rows that the statement finds."""
        text = self._text(conn.dialect, values)
        return text.rows(_asked(conn, text.sql, text.bound(values), _found))

    def first(self, conn: Connection, values: Values = NOTHING) -> Any:
        """Return the first row that the statement finds, None for none."""
        return next(iter(self.all(conn, values)), None)

    def scalars(self, conn: Connection, values: Values = NOTHING) -> list[Any]:
        """Return the first column of what the statement finds."""
        return [row[0] for row in self.all(conn, values)]

    def scalar(self, conn: Connection, values: Values = NOTHING) -> Any:
        """Return the first column of the first row, None where there is none."""
        return next(iter(self.scalars(conn, values)), None)

    def _text(self, dialect: Dialect, values: Values) -> _Text:
        if (lists := self._lists.get(dialect.name)) is None:
            names = self._compiled(dialect).bind_names
            lists = self._lists[dialect.name] = [name for bind, name in names.items() if bind.expanding]
        key = (dialect.name, *[len(values[name]) for name in lists])
        if (text := self._texts.get(key)) is None:
            if len(self._texts) >= KEPT:
                self._texts.clear()
            text = self._texts[key] = self._made(dialect, values, lists)
        return text

    def _made(self, dialect: Dialect, values: Values, lists: Iterable[str]) -> _Text:
        compiled = self._compiled(dialect)
        constants = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        state = compiled.construct_expanded_state({**constants, **values})
        items = {name: state.parameter_expansion[name] for name in lists}
        return _Text(state.statement, constants, items, state.positiontup, self._rows(dialect))

    def _compiled(self, dialect: Dialect) -> SQLCompiler:
        statement: Any = self._of(dialect)
        return cast("SQLCompiler", statement.compile(dialect=dialect, column_keys=self.columns or None))

    def _of(self, dialect: Dialect) -> Any:
        return self.statement[dialect.name] if isinstance(self.statement, Mapping) else self.statement

    def _rows(self, dialect: Dialect) -> Callable[[Iterable[Any]], list[Any]]:
        columns: Sequence[ColumnElement[Any]] = tuple(self._of(dialect).exported_columns)
        names = [column.key or "_" for column in columns]
        row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - they are known no sooner
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        if not any(readers):
            return lambda found: list(map(row._make, found))
        return lambda found: [row._make(_read(readers, one)) for one in found]


def _read(readers: Iterable[Callable[[Any], Any] | None], found: Iterable[Any]) -> list[Any]:
    return [read(value) if read else value for read, value in zip(readers, found, strict=True)]


def _changed(cursor: Any) -> Any:
    return cursor.rowcount


def _found(cursor: Any) -> Any:
    return cursor.fetchall()


def _nothing(_cursor: Any) -> None:
    """Expect no answer."""


def tell(conn: Connection, sql: str) -> None:
    """Run a statement that has no values and no answer, whether or not there is a transaction."""
    _driven(conn, sql, (), _nothing)


def _asked(conn: Connection, sql: str, values: Any, answer: Callable[[Any], Any], *, many: bool = False) -> Any:
    if not conn.in_transaction():
        conn.begin()
    return _driven(conn, sql, values, answer, many=many)


def _driven(conn: Connection, sql: str, values: Any, answer: Callable[[Any], Any], *, many: bool = False) -> Any:
    """Return the driver's answer to a statement."""
    cursor = conn.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, values)
        return answer(cursor)
    except conn.dialect.loaded_dbapi.Error as error:
        # what SQLAlchemy does itself with an error of the driver: wrap it, and let go of a connection that is lost
        return conn._handle_dbapi_exception(error, sql, None, cursor, None)  # noqa: SLF001 - it has no public name
    finally:
        cursor.close()

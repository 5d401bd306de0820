"""How facts are stored: exact numbers, instants in UTC, and transactions that lose nothing on either database."""

import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    case,
    event,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Join
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
Result = TypeVar("Result")
BUSY_SECONDS = 20
ATTEMPTS = 5
reading = ContextVar("reading", default=False)
"""True while a door only reads: its SQLite transactions then don't queue behind writers."""


class Base(DeclarativeBase):
    """What every table here shares: named constraints, so that migrations can find them on both databases."""

    metadata = MetaData(naming_convention=NAMES)


# SQLite only counts up by itself in a column that is declared INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


class UTCDateTime(TypeDecorator):
    """An instant. Takes only datetimes with an offset and gives them back in UTC, whatever the session's zone is."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def result_processor(self, dialect, coltype):
        """How it is read; from SQLite in one step, since histories are full of instants."""
        return _with_offset if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


class Scaled(TypeDecorator):
    """A Decimal kept as a whole number of its smallest unit, so that sums are exact on both databases.

    `Scaled(2)` keeps hundredths, `Scaled(4)` ten-thousandths. Anything finer is refused, never rounded.
    """

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int):
        super().__init__()
        self.places = places

    def process_bind_param(self, value, dialect) -> int | None:
        return None if value is None else to_units(value, self.places)

    def process_result_value(self, value, dialect) -> Decimal | None:
        return None if value is None else from_units(value, self.places)


def to_units(value: Decimal | int, places: int) -> int:
    """`value` as a whole number of units of 10**-places. ValueError if it is finer than that."""
    units = Decimal(value).scaleb(places)
    if units != int(units):
        raise ValueError(f"{value} has more than {places} decimals")
    return int(units)


@lru_cache(maxsize=4096)
def from_units(units: int, places: int) -> Decimal:
    """The Decimal that a whole number of units of 10**-places stands for: 150 hundredths are 1.5."""
    return Decimal(units).scaleb(-places)


def units(column) -> ColumnElement[int]:
    """A Scaled column as the whole number that is stored, for arithmetic in SQL and in bulk."""
    return type_coerce(column, BigInteger)


class Values(TypeDecorator):
    """A list as one parameter: an array for PostgreSQL, JSON for SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item=BigInteger):
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value, dialect):
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _Among(FunctionElement):
    type = Boolean()
    name = "among"
    inherit_cache = True

    def self_group(self, against=None):
        """Itself: what SQLAlchemy makes of a boolean, `(... IN ...) = 1`, SQLite can look up in no index."""
        return self


def among(column, values: Iterable | str) -> ColumnElement[bool]:
    """`column IN values`, whole numbers or texts, however many: one parameter, and one plan for all lengths. `values`
    may be the name of the parameter, in a query that is written once."""
    kind = Values(Text if isinstance(column.type, (String, Text)) else BigInteger)
    if isinstance(values, str):
        return _Among(column, bindparam(values, type_=kind))
    return _Among(column, bindparam(None, list(values), kind, unique=True))


@compiles(_Among)
def _among_sqlite(element, compiler, **how) -> str:
    column, values = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(_Among, "postgresql")
def _among_postgresql(element, compiler, **how) -> str:
    column, values = (compiler.process(clause, **how) for clause in element.clauses)
    return f"{column} = ANY({values})"


def unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition that is looked at row by row. SQLite takes any index that it could use for `event_type = ...` or
    `badge_id = ...`, and goes through half a table, where these volunteers' rows are few."""
    return case((condition, 1)) == 1


class InOrder(Join):
    """A join for which the left side is looked through first. SQLite guesses what is few by the kind of a condition,
    and begins with a million rows of one board rather than with three names; PostgreSQL counts."""

    inherit_cache = True


@compiles(InOrder, "sqlite")
def _in_order(element, compiler, **how) -> str:
    how["asfrom"] = True
    left, right = (compiler.process(side, **how) for side in (element.left, element.right))
    how["asfrom"] = False
    return f"{left} CROSS JOIN {right} ON {compiler.process(element.onclause, **how)}"


def one_of(column: str, kinds: type[StrEnum]) -> CheckConstraint:
    """The database's own promise that a text column holds one of these words."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def word(length: int = 32) -> String:
    """The type of a column for a StrEnum or another short word."""
    return String(length)


def prepare(engine: Engine) -> None:
    """Makes a SQLite engine safe for several writers; PostgreSQL needs nothing."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)


def _set_pragmas(connection, _record) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late: it loses updates
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.execute("PRAGMA wal_autocheckpoint=8000")  # pages: an import writes the same ones again and again
    cursor.close()


def _begin(connection) -> None:
    connection.exec_driver_sql("BEGIN" if reading.get() else "BEGIN IMMEDIATE")


def draw_ids(connection: Connection, table: Table, number: int) -> Sequence[int]:
    """So many new ids of `table`, ascending; on SQLite good until the transaction ends, since it is the only writer."""
    if connection.dialect.name == "sqlite":
        last = connection.execute(text(f"SELECT coalesce(max(id), 0) FROM {table.name}")).scalar_one()
        return range(last + 1, last + 1 + number)
    drawn = text(f"SELECT nextval('{table.name}_id_seq') FROM generate_series(1, :number)")
    return sorted(connection.scalars(drawn, {"number": number}))


def bulk_insert(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple], **same) -> None:
    """Writes rows, in their order, faster than an INSERT can: COPY on PostgreSQL, one prepared statement on SQLite.

    Values stand as they are stored: Scaled ones as whole units. `same` are columns in which all rows are alike.
    Columns that are left out, or empty in all rows, become NULL or count up.
    """
    if not rows:
        return
    sqlite = connection.dialect.name == "sqlite"
    stored = _as_stored(table, columns, rows, sqlite=sqlite)
    alike = _as_stored(table, same, [tuple(same.values())], sqlite=sqlite)
    stored |= {name: values * len(rows) for name, values in alike.items()}
    stored = {name: values for name, values in stored.items() if values.count(None) < len(values)}
    names, lines = ", ".join(stored), zip(*stored.values(), strict=True)
    if sqlite:
        _insert_staged(connection, table.name, names, list(lines))
    else:
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", lines)


STAGED_FROM = 500


def _insert_staged(connection: Connection, table: str, names: str, lines: list[tuple]) -> None:
    """INSERT; of many rows by way of a temporary table: one long statement keeps its place in every index, where each
    of many short ones looks it up anew, which takes half as long again."""
    target = table
    if len(lines) >= STAGED_FROM:
        target = f"temp.staged_{table}"
        connection.exec_driver_sql(f"CREATE TABLE {target} AS SELECT {names} FROM {table} LIMIT 0")
    marks = ", ".join("?" * len(lines[0]))
    connection.exec_driver_sql(f"INSERT INTO {target} ({names}) VALUES ({marks})", lines)
    if target != table:
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) SELECT * FROM {target} ORDER BY rowid")
        connection.exec_driver_sql(f"DROP TABLE {target}")


def bulk_update(
    connection: Connection, table: Table, key: Sequence[str], columns: Sequence[str], rows: Sequence[tuple]
) -> None:
    """Brings rows up to date: each is its key and then its columns, as they are stored."""
    if not rows:
        return
    sqlite = connection.dialect.name == "sqlite"
    stored = _as_stored(table, (*key, *columns), rows, sqlite=sqlite)
    mark = "?" if sqlite else "%s"
    changed, named = f" = {mark}, ".join(columns), f" = {mark} AND ".join(key)
    statement = f"UPDATE {table.name} SET {changed} = {mark} WHERE {named} = {mark}"
    lines = zip(*(stored[name] for name in (*columns, *key)), strict=True)
    connection.exec_driver_sql(statement, list(lines))


def _as_stored(table: Table, columns: Iterable[str], rows: Sequence[tuple], *, sqlite: bool) -> dict[str, Sequence]:
    """The values of each column of these rows as it stores them; column by column, since that is much faster."""
    stored = {}
    for name, values in zip(columns, zip(*rows, strict=True), strict=True):
        adapt = _adapter(table.c[name], sqlite=sqlite)
        stored[name] = [value if value is None else adapt(value) for value in values] if adapt else values
    return stored


def _adapter(column, *, sqlite: bool) -> Callable | None:
    """How a value of this column is written; None where it is written as it is. Instants are given in UTC."""
    if isinstance(column.type, JSON):
        return json.dumps
    if sqlite and isinstance(column.type, UTCDateTime):
        return _without_offset
    return date.isoformat if sqlite and isinstance(column.type, Date) else None


@lru_cache(maxsize=4096)
def _without_offset(moment: datetime) -> str:
    """An instant in UTC as SQLite keeps it: '2026-05-01 18:30:00.000000'."""
    return moment.isoformat(" ", "microseconds")[:26]


def _with_offset(kept: str | None) -> datetime | None:
    """The instant that SQLite keeps so."""
    return None if kept is None else datetime.fromisoformat(f"{kept}+00:00")


def _copy(connection: Connection, statement: str, rows: Iterable[tuple]) -> None:
    try:
        with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:  # ty: ignore
            for row in rows:
                copy.write_row(row)
    except connection.dialect.dbapi.Error as error:  # as SQLAlchemy does for its own statements
        raise DBAPIError.instance(
            statement, None, error, connection.dialect.dbapi.Error, dialect=connection.dialect
        ) from error


def retried(work: Callable[[], Result], *, rollback: Callable[[], None], also: tuple = ()) -> Result:
    """What `work` returns; tried again, at most five times, when the database says that others were in the way.

    `work` is one whole transaction, commit included. `also` names further exceptions worth another try, such as
    IntegrityError where two doors may record the same thing at once.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except (DBAPIError, *also) as error:
            rollback()
            if attempt == ATTEMPTS or not (isinstance(error, also) or may_pass(error)):
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise AssertionError("unreachable")


def may_pass(error: Exception) -> bool:
    """Whether trying again can help: a deadlock, a serialization failure, a lost connection, a busy SQLite."""
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in ("40001", "40P01") or error.connection_invalidated or is_busy(error)


def is_busy(error: Exception) -> bool:
    """Whether SQLite gave up waiting for another writer."""
    return "database is locked" in str(getattr(error, "orig", ""))

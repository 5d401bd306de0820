"""How facts are stored: exact numbers, instants in UTC, and transactions that lose nothing on either database."""

import random
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Engine, Integer, MetaData, String, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
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
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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


def from_units(units: int, places: int) -> Decimal:
    """The Decimal that a whole number of units of 10**-places stands for: 150 hundredths are 1.5."""
    return Decimal(units).scaleb(-places)


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
    cursor.close()


def _begin(connection) -> None:
    connection.exec_driver_sql("BEGIN" if reading.get() else "BEGIN IMMEDIATE")


def retried(work: Callable[[], object], *, rollback: Callable[[], None], also: tuple = ()) -> object:
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

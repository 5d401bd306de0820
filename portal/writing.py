"""How a door writes: one transaction, tried again where others were in the way, and left clean when it fails."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy import Connection, Update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from portal.database import BUSY_SECONDS, reading, retried
from portal.extensions import db

BUSY_MILLISECONDS = 50
"""How long a note may wait for whoever writes to SQLite."""


def write(work: Callable):
    """What `work` returns, once it is committed. Whatever it raises leaves nothing behind."""

    def attempt():
        result = work()
        db.session.commit()
        return result

    try:
        return retried(attempt, rollback=db.session.rollback, also=(IntegrityError,))
    except BaseException:
        db.session.rollback()
        raise


def note(statement: Update) -> None:
    """Writes down something small that is worth no waiting and no error, such as when somebody was seen last: in a
    transaction of its own, and if others are in the way, not at all."""
    before = reading.set(False)
    try:
        with db.engine.connect() as connection, in_a_hurry(connection):
            connection.execute(statement)
            connection.commit()
    except SQLAlchemyError:
        current_app.logger.debug("not noted: %s", statement)
    finally:
        reading.reset(before)


@contextmanager
def in_a_hurry(connection: Connection) -> Generator[None]:
    """On SQLite nobody is waited for meanwhile; PostgreSQL locks only the one row."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    driver.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

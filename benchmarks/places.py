"""The databases on which something is measured: empty ones that are migrated, and finished rows to be written again."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter

import flask_migrate
import psycopg
from sqlalchemy import create_engine, text

from portal import create_app
from portal.database import prepare
from portal.extensions import db
from tests.machinery import postgresql

FILLED = (
    *("batches", "volunteers", "volunteer_points", "activities", "completions", "volunteer_badges"),
    *("points_history", "volunteer_achievements"),
)
"""The tables that an import fills, in an order that foreign keys allow; without the boards, which are few rows."""


@contextmanager
def application(url: str) -> Iterator:
    """The application on the database at `url`."""
    app = create_app(SQLALCHEMY_DATABASE_URI=url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def migrate(url: str) -> None:
    """Makes the tables, the indexes and the triggers."""
    with application(url):
        flask_migrate.upgrade()


def write_finished(url: str, before: str = "") -> float:
    """How many seconds the database alone takes to write the finished rows into its empty tables, in one transaction.

    They stand in tables of the same names in the schema `finished`; `before` makes that known.
    """
    engine = create_engine(url)
    prepare(engine)
    with engine.connect() as connection:
        if before:
            connection.connection.execute(before)
        began = perf_counter()
        for table in FILLED:
            connection.execute(text(f"INSERT INTO {table} SELECT * FROM finished.{table} ORDER BY id"))
        connection.commit()
        seconds = perf_counter() - began
    engine.dispose()
    return seconds


class SQLite:
    """Files in a folder, with the pragmas that the portal sets."""

    name = "SQLite"

    def __init__(self, folder: Path):
        self.folder = folder
        self.empty, self.finished = folder / "empty.db", folder / "finished.db"
        migrate(f"sqlite:///{self.empty}")

    def fresh(self) -> str:
        """The URL of an empty, migrated database in the place of the one before."""
        for old in self.folder.glob("fresh.db*"):
            old.unlink()
        shutil.copy(self.empty, self.folder / "fresh.db")
        return f"sqlite:///{self.folder / 'fresh.db'}"

    def keep(self, url: str) -> None:
        """Keeps what is in the database at `url` as the finished rows."""
        shutil.copy(url.removeprefix("sqlite:///"), self.finished)

    def alone(self) -> float:
        """How many seconds the database alone takes for the finished rows."""
        return write_finished(self.fresh(), f"ATTACH '{self.finished}' AS finished")


class PostgreSQL:
    """A server of our own that forgets all durability: the more a database waits for the disk, the better an import
    looks beside it, and that is not what is to be measured."""

    name = "PostgreSQL"

    def __init__(self, server: postgresql.Server):
        self.server = server
        migrate(server.create("empty"))

    def fresh(self, template: str = "empty") -> str:
        """The URL of an empty, migrated database in the place of the one before."""
        self.server.cut_connections(template)
        self.server.connection.execute("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
        self.server.connection.execute(f"CREATE DATABASE fresh TEMPLATE {template}")
        self.server.connection.execute("CHECKPOINT")
        return self.server.url("fresh")

    def keep(self, url: str) -> None:
        """Keeps what is in the database at `url` as the finished rows."""
        self.server.connection.execute("DROP DATABASE IF EXISTS finished")
        self.server.connection.execute("CREATE DATABASE finished TEMPLATE empty")
        with self._connect("fresh") as done, self._connect("finished") as kept:
            kept.execute("CREATE SCHEMA finished")
            for table in FILLED:
                kept.execute(f"CREATE TABLE finished.{table} (LIKE public.{table})")
                read, write = (
                    f"COPY {table} TO STDOUT (FORMAT binary)",
                    f"COPY finished.{table} FROM STDIN (FORMAT binary)",
                )
                with done.cursor().copy(read) as rows, kept.cursor().copy(write) as copy:
                    for block in rows:
                        copy.write(block)

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self.server.folder), user="postgres", dbname=name)

    def alone(self) -> float:
        """How many seconds the database alone takes for the finished rows."""
        return write_finished(self.fresh("finished"))


@contextmanager
def places(folder: Path) -> Iterator[list]:
    """SQLite, and PostgreSQL where that is installed."""
    with ExitStack() as open_:
        found: list = [SQLite(folder)]
        programs = postgresql.programs()
        if programs is not None:
            found.append(PostgreSQL(open_.enter_context(postgresql.running(programs))))
        yield found

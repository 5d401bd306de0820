"""A throw-away PostgreSQL in a temporary folder, on a unix socket, forgetting all durability; gone with its parent."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import psycopg

from portal.jobs import leash

CARELESS = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=60"),
    "lock_timeout=30s",  # a test that waits for a lock that nobody gives back fails, and does not hang
)
OUTLIVES_ITS_END = (
    *("synchronous_commit=on", "deadlock_timeout=200ms"),  # what it said is written is in the hands of the machine
)
STARTS_WITHIN = 20


def programs() -> Path | None:
    """The folder with initdb and postgres; None if PostgreSQL is not installed."""
    folders = [Path(program).resolve().parent for name in ("initdb", "postgres") if (program := shutil.which(name))]
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False).stdout
        folders.append(Path(told.strip()))
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class Server:
    """One PostgreSQL, in which databases are made and dropped."""

    def __init__(self, programs: Path, folder: Path, settings: tuple[str, ...] = ()):
        self.programs, self.folder, self.settings = programs, folder, (*CARELESS, *settings)

    def start(self) -> None:
        """Starts it, and returns once it answers."""
        self.pid = leash.fork(lambda: _run(self))
        self.connect_anew()
        _wait_for(self)

    def connect_anew(self) -> None:
        """Forgets a connection that may be cut."""
        self.__dict__.pop("connection", None)

    def end(self) -> None:
        """Ends it at once and without tidying up; every connection is cut."""
        os.kill(self.pid, signal.SIGQUIT)
        os.waitpid(self.pid, 0)

    def url(self, name: str) -> str:
        """The DATABASE_URL of a database in it."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    @cached_property
    def connection(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

    def create(self, name: str) -> str:
        """Makes an empty database and returns its URL."""
        quick = " STRATEGY file_copy" if self.connection.info.server_version >= 150000 else ""
        self.connection.execute(f"CREATE DATABASE {name} TEMPLATE template0{quick}")
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drops a database, whoever is still connected to it."""
        self.connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def cut_connections(self, name: str) -> None:
        """Ends every connection to that database, as a restart does."""
        self.connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


class Refilled:
    """One migrated database that is brought back to how it was: ten times as quick as copying it for each test."""

    def __init__(self, server: Server, name: str):
        self.server, self.name = server, name
        with self._connect() as connection:
            tables = connection.execute(TABLES).fetchall()
            full = [name for (name,) in tables if connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()]
            connection.execute("CREATE SCHEMA kept")
            for table in full:
                connection.execute(f"CREATE TABLE kept.{table} AS TABLE {table}")
            counters = connection.execute(COUNTERS).fetchall()
        self.statements = "; ".join(
            [
                "SET session_replication_role = replica",  # no triggers, no foreign keys
                *(f"DELETE FROM {table}" for (table,) in tables),
                *(f"INSERT INTO {table} SELECT * FROM kept.{table}" for table in full),
                *(f"SELECT setval('{name}', {last or 1}, {last is not None})" for name, last in counters),
            ]
        )

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.server.folder), user="postgres", dbname=self.name, autocommit=True)

    def restore(self) -> str:
        """Ends what is still connected, restores every row and counter, and returns the database's URL."""
        self.server.cut_connections(self.name)
        with self._connect() as connection:
            connection.execute(self.statements)
        return self.server.url(self.name)


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
COUNTERS = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"


def become_postgres() -> None:
    """PostgreSQL refuses to run as root: a root that starts it becomes the user postgres first."""
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)


def _run(server: Server) -> None:
    become_postgres()
    leash.end_with(os.getppid())  # once more: becoming somebody else took the leash off
    settings = [word for setting in server.settings for word in ("-c", setting)]
    listens = ["-k", str(server.folder), "-c", "listen_addresses="]
    log = os.open(server.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.execv(server.programs / "postgres", ["postgres", "-D", str(server.folder / "data"), *listens, *settings])


def _initialise(programs: Path, folder: Path) -> None:
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    options = ("-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", *options],
        check=True,
        capture_output=True,
        cwd=folder,
        user="postgres" if os.getuid() == 0 else None,
        group="postgres" if os.getuid() == 0 else None,
    )


def _wait_for(server: Server) -> None:
    last = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            server.connection.execute("SELECT 1")
        except psycopg.OperationalError:
            if time.monotonic() > last:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def running(programs: Path, settings: tuple[str, ...] = ()) -> Iterator[Server]:
    """Starts a server of its own and gives it; takes it away with all its databases."""
    folder = Path(tempfile.mkdtemp(prefix="laurels-pg-"))
    _initialise(programs, folder)
    server = Server(programs, folder, settings)
    try:
        server.start()
        yield server
        server.connection.close()
    finally:
        server.end()  # nothing here is worth keeping
        shutil.rmtree(folder, ignore_errors=True)

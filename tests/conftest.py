"""Fixtures for all tests. A test asks for the least that it needs:

- `app`: the application on a migrated database of its own that may be committed to; once on SQLite, once on PostgreSQL.
- `sqlite_app`: the same on SQLite alone, for what does not depend on the database.
- `session`, `sqlite_session`: the database session inside such an application, for tests without requests.
- `redis_url`: an empty Redis; once the embedded one, once the one of this machine.
- `postgresql_app`, `database_url`, `empty_database_url`: where a test is about a database itself.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import pytest

for variable in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LAURELS_ENV", "ORGANISATION_NAME", "TIME_ZONE", "PORT"):
    os.environ.pop(variable, None)  # what somebody's shell says is not what is tested
os.environ["LAURELS_INSTANCE"] = tempfile.mkdtemp(prefix="laurels-instance-")
atexit.register(shutil.rmtree, os.environ["LAURELS_INSTANCE"], ignore_errors=True)

import flask_migrate  # noqa: E402
from flask import Flask  # noqa: E402
from redis import Redis  # noqa: E402

from portal import create_app  # noqa: E402
from portal.extensions import db, limiter  # noqa: E402
from portal.jobs import embedded  # noqa: E402
from tests.machinery import hashing  # noqa: E402, F401 - passwords are hashed lightly
from tests.machinery import postgresql as throw_away  # noqa: E402
from tests.machinery.missing import without  # noqa: E402

BOTH = ("sqlite", "postgresql")
numbers = count(1)


@contextmanager
def application(url: str, **settings) -> Iterator[Flask]:
    """The application on the database at `url`; leaves no connection open behind it."""
    app = create_app(TESTING=True, SQLALCHEMY_DATABASE_URI=url, **settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@contextmanager
def kept_application(url: str) -> Iterator[Flask]:
    """The same, made once for each database and cleaned between tests: statements need not be compiled anew."""
    app = APPLICATIONS.get(url) or APPLICATIONS.setdefault(url, create_app(TESTING=True, SQLALCHEMY_DATABASE_URI=url))
    config = dict(app.config)
    yield app
    app.config.clear()
    app.config.update(config)
    for name in ("redis", "rareness", "wall"):
        app.extensions.pop(name, None)
    with app.app_context():
        limiter.reset()
        db.session.remove()
        db.engine.dispose()


APPLICATIONS: dict[str, Flask] = {}


def migrate(url: str) -> None:
    """Brings the database at `url` to the newest revision."""
    with application(url) as app, app.app_context():
        flask_migrate.upgrade()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[throw_away.Server]:
    """A PostgreSQL of our own."""
    programs = throw_away.programs() or without("PostgreSQL")
    with throw_away.running(programs) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "laurels.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_database(postgresql) -> throw_away.Refilled:
    """A migrated PostgreSQL database, to be brought back to that before each test."""
    migrate(postgresql.create("laurels"))
    return throw_away.Refilled(postgresql, "laurels")


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory) -> Path:
    """Where the SQLite database of each test is, one after the other."""
    return tmp_path_factory.mktemp("sqlite") / "laurels.db"


@pytest.fixture
def sqlite_url(sqlite_template, sqlite_file) -> str:
    """A migrated SQLite database, as migrations leave it; nobody else uses it during this test."""
    return restored(sqlite_template, sqlite_file)


def restored(template: Path, file: Path) -> str:
    """The URL of the SQLite database in this file, as migrations leave it."""
    for left in file.parent.glob(f"{file.name}*"):
        left.unlink()
    return f"sqlite:///{shutil.copy(template, file)}"


@pytest.fixture(params=BOTH)
def fresh_database(request) -> Callable[[], str]:
    """Brings a database back to what migrations leave, as often as it is called, and says where it is; on each of the
    two."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_database").restore
    template, file = (request.getfixturevalue(f"sqlite_{name}") for name in ("template", "file"))
    return partial(restored, template, file)


@pytest.fixture
def postgresql_url(postgresql_database) -> str:
    """A PostgreSQL database as migrations leave it; nobody else uses it during this test."""
    return postgresql_database.restore()


@pytest.fixture(params=BOTH)
def database_url(request) -> str:
    """A database as migrations leave it, for this test alone, on each of the two."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def empty_sqlite_url(tmp_path) -> str:
    """Where there is no SQLite database yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def empty_postgresql_url(postgresql) -> Iterator[str]:
    """A PostgreSQL database with nothing in it."""
    name = f"test_{next(numbers)}"
    yield postgresql.create(name)
    postgresql.drop(name)


@pytest.fixture(params=BOTH)
def empty_database_url(request) -> str:
    """A database with nothing in it, on each of the two."""
    return request.getfixturevalue(f"empty_{request.param}_url")


@pytest.fixture
def app(database_url) -> Iterator[Flask]:
    """The application, on each of the two databases. No context is pushed: see `session`."""
    with kept_application(database_url) as app:
        yield app


@pytest.fixture
def sqlite_app(sqlite_url) -> Iterator[Flask]:
    """The application on SQLite."""
    with kept_application(sqlite_url) as app:
        yield app


@pytest.fixture
def fresh_app(sqlite_url) -> Iterator[Flask]:
    """An application on SQLite that has answered nothing yet, for tests that add to it."""
    with application(sqlite_url) as app:
        yield app


@pytest.fixture
def postgresql_app(postgresql_url) -> Iterator[Flask]:
    """The application on PostgreSQL."""
    with kept_application(postgresql_url) as app:
        yield app


@pytest.fixture
def session(app):
    """The database session, inside the application, on each of the two databases. Not for tests that make requests:
    those would all share this one context."""
    with app.app_context():
        yield db.session


@pytest.fixture
def sqlite_session(sqlite_app):
    """The database session, inside the application, on SQLite."""
    with sqlite_app.app_context():
        yield db.session


@pytest.fixture(scope="session", params=("embedded", "redis-server"))
def redis_server(request) -> Iterator[str]:
    """The URL of a Redis: the one that comes with us, and the one of this machine."""
    here = embedded.packaged() if request.param == "embedded" else shutil.which("redis-server")
    with embedded.running(here or without(f"{request.param} Redis")) as url:
        yield url


@pytest.fixture
def redis_url(redis_server) -> str:
    """The URL of an empty Redis."""
    with Redis.from_url(redis_server) as redis:
        redis.flushall()
    return redis_server

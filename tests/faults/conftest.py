"""Fixtures for storms: an application on a database, and a Redis, that may be killed."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tests.conftest import BOTH, application, migrate
from tests.domain.conftest import crew_of
from tests.faults.storm import Storm
from tests.machinery import postgresql
from tests.machinery.missing import without
from tests.machinery.processes import Crew, mortal_redis


@pytest.fixture
def crew(app, tmp_path) -> Generator[Crew]:
    """Processes on each of the two databases, without a Redis."""
    yield from crew_of(app, tmp_path)


@pytest.fixture
def sqlite_crew(sqlite_app, tmp_path) -> Generator[Crew]:
    """The same on SQLite."""
    yield from crew_of(sqlite_app, tmp_path)


@pytest.fixture(scope="session")
def mortal_server() -> Iterator[postgresql.Server]:
    """A PostgreSQL that may be ended at any moment and has then written what it said it had."""
    programs = postgresql.programs() or without("PostgreSQL")
    with postgresql.running(programs, postgresql.OUTLIVES_ITS_END) as server:
        yield server


@pytest.fixture(params=BOTH)
def place(request) -> Iterator[tuple[str, postgresql.Server | None]]:
    """The URL of a migrated database, and its server if it has one; on each of the two."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url"), None
        return
    yield from postgresql_place(request.getfixturevalue("mortal_server"))


@pytest.fixture
def place_on_postgresql(mortal_server) -> Iterator[tuple[str, postgresql.Server]]:
    """The same on PostgreSQL alone."""
    yield from postgresql_place(mortal_server)


def postgresql_place(server: postgresql.Server) -> Iterator[tuple[str, postgresql.Server]]:
    migrate(url := server.create("storm"))
    yield url, server
    server.connect_anew()
    server.drop("storm")


@pytest.fixture
def brew(tmp_path: Path) -> Generator[Callable[..., Storm]]:
    """Makes a storm of a plan at a place; what was said is shown with a test that fails."""
    storms, open_ = [], []

    def brew(place, plan, **how) -> Storm:
        url, server = place
        redis = mortal_redis()
        app = application(url, REDIS_URL=(running := redis.__enter__()).url)
        open_.extend((redis, app))
        storms.append(Storm(app.__enter__(), plan, tmp_path, redis=running, server=server, **how))
        return storms[-1]

    yield brew
    for storm in storms:
        storm.crew.end()
        print(storm.crew.says())
    for one in reversed(open_):
        one.__exit__(None, None, None)

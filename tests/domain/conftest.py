"""The cast, in the database of a test that asks for them; and processes of the portal."""

from collections.abc import Generator

import pytest

from portal.domain.accounts import User
from portal.domain.volunteers import Volunteer
from tests import people
from tests.machinery.processes import Crew


@pytest.fixture
def ada(session) -> Volunteer:
    """Ada volunteers."""
    return people.join("Ada Bell")


@pytest.fixture
def ben(session) -> Volunteer:
    """Ben volunteers, too."""
    return people.join("Ben Okafor")


@pytest.fixture
def grace(session) -> User:
    """Grace coordinates."""
    return people.grace()


@pytest.fixture
def nothing_to_earn(session) -> None:
    """No achievement is active: points come from activities alone."""
    people.nothing_to_earn()


@pytest.fixture
def crew(postgresql_app, tmp_path) -> Generator[Crew]:
    """Processes on PostgreSQL; none survives the test."""
    yield from crew_of(postgresql_app, tmp_path)


@pytest.fixture
def sqlite_crew(sqlite_app, tmp_path) -> Generator[Crew]:
    """Processes on SQLite; none survives the test."""
    yield from crew_of(sqlite_app, tmp_path)


def crew_of(app, tmp_path) -> Generator[Crew]:
    crew = Crew(app, tmp_path / "crew.log")
    yield crew
    crew.end()
    print(crew.says())

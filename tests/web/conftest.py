"""For pages: a clock that stands still where a test asks for it."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.machinery.mailbox import mail_server
from tests.people import NOW
from tests.web.admin import Admin
from tests.web.office import Office
from tests.web.post import Post


@pytest.fixture
def noon() -> Iterator[None]:
    """It is people.NOW, a Wednesday in May at noon, for the whole test."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(app, noon) -> Office:
    """Ada and Ben help, Grace coordinates and is signed in, Linus is admin; at noon, on each of the two databases."""
    return Office(app)


@pytest.fixture
def admin(sqlite_app, noon) -> Admin:
    """The office, and Linus is signed in; at noon."""
    return Admin(sqlite_app)


@pytest.fixture
def any_admin(app, noon) -> Admin:
    """The same on each of the two databases."""
    return Admin(app)


@pytest.fixture
def post(request) -> Iterator[Post]:
    """A mail server, for the office or the admin of the test."""
    names = ("any_admin", "admin", "office")
    house = next(request.getfixturevalue(name) for name in names if name in request.fixturenames)
    with mail_server() as server:
        yield Post(house.app, server)

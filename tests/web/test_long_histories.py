"""Pages of somebody with ten rows of history, and with ten thousand: as many questions to the database."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from tests import people
from tests.web import cast
from tests.web.reading import statements

pytestmark = pytest.mark.usefixtures("noon")
TODAY = people.NOW.date()
PAGES = (
    *("/", "/history", "/history?show=hours&in=2025", "/badges", "/badges/1", "/achievements", "/showcase"),
    *("/leaderboards/points/monthly", "/leaderboards/hours/all_time", "/volunteers/1", "/notifications"),
    *("/notifications/bell", "/hours/new", "/hours/1", "/pauses", "/my-data", "/goals", "/teams"),
)

FURTHER_BACK = {"/": 1}
"""A run of weeks that is longer than the calendar is looked up as a whole, once."""


def test_the_number_of_queries_is_the_same_with_ten_and_with_ten_thousand_rows(app):
    ada = cast.volunteer(app)
    some = {*range(9), 4999}  # of today, and of the year before
    cast.did(app, *rows(sorted(some)))
    few = asked(app, ada)
    for part in range(0, 10_000, 2000):
        cast.did(app, *rows(number for number in range(part, part + 2000) if number not in some))
    many = asked(app, ada)
    assert {path: count for path, count in many.items() if count > few[path] + FURTHER_BACK.get(path, 0)} == {}


def rows(numbers: Iterable[int]) -> list:
    """Ada's hours, ten on a day, into the past."""
    return [
        cast.hours("Ada", 0.25, TODAY - timedelta(days=number // 10), reference_name=f"Shift {number % 7}")
        for number in numbers
    ]


def asked(app, ada) -> dict[str, int]:
    """How many statements each page takes."""
    found = {}
    for path in PAGES:
        ada.get(path)  # what is kept in the process is looked up before
        with statements(app) as said:
            assert ada.get(path).status_code == 200, path
        found[path] = len(said)
    return found

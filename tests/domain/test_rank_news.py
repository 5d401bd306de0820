"""News of places: the first ten once a board and period, a climb once a day; among many, and never of quiet batches."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain import organisation
from portal.domain.activities import Batch
from portal.domain.notifications import News, Notification
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.people import DAY, HOURS, NOW, TASK, count, did, record, refresh, settle

pytestmark = pytest.mark.usefixtures("nothing_to_earn")
TODAY = NOW.date()


@pytest.fixture
def session(sqlite_session):
    """One database is enough: ranks are tested on both elsewhere."""
    return sqlite_session


def crowd(number: int, *, now=NOW - DAY) -> None:
    """P00 has most, each other a task less of complexity; all of it yesterday."""
    for one in range(number):
        people.join(f"P{one:02} Person", email=f"p{one:02}@example.org")
    rows = [did(HOURS, 24 - one / 4, TODAY - DAY, volunteer_email=f"p{one:02}@example.org") for one in range(number)]
    count(*rows, now=now)
    refresh(now, everything=True)


def told(board: str = "points/monthly") -> list[tuple]:
    """(who, key without the board, rank) of news about a board."""
    kind, timeframe = board.split("/")
    query = (
        select(Volunteer.name, Notification.key, Notification.data)
        .join(Volunteer, Volunteer.id == Notification.volunteer_id)
        .where(Notification.kind == News.RANK)
        .order_by(Notification.id)
    )
    return [
        (name[:3], key.split(":")[0], data["rank"], data.get("climbed"))
        for name, key, data in db.session.execute(query)
        if (data["leaderboard_type"], data["timeframe"]) == (kind, timeframe)
    ]


def more(who: str, hours: object, *, now=NOW, **how) -> None:
    count(did(HOURS, hours, TODAY, volunteer_email=f"{who}@example.org"), now=now, **how)
    refresh(now)


def test_among_twenty_no_place_is_news(session):
    crowd(20)
    more("p19", 9)
    assert told() == told("points/all_time") == []


def test_the_first_ten_of_more_than_twenty_are_told_once(session):
    crowd(21)
    assert told() == [(f"P{one:02}", "first", one + 1, None) for one in range(10)]
    refresh(NOW, everything=True)
    assert len(told()) == 10


def test_who_enters_the_first_ten_is_told_and_who_was_pushed_out_and_comes_back_is_not_told_again(session):
    crowd(22)
    more("p10", 1)
    assert told()[10:] == [("P10", "first", 7, None)]
    more("p09", 1, now=NOW + timedelta(minutes=5))
    assert len(told()) == 11


def test_each_board_and_period_tells_for_itself_and_weeks_tell_nothing(session):
    crowd(21)
    assert [len(told(board)) for board in ("points/monthly", "points/all_time", "hours/monthly")] == [10, 10, 10]
    assert told("points/weekly") == told("projects/monthly") == []


def test_equal_values_enter_together(session):
    for one in range(30):
        people.join(f"P{one:02} Person", email=f"p{one:02}@example.org")
    count(*(did(TASK, 1, TODAY, volunteer_email=f"p{one:02}@example.org") for one in range(30)))
    refresh()
    assert [rank for _who, _key, rank, _climbed in told()] == [1] * 30


def test_a_climb_of_ten_is_told_once_a_day(session):
    crowd(40)
    more("p35", "2.5")
    assert told()[10:] == [("P35", "climb", 26, 10)]
    more("p35", 1, now=NOW + timedelta(hours=1))
    assert len(told()) == 11


def test_a_climb_of_nine_is_no_news(session):
    crowd(40)
    more("p35", "2.25")
    assert told()[10:] == []


def test_a_climb_is_against_the_end_of_the_day_before(session):
    crowd(40)
    more("p35", 1, now=NOW)
    more("p35", "1.5", now=NOW + timedelta(hours=1))
    assert told()[10:] == [("P35", "climb", 26, 10)]


def test_what_came_quietly_is_no_news(session):
    crowd(22)
    batch = Batch(kind="import", name="a year", source="test", quiet=True, created_at=NOW)
    db.session.add(batch)
    db.session.commit()
    record(did(HOURS, 20, TODAY, volunteer_email="p21@example.org"), batch=batch)
    settle()
    refresh()
    assert [row for row in told() if row[0] == "P21"] == []


def test_who_is_not_listed_is_told_nothing(session):
    crowd(22)
    people.join("Una Seen", visibility="unlisted")
    count(did(HOURS, 24, TODAY, volunteer_email="una@example.org"))
    refresh()
    assert "Una" not in [row[0] for row in told()]


def test_where_people_are_not_compared_no_place_is_news(session):
    organisation.change("boards_of_people", False)
    crowd(30)
    assert told() == []

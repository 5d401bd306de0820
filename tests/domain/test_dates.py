"""A day is a date where the volunteer lives, also where midnight is missing or comes twice, and it stays that date."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from portal.domain.activities import Activity
from tests import people
from tests.people import NOW, TASK, did, record

LATER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def session(sqlite_session):
    """One database is enough: rows are judged in Python. Whole files are on both (test_against_the_model.py)."""
    return sqlite_session


def dated(session, zone: str, *whens: str, now: datetime = LATER) -> list[tuple[datetime, date]]:
    """When these happened to somebody who lives there."""
    people.join("Ada Bell", zone=zone)
    verdicts = record(*(did(TASK, when=when, external_id=when) for when in whens), now=now)
    assert people.said(verdicts) == ["accepted"] * len(whens)
    query = select(Activity.occurred_at, Activity.occurred_on).order_by(Activity.id)
    return [tuple(row) for row in session.execute(query)]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "when", "instant", "day"),
    [
        ("Europe/Berlin", "2026-05-03", "2026-05-03T10:00", date(2026, 5, 3)),
        ("Europe/Berlin", "2026-05-03T23:30:00-05:00", "2026-05-04T04:30", date(2026, 5, 4)),
        ("Europe/Berlin", "2026-05-03 23:59", "2026-05-03T21:59", date(2026, 5, 3)),
        ("Pacific/Kiritimati", "2026-05-03", "2026-05-02T22:00", date(2026, 5, 3)),
        ("Pacific/Kiritimati", "2026-05-03T10:00:00Z", "2026-05-03T10:00", date(2026, 5, 4)),
        ("Pacific/Pago_Pago", "2026-05-03", "2026-05-03T23:00", date(2026, 5, 3)),
        ("Pacific/Pago_Pago", "2026-05-03T10:59:59Z", "2026-05-03T10:59:59", date(2026, 5, 2)),
        ("Asia/Kathmandu", "2026-05-03T00:00:00", "2026-05-02T18:15", date(2026, 5, 3)),
        ("Asia/Kathmandu", "2026-05-03T18:15:00Z", "2026-05-03T18:15", date(2026, 5, 4)),
        ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45", date(2026, 4, 5)),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-04T01:00", date(2026, 10, 4)),
        ("Pacific/Apia", "2011-12-29T23:59:00", "2011-12-30T09:59", date(2011, 12, 29)),
        ("Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T10:00", date(2011, 12, 31)),
    ],
)
def test_a_time_belongs_to_the_date_of_the_volunteers_own_calendar(session, zone, when, instant, day):
    assert dated(session, zone, when) == [(utc(instant), day)]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Africa/Cairo", "2026-04-24"),
        ("America/Havana", "2026-03-08"),
        ("America/Santiago", "2026-09-06"),
        ("Asia/Beirut", "2026-03-29"),
        ("Atlantic/Azores", "2026-03-29"),
    ],
)
def test_a_date_without_a_midnight_is_one_date(session, zone, day):
    found = dated(session, zone, day, f"{day}T00:00:00", f"{day}T00:30:00", f"{day}T23:59:59")
    assert {str(on) for _, on in found} == {day}


@pytest.mark.parametrize(
    ("zone", "day", "first", "second"),
    [
        ("America/Havana", "2026-11-01", "2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z"),
        ("Atlantic/Azores", "2026-10-25", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
    ],
)
def test_a_date_whose_midnight_comes_twice_is_one_date(session, zone, day, first, second):
    assert {str(on) for _, on in dated(session, zone, first, second, f"{day}T00:30:00", f"{day}T23:59:59")} == {day}


def test_a_date_that_never_was_counts_as_the_next(session):
    found = dated(session, "Pacific/Apia", "2011-12-29", "2011-12-30", "2011-12-30T08:00:00", "2011-12-31")
    assert [str(on) for _, on in found] == ["2011-12-29", "2011-12-31", "2011-12-31", "2011-12-31"]


def test_today_before_noon_means_now(session):
    morning = NOW.replace(hour=7)
    assert dated(session, "UTC", "2026-05-20", "2026-05-19", now=morning) == [
        (morning, date(2026, 5, 20)),
        (datetime(2026, 5, 19, 12, tzinfo=UTC), date(2026, 5, 19)),
    ]


def test_a_minute_before_and_after_midnight_are_two_days_and_the_whole_date_is_one(session):
    dated(session, "Europe/Berlin", "2026-05-04T23:59:00", "2026-05-05T00:01:00")
    people.settle()
    ada = session.get(people.Volunteer, 1)
    assert people.balance(ada).longest_streak_days == 2
    people.count(did(TASK, when="2026-05-05T23:59:00"))
    assert people.balance(ada).longest_streak_days == 2


def test_dates_stay_when_somebody_moves(session):
    dated(session, "Europe/Berlin", "2026-05-03T23:30:00-05:00", "2026-05-03")
    session.get(people.Volunteer, 1).time_zone = "Asia/Tokyo"
    session.commit()
    people.settle()
    assert [str(day) for day in session.scalars(select(Activity.occurred_on).order_by(Activity.id))] == [
        *("2026-05-04", "2026-05-03")
    ]

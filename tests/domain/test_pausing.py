"""A pause: within its bounds a streak waits for it, and what is over of it stays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from portal.domain import doctor, merging, pauses, pausing, points
from portal.domain.notifications import Notification
from portal.domain.refusals import FieldRefused
from portal.extensions import db
from tests import people
from tests.people import DAY, count, days, define

NOW = datetime(2026, 5, 20, 9, tzinfo=UTC)
TODAY = date(2026, 5, 20)


def take(volunteer, first: date, last: date, now: datetime = NOW) -> pauses.Pause:
    made = pausing.take(volunteer, first, last, now=now)
    db.session.commit()
    return made


def run(volunteer, today: date = TODAY) -> int:
    return points.streak_of(people.balance(volunteer)).current(today)


def helped(*before: int) -> None:
    """Something on days before today."""
    count(*days(*(-number for number in before), start=TODAY), now=NOW)


def test_a_streak_waits_for_a_pause_and_goes_on_after_it(session, ada):
    helped(3, 4, 5)
    assert run(ada) == 0
    take(ada, TODAY - 2 * DAY, TODAY + 2 * DAY)
    assert run(ada) == 3
    assert run(ada, TODAY + 3 * DAY) == 3  # the first day after it is not missed yet
    assert run(ada, TODAY + 4 * DAY) == 0
    later = NOW + 3 * DAY
    count(*days(3, start=TODAY), now=later)
    assert run(ada, TODAY + 3 * DAY) == 4
    assert doctor.examine(later).differences == []


def test_a_pause_may_complete_a_run_that_is_asked_for(session, ada, nothing_to_earn):
    achievement = define("consecutive_days", {"days_required": 4}, reward=40)
    helped(1, 2, 5, 6)
    assert people.completions(ada) == []
    take(ada, TODAY - 4 * DAY, TODAY - 3 * DAY)
    assert [one.achievement_id for one in people.completions(ada)] == [achievement.id]
    assert people.completions(ada)[0].completed_on == TODAY - DAY
    assert doctor.examine(NOW).differences == []


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (TODAY - 8 * DAY, TODAY, "first_on"),
        (TODAY + 367 * DAY, TODAY + 368 * DAY, "first_on"),
        (TODAY, TODAY - DAY, "last_on"),
        (TODAY, TODAY + 60 * DAY, "last_on"),
    ],
)
def test_a_pause_keeps_within_its_bounds(session, ada, first, last, field):
    with pytest.raises(FieldRefused) as refusal:
        take(ada, first, last)
    assert refusal.value.field == field
    db.session.rollback()
    assert pauses.of(ada.id) == []


def test_sixty_days_a_calendar_year_may_be_paused(session, ada):
    take(ada, date(2026, 12, 2), date(2027, 1, 31))  # thirty days of one year and thirty-one of the next
    take(ada, TODAY, TODAY + 29 * DAY)
    assert (pausing.days_left(ada.id, 2026), pausing.days_left(ada.id, 2027)) == (0, 29)
    with pytest.raises(FieldRefused, match="1 day more than the 60 that 2026"):
        take(ada, date(2026, 8, 1), date(2026, 8, 1))


def test_a_day_is_not_paused_twice(session, ada):
    take(ada, TODAY, TODAY + 5 * DAY)
    with pytest.raises(FieldRefused, match="paused already"):
        take(ada, TODAY + 5 * DAY, TODAY + 6 * DAY)


def test_a_pause_to_come_is_withdrawn_whole_and_one_under_way_ends_yesterday(session, ada):
    helped(1, 3)
    to_come, under_way = take(ada, TODAY + 5 * DAY, TODAY + 9 * DAY), take(ada, TODAY - 2 * DAY, TODAY + 2 * DAY)
    pausing.end(to_come, ada, now=NOW)
    pausing.end(under_way, ada, now=NOW)
    db.session.commit()
    assert [(one.first_on, one.last_on) for one in pauses.of(ada.id)] == [(TODAY - 2 * DAY, TODAY - DAY)]
    assert run(ada) == 2
    assert not pausing.can_end(under_way, TODAY)
    pausing.end(under_way, ada, now=NOW + timedelta(days=1))
    db.session.commit()
    assert pauses.of(ada.id)[0].last_on == TODAY - DAY
    assert doctor.examine(NOW).differences == []


def test_a_milestone_is_news_though_a_pause_lies_in_the_run(session, ada, nothing_to_earn):
    helped(3, 4, 5, 6, 7, 8)
    take(ada, TODAY - 2 * DAY, TODAY - 2 * DAY)
    helped(1)
    told = db.session.scalars(select(Notification).where(Notification.kind == "streak")).all()
    assert [(one.key, one.data) for one in told] == [(f"streak:7:{TODAY - 8 * DAY}", {"days": 7})]


def test_whoever_is_merged_meanwhile_sends_it_again_and_nothing_goes_astray(session, grace, ada, ben):
    helped(1)
    begun = take(ben, TODAY, TODAY + 9 * DAY)
    merging.merge(ben, into=ada, by=grace, now=NOW)
    db.session.commit()
    assert run(ada, TODAY + 5 * DAY) == 1
    set_committed_value(ben, "merged_into_id", None)  # as a request has it that waited for the lock
    with pytest.raises(FieldRefused, match="Send it again") as refusal:
        take(ben, TODAY + 20 * DAY, TODAY + 21 * DAY)
    assert refusal.value.field == "first_on"
    pausing.end(begun, ben, now=NOW)
    db.session.commit()
    assert run(ada, TODAY + 5 * DAY) == 0
    assert doctor.examine(NOW).differences == []

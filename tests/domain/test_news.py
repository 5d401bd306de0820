"""What is news: each completion once with its way out of the house, a milestone of a run that goes on, and no batch
that was done quietly."""

import pytest
from sqlalchemy import select

from portal.domain import imports
from portal.domain.notifications import Notification, OutboxRow
from portal.domain.streaks import DAY
from tests import people
from tests.people import HOURS, MONDAY, NOW, PROJECT, TASK, count, days, define, did, medal

TODAY = NOW.date()


@pytest.fixture
def session(sqlite_session):
    """One database is enough for the rules one by one; both have them all together in test_against_the_model.py."""
    return sqlite_session


def inbox(volunteer) -> list[tuple]:
    query = select(Notification.kind, Notification.key).where(Notification.volunteer_id == volunteer.id)
    return [tuple(row) for row in people.db.session.execute(query.order_by(Notification.id))]


def streak_news(volunteer) -> list[str]:
    return [key for kind, key in inbox(volunteer) if kind == "streak"]


def batch(session, *, quiet: bool):
    return session.get(imports.Batch, imports.open_batch("a file", source="test", quiet=quiet, now=NOW).id)


def up_to_today(number: int) -> list:
    """A task on each of so many days, the last of them today."""
    return days(*range(number), start=TODAY - (number - 1) * DAY)


def test_a_completion_is_news_once_with_its_badge_and_its_way_out(session, ada):
    count(did(quantity=2))
    people.settle(ada.id)
    (completion,), (badge,) = people.completions(ada), people.badges(ada)
    (news,) = session.scalars(select(Notification)).all()
    assert (news.volunteer_id, news.kind, news.key) == (ada.id, "achievement", f"completion:{completion.id}")
    wanted = {"completion_id": completion.id, "achievement_id": 1, "badge_id": 1, "volunteer_badge_id": badge.id}
    assert news.data == wanted
    assert [(row.notification_id, row.due_at) for row in session.scalars(select(OutboxRow))] == [(news.id, NOW)]


def test_each_of_several_completions_is_news(session, ada, ben):
    count(did(quantity=10), did(PROJECT), did(quantity=1, volunteer_email="ben@example.org"))
    assert [kind for kind, _ in inbox(ada)] == ["achievement"] * 3
    assert len(inbox(ben)) == 1
    assert len(session.scalars(select(OutboxRow)).all()) == 4


def test_a_completion_without_a_badge_says_nothing_of_one(session, ada, nothing_to_earn):
    define("tasks_completed", {"tasks_required": 1})
    count(did(TASK))
    (news,) = session.scalars(select(Notification))
    assert set(news.data) == {"completion_id", "achievement_id"}


def test_a_quiet_batch_has_no_news(session, ada):
    count(*up_to_today(7), did(quantity=10), batch=batch(session, quiet=True))
    assert len(people.completions(ada)) == 3
    assert inbox(ada) == []


def test_a_batch_that_is_announced_has(session, ada):
    count(did(quantity=1), batch=batch(session, quiet=False))
    assert [kind for kind, _ in inbox(ada)] == ["achievement"]


def test_what_counts_beside_a_quiet_batch_is_news_and_the_batch_is_not(session, ada):
    people.record(did(quantity=1), batch=batch(session, quiet=True))
    count(did(PROJECT))
    assert len(people.completions(ada)) == 2
    (news,) = session.scalars(select(Notification))
    assert news.data["achievement_id"] == 6


def test_what_a_definition_brings_afterwards_is_news_unless_it_is_assessed_quietly(session, ada, nothing_to_earn):
    count(did(HOURS, 5))
    define("hours_logged", {"hours_required": 5})
    people.settle(ada.id)
    assert len(inbox(ada)) == 1
    define("hours_logged", {"hours_required": 4})
    people.recognition.settle([ada.id], now=NOW, quiet=True)
    assert (len(people.completions(ada)), len(inbox(ada))) == (2, 1)


def test_a_week_in_a_row_is_news_on_the_seventh_day(session, ada, nothing_to_earn):
    count(*up_to_today(7)[:6])
    assert inbox(ada) == []
    count(*up_to_today(1))
    assert streak_news(ada) == [f"streak:7:{TODAY - 6 * DAY}"]
    people.settle(ada.id)
    count(*days(1, start=TODAY - DAY, external_id="another"))
    assert len(streak_news(ada)) == 1


@pytest.mark.parametrize(("ago", "news"), [(1, 1), (2, 0)])
def test_a_run_that_is_over_is_no_news(session, ada, nothing_to_earn, ago, news):
    count(*days(*range(7), start=TODAY - (6 + ago) * DAY))
    assert len(streak_news(ada)) == news


def test_the_end_of_a_run_is_by_the_volunteers_own_calendar(session, nothing_to_earn):
    ada = people.join("Ada Bell", zone="Pacific/Kiritimati")
    count(*days(*range(7), start=TODAY - 7 * DAY))
    assert people.balance(ada).current_streak_days == 7
    assert streak_news(ada) == [], "it is the 21st there, and the 20th was missed"


def test_several_milestones_at_once_are_one_piece_of_news(session, ada, nothing_to_earn):
    count(*up_to_today(31))
    assert streak_news(ada) == [f"streak:30:{TODAY - 30 * DAY}"]


def test_a_late_entry_that_joins_two_runs_is_news_if_a_milestone_is_passed(session, ada, nothing_to_earn):
    everything = up_to_today(8)
    count(*everything[:4], *everything[5:])
    assert inbox(ada) == []
    count(everything[4])
    assert streak_news(ada) == [f"streak:7:{TODAY - 7 * DAY}"]


def test_a_milestone_passed_again_after_a_correction_is_not_told_again(session, ada, nothing_to_earn):
    *_, last = count(*up_to_today(7))
    people.take_back(last)
    count(did(TASK, when=TODAY, external_id="again"))
    assert people.balance(ada).current_streak_days == 7
    assert len(streak_news(ada)) == len(session.scalars(select(OutboxRow)).all()) == 1


def test_a_reversal_is_no_news_of_a_streak(session, ada, nothing_to_earn):
    count(*up_to_today(7), batch=batch(session, quiet=True))
    (activity_id,) = count(did(PROJECT))
    people.take_back(activity_id)
    assert streak_news(ada) == []


def test_what_is_earned_once_more_after_a_reversal_is_news_once_more(session, ada, nothing_to_earn):
    define("tasks_completed", {"tasks_required": 1}, badge=medal())
    people.take_back(*count(did(TASK)))
    count(did(TASK, when=MONDAY + DAY))
    keys = [key for _, key in inbox(ada)]
    assert len(keys) == len(set(keys)) == 2

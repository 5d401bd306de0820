"""What is completed, when that was, what it brings, and that a new definition takes nothing from anybody."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.domain.achievements import Achievement, VolunteerAchievement
from portal.domain.achievements.criteria import CriteriaRefused
from portal.domain.achievements.kinds import kind_for
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, PROJECT, REFERRAL, SKILL, TASK, count, days, define, did, medal

EVERY_TEN_HOURS = ("hours_logged", {"hours_required": 10})


@pytest.fixture
def session(sqlite_session):
    """One database is enough for the rules one by one; both have them all together in test_against_the_model.py."""
    return sqlite_session


def noon(number: int) -> datetime:
    """Noon of the day that many days after Monday."""
    return datetime(2026, 5, 4, 12, tzinfo=UTC) + number * DAY


def hours(quantity: object, day: int, **more):
    return did(HOURS, quantity, when=MONDAY + day * DAY, **more)


def earned(volunteer) -> list[tuple]:
    """Their live completions: (achievement, nth, days after Monday)."""
    found = people.completions(volunteer)
    return [(one.achievement_id, one.nth, (one.completed_on - MONDAY).days) for one in found]


def progress(volunteer, achievement) -> tuple | None:
    """(current, target, times, completed) of one achievement."""
    one = people.db.session.scalars(
        select(VolunteerAchievement)
        .where(VolunteerAchievement.volunteer_id == volunteer.id)
        .where(VolunteerAchievement.achievement_id == achievement.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return one and (one.current_progress, one.target_progress, one.times_completed, one.is_completed)


# --- When it was reached --------------------------------------------------------------------------------------------


def test_the_activity_that_reached_the_target_in_order_of_time_dates_it(session, ada):
    later, earlier = count(hours(6, 5), hours(6, 1))
    ten = [one for one in people.completions(ada) if one.achievement_id == 2]
    assert [(one.completed_at, one.activity_id) for one in ten] == [(noon(5), later)]
    first = [one for one in people.completions(ada) if one.achievement_id == 1]
    assert [(one.completed_at, one.activity_id) for one in first] == [(noon(1), earlier)]


def test_of_two_at_the_same_instant_the_one_recorded_first_came_first(session, ada, nothing_to_earn):
    define("tasks_completed", {"tasks_required": 1})
    first, _ = count(did(TASK, external_id="a"), did(TASK, external_id="b"))
    assert [one.activity_id for one in people.completions(ada)] == [first]


def test_what_was_booked_keeps_its_date_when_something_earlier_turns_up(session, ada):
    count(hours(4, 1), hours(4, 5), hours(4, 9))
    count(hours(3, 3))
    assert (2, 1, 9) in earned(ada)


def test_a_run_of_days_is_dated_by_the_day_that_closed_it_in_order_of_time(session, ada):
    count(*days(6, 0, 2, 1, 4, 5, 3))
    assert (14, 1, 6) in earned(ada)


def test_a_completion_keeps_the_criteria_under_which_it_was_earned(session, ada):
    count(hours(10, 0))
    (ten,) = (one for one in people.completions(ada) if one.achievement_id == 2)
    assert (ten.criteria, ten.target, ten.nth, ten.created_at) == ({"hours_required": 10}, 10, 1, NOW)


# --- What it brings -------------------------------------------------------------------------------------------------


def test_a_completion_brings_its_reward_then_its_badge_then_the_badges_points(session, ada):
    (activity_id,) = count(hours(1, 2))
    rows = [(row.event_type, row.points_change, row.effective_at) for row in people.ledger(ada)]
    assert rows == [("hours_logged", 5, noon(2)), ("achievement_earned", 10, noon(2)), ("badge_earned", 10, noon(2))]
    (completion,), (badge,) = people.completions(ada), people.badges(ada)
    assert (badge.badge_id, badge.completion_id, badge.earned_at) == (1, completion.id, noon(2))
    assert [row.completion_id for row in people.ledger(ada)] == [None, completion.id, None]
    assert [row.volunteer_badge_id for row in people.ledger(ada)] == [None, None, badge.id]
    assert completion.activity_id == activity_id


def test_rewards_stand_in_the_order_in_which_they_were_reached(session, ada):
    count(*days(0, 1, 2, 3, 4, 5, 6, kind=HOURS), did(PROJECT, when=MONDAY + DAY))
    assert [one.achievement_id for one in people.completions(ada)] == [1, 6, 14]
    rewards = [row.points_change for row in people.ledger(ada) if row.event_type == "achievement_earned"]
    assert rewards == [10, 50, 75]


def test_nothing_of_0_points_is_written(session, ada, nothing_to_earn):
    define("tasks_completed", {"tasks_required": 1}, badge=medal(0))
    count(did(TASK))
    assert people.changes(ada) == [10]
    assert len(people.badges(ada)) == 1


def test_a_badge_that_is_held_or_retired_is_not_given(session, ada, grace, nothing_to_earn):
    badge, retired = medal(10), medal(10, is_active=False)
    define("tasks_completed", {"tasks_required": 1}, badge=badge)
    define("tasks_completed", {"tasks_required": 2}, badge=badge)
    define("tasks_completed", {"tasks_required": 2}, badge=retired)
    count(*days(0, 1))
    assert [(one.badge_id, one.earned_at) for one in people.badges(ada)] == [(badge.id, noon(0))]
    assert people.changes(ada) == [10, 10, 10]


# --- Kinds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "criteria", "rows"),
    [
        ("hours_logged", {"hours_required": 1.5}, [did(quantity="1.5")]),
        ("projects_completed", {"projects_required": 2}, [did(PROJECT), did(PROJECT, when=MONDAY + DAY)]),
        ("trainings_completed", {"trainings_required": 1}, [did("training_completed")]),
        ("skills_acquired", {"skills_required": 1}, [did(SKILL)]),
        ("skills_acquired", {"skills_required": 1, "certified": False}, [did(SKILL, certified="no")]),
        ("volunteer_referred", {"volunteers_required": 1}, [did(REFERRAL)]),
        ("consecutive_days", {"days_required": 2}, days(0, 1)),
    ],
)
def test_every_kind_can_be_completed(session, ada, nothing_to_earn, kind, criteria, rows):
    achievement = define(kind, criteria)
    *_, last = count(*rows)
    assert [(one.achievement_id, one.activity_id) for one in people.completions(ada)] == [(achievement.id, last)]


def test_an_uncertified_skill_moves_only_what_does_not_ask_for_certified_ones(session, ada, nothing_to_earn):
    strict, lenient = (define("skills_acquired", {"skills_required": 2} | more) for more in ({}, {"certified": False}))
    count(did(SKILL, certified="no"), did(SKILL, external_id="b"))
    assert progress(ada, strict) == (1, 2, 0, False)
    assert progress(ada, lenient) == (2, 2, 1, True)


def test_a_complexity_of_five_is_one_task(session, ada, nothing_to_earn):
    achievement = define("tasks_completed", {"tasks_required": 5})
    count(did(TASK, 5))
    assert progress(ada, achievement) == (1, 5, 0, False)


@pytest.mark.parametrize(
    ("kind", "criteria", "key"),
    [
        ("hours_logged", {}, "hours_required"),
        ("hours_logged", {"hours_required": 0}, "hours_required"),
        ("hours_logged", {"hours_required": 1_000_001}, "hours_required"),
        ("hours_logged", {"hours_required": "10"}, "hours_required"),
        ("hours_logged", {"hours_required": True}, "hours_required"),
        ("hours_logged", {"hours_required": float("nan")}, "hours_required"),
        ("hours_logged", {"hours_required": 1, "certified": True}, "certified"),
        ("tasks_completed", {"tasks_required": 1.5}, "tasks_required"),
        ("skills_acquired", {"skills_required": 1, "certified": "yes"}, "certified"),
        ("consecutive_days", {"days_required": -1}, "days_required"),
        ("custom", {"by_hand": False}, "by_hand"),
        ("projects_completed", ["projects_required"], "criteria"),
    ],
)
def test_criteria_that_make_no_sense_are_refused_by_name(sqlite_app, kind, criteria, key):
    with sqlite_app.app_context(), pytest.raises(CriteriaRefused) as refused:
        kind_for(kind, criteria).check(criteria)
    assert refused.value.key == key


# --- Progress -------------------------------------------------------------------------------------------------------


def test_progress_begins_with_the_first_thing_done_and_ends_at_the_target(session, ada):
    ten, fifty = (session.get(Achievement, number) for number in (2, 3))
    assert progress(ada, ten) is None
    count(hours(12, 0))
    assert progress(ada, ten) == (10, 10, 1, True)
    assert progress(ada, fifty) == (12, 50, 0, False)
    people.take_back(1)
    assert progress(ada, ten) is None


def test_a_repeatable_one_shows_what_is_left_over(session, ada, nothing_to_earn):
    achievement = define(*EVERY_TEN_HOURS, reward=5, is_repeatable=True)
    count(hours(20, 0), hours("7.5", 1))
    assert progress(ada, achievement) == (Decimal("7.5"), 10, 2, True)
    assert earned(ada) == [(achievement.id, 1, 0), (achievement.id, 2, 0)]
    achievement.is_active = False
    count(hours("7.5", 2))
    assert progress(ada, achievement) == (10, 10, 2, True)


def test_runs_count_for_themselves_where_days_repeat(session, ada, nothing_to_earn):
    achievement = define("consecutive_days", {"days_required": 3}, is_repeatable=True)
    count(*days(0, 1, 2, 3, 4, 5, 7, 8, 10, 11, 12))
    assert earned(ada) == [(achievement.id, 1, 2), (achievement.id, 2, 5), (achievement.id, 3, 12)]
    assert progress(ada, achievement) == (0, 3, 3, True)


def test_a_repeatable_one_is_completed_once_more_for_each_target(session, ada):
    for number in range(3):
        count(did(REFERRAL, when=MONDAY + number * DAY))
    assert [(one.achievement_id, one.nth) for one in people.completions(ada)] == [(16, 1), (16, 2), (16, 3)]
    assert [one.badge_id for one in people.badges(ada)] == [11]
    assert people.total(ada) == 3 * (50 + 25) + 25


# --- Definitions change ---------------------------------------------------------------------------------------------


def test_a_harder_definition_takes_nothing_back(session, ada, nothing_to_earn):
    achievement = define(*EVERY_TEN_HOURS, reward=5)
    count(hours(10, 0))
    achievement.criteria = {"hours_required": 60}
    count(hours(1, 1))
    assert earned(ada) == [(achievement.id, 1, 0)]
    assert progress(ada, achievement) == (11, 60, 1, True)
    people.take_back(2)
    assert earned(ada) == [(achievement.id, 1, 0)]
    people.take_back(1)
    assert earned(ada) == []


def test_an_easier_or_a_new_definition_is_met_when_somebody_is_settled_again(session, ada, nothing_to_earn):
    hard = define("hours_logged", {"hours_required": 100}, reward=5)
    count(hours(10, 3))
    hard.criteria = {"hours_required": 10}
    new = define("hours_logged", {"hours_required": 5}, reward=7)
    people.settle(ada.id, now=NOW + DAY)
    assert earned(ada) == [(hard.id, 1, 3), (new.id, 1, 3)]
    assert people.changes(ada) == [50, 5, 7]


def test_a_retired_one_is_not_completed_any_more_but_keeps_what_was(session, ada, nothing_to_earn):
    kept, late = define(*EVERY_TEN_HOURS), define("hours_logged", {"hours_required": 15})
    count(hours(10, 0))
    kept.is_active = late.is_active = False
    count(hours(10, 1))
    assert earned(ada) == [(kept.id, 1, 0)]
    assert progress(ada, late) == (15, 15, 0, False)


def test_from_now_on_counts_only_what_happens_from_then(session, ada, nothing_to_earn):
    achievement = define(*EVERY_TEN_HOURS, counts_from=noon(2))
    count(hours(9, 1), hours(9, 2))
    assert progress(ada, achievement) == (9, 10, 0, False)
    count(hours(1, 5), hours(9, 0))
    assert earned(ada) == [(achievement.id, 1, 5)]


def test_a_start_given_later_takes_nothing_back(session, ada, nothing_to_earn):
    achievement = define(*EVERY_TEN_HOURS, reward=5)
    count(hours(10, 0))
    achievement.counts_from = NOW
    people.settle(ada.id)
    assert earned(ada) == [(achievement.id, 1, 0)]


def test_what_is_given_by_hand_no_activity_completes(session, ada, nothing_to_earn):
    achievement = define("custom", {"by_hand": True}, reward=100)
    count(hours(10, 0), did(PROJECT))
    assert earned(ada) == []
    assert progress(ada, achievement) is None

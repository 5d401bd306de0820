"""After a reversal people stand as if it had never been counted, except for the dates of what stands."""

from datetime import timedelta

import pytest

from portal.domain import awarding, corrections, doctor
from portal.domain.achievements import Completion
from portal.domain.activities import Activity
from portal.domain.badges import VolunteerBadge
from portal.domain.refusals import NotPossible
from tests import people, reading
from tests.people import DAY, HOURS, MONDAY, NOW, PROJECT, TASK, count, days, define, did, medal, take_back

pytestmark = pytest.mark.usefixtures("nothing_to_earn")


def hours(quantity: object, day: int = 0, **more):
    return did(HOURS, quantity, when=MONDAY + day * DAY, **more)


def live(volunteer) -> list[int]:
    return [one.nth for one in people.completions(volunteer)]


def test_the_last_completions_fall_first_with_their_rewards(session, ada):
    define("hours_logged", {"hours_required": 10}, reward=7, is_repeatable=True)
    ids = count(hours(10, 0), hours(10, 1), hours(11, 2))
    assert live(ada) == [1, 2, 3]

    take_back(ids[1], ids[2], now=NOW + DAY)

    assert live(ada) == [1]
    assert [one.nth for one in people.completions(ada, live=False)] == [2, 3]
    undone = [row for row in people.ledger(ada) if row.undoes and row.event_type == "achievement_earned"]
    nths = [session.get(Completion, row.completion_id).nth for row in undone]
    assert (nths, [row.points_change for row in undone]) == ([3, 2], [-7, -7])
    assert people.total(ada) == 50 + 7


def test_what_undoes_a_reward_has_its_type_cause_and_dates(session, ada):
    define("hours_logged", {"hours_required": 1}, reward=7, badge=medal(3))
    (activity_id,) = count(hours(1, 2))
    take_back(activity_id, now=NOW + DAY)
    paid, undone = people.ledger(ada)[:3], people.ledger(ada)[3:]
    assert [-row.points_change for row in undone] == [row.points_change for row in paid] == [5, 7, 3]
    for name in ("event_type", "activity_id", "completion_id", "volunteer_badge_id", "effective_at", "effective_on"):
        assert [getattr(row, name) for row in undone] == [getattr(row, name) for row in paid], name
    assert [row.balance_after for row in people.ledger(ada)] == [5, 12, 15, 10, 3, 0]


def test_what_stands_keeps_its_date_cause_and_rows(session, ada):
    define("hours_logged", {"hours_required": 10}, reward=7)
    first, *_ = count(hours(10, 0), hours(10, 1))
    (before,) = people.completions(ada)
    take_back(first)
    (after,) = people.completions(ada)
    assert (after.id, after.completed_on, after.activity_id) == (before.id, MONDAY, first)
    assert people.changes(ada) == [50, 50, 7, -50]


def test_what_is_reached_again_is_a_new_row_with_a_new_reward(session, ada):
    define("hours_logged", {"hours_required": 10}, reward=7, badge=medal(3))
    (activity_id,) = count(hours(10, 0))
    take_back(activity_id)
    count(hours(10, 5, external_id="again"))
    (fallen,), (new,) = people.completions(ada, live=False), people.completions(ada)
    assert (fallen.nth, new.nth, new.completed_on) == (1, 1, MONDAY + 5 * DAY)
    assert people.changes(ada) == [50, 7, 3, -50, -7, -3, 50, 7, 3]
    assert len(people.badges(ada)) == len(people.badges(ada, held=False)) == 1


def test_what_falls_and_is_earned_at_once_is_booked_in_this_order(session, ada):
    define("consecutive_days", {"days_required": 2}, reward=5)
    define("hours_logged", {"hours_required": 3}, reward=7)
    first, *_ = count(*days(0, 1))
    people.mark_reversed(first)
    count(hours(3, 5))
    assert people.changes(ada) == [10, 10, 5, -10, 15, -5, 7]


def test_a_run_of_days_falls_with_the_day_that_held_it_together(session, ada):
    define("consecutive_days", {"days_required": 3}, reward=5, is_repeatable=True)
    ids = count(*days(0, 1, 2, 3, 4, 5))
    assert live(ada) == [1, 2]
    take_back(ids[2])
    assert live(ada) == [1]
    take_back(ids[4])
    assert live(ada) == []


def test_a_badge_falls_with_its_completion(session, ada):
    define("tasks_completed", {"tasks_required": 1}, badge=medal(10))
    (activity_id,) = count(did(TASK))
    (badge,) = people.badges(ada)
    badge.is_showcased, badge.showcase_position = True, 1
    take_back(activity_id, now=NOW + DAY)
    (fallen,) = people.badges(ada, held=False)
    assert (fallen.revoked_at, fallen.revoked_by_id, fallen.is_showcased) == (NOW + DAY, None, False)
    assert people.total(ada) == 0


def test_a_badge_that_another_completion_carries_changes_over_to_it(session, ada):
    badge = medal(25)
    define("hours_logged", {"hours_required": 10}, reward=1, badge=badge)
    projects = define("projects_completed", {"projects_required": 1}, reward=2, badge=badge)
    first, _ = count(hours(10, 0), did(PROJECT, when=MONDAY + 3 * DAY))
    assert people.changes(ada) == [50, 100, 1, 25, 2]

    take_back(first)

    (held,) = people.badges(ada)
    (carrier,) = people.completions(ada)
    assert (carrier.achievement_id, held.completion_id, held.earned_at) == (
        projects.id,
        carrier.id,
        carrier.completed_at,
    )
    assert people.changes(ada)[5:] == [-50, -1, -25, 25]
    assert people.ledger(ada)[-1].effective_on == MONDAY + 3 * DAY


@pytest.fixture
def revoked_by_hand(ada, grace):
    """Two completions carried a badge that Grace took away in between; a third gave it again."""
    badge = medal(25)
    for needed in (1, 2, 3):
        define("tasks_completed", {"tasks_required": needed}, badge=badge)
    ids = count(*days(0, 1))
    (held,) = people.badges(ada)
    awarding.revoke(held, by=grace, reason="a mistake", now=NOW + DAY)
    people.db.session.commit()
    return badge, ids


def test_older_completions_do_not_bring_back_what_was_revoked_by_hand(session, ada, revoked_by_hand):
    people.settle(ada.id, now=NOW + 2 * DAY)
    assert people.badges(ada) == []
    third = count(*days(2), now=NOW + 2 * DAY)
    assert len(people.badges(ada)) == 1
    take_back(*third, now=NOW + 3 * DAY)
    assert people.badges(ada) == []
    assert people.total(ada) == 20


def test_an_older_completion_that_falls_after_it_leaves_the_new_badge_alone(session, ada, revoked_by_hand):
    _, ids = revoked_by_hand
    count(*days(2, 3), now=NOW + 2 * DAY)
    (before,) = people.badges(ada)
    take_back(ids[0], now=NOW + 3 * DAY)
    assert [one.id for one in people.badges(ada)] == [before.id]


def test_a_badge_given_by_hand_stays_whatever_falls(session, ada, grace):
    badge = medal(25)
    awarding.grant(badge, to=ada, by=grace, reason="thank you", now=NOW)
    define("tasks_completed", {"tasks_required": 1}, badge=badge)
    (activity_id,) = count(did(TASK))
    take_back(activity_id)
    (held,) = people.badges(ada)
    assert (held.awarded_by_id, people.total(ada)) == (grace.id, 25)


def test_completions_of_what_is_given_by_hand_stay(session, ada, grace):
    achievement = define("custom", {"by_hand": True}, is_repeatable=True)
    for nth in (1, 2):
        given = {"given_by_id": grace.id, "reason": "kind", "criteria": {"by_hand": True}, "target": 1, "nth": nth}
        when = {"completed_at": NOW, "completed_on": NOW.date(), "created_at": NOW}
        session.add(Completion(volunteer_id=ada.id, achievement_id=achievement.id, **given, **when))
    (activity_id,) = count(did(TASK))
    take_back(activity_id)
    assert live(ada) == [1, 2]


def test_a_reversed_activity_that_never_counted_is_only_history(session, ada):
    people.record(did(TASK))
    people.mark_reversed(1)
    people.settle(ada.id)
    assert people.changes(ada) == []


def test_a_balance_may_fall_below_nothing_by_a_reversal(session, ada, grace):
    (activity_id,) = count(did(PROJECT))
    awarding.award(-90, to=ada, by=grace, reason="a mistake", now=NOW)
    session.commit()
    take_back(activity_id)
    assert people.total(ada) == -90
    assert [row.balance_after for row in people.ledger(ada)] == [100, 10, -90]


def test_reversing_everything_leaves_nothing_but_history(session, ada):
    define("tasks_completed", {"tasks_required": 1}, reward=5, badge=medal(), is_repeatable=True)
    define("consecutive_days", {"days_required": 2}, reward=5)
    take_back(*count(*days(0, 1, 2), did(PROJECT), hours("0.1")))
    one = people.balance(ada)
    assert (one.total_points, one.total_hours, one.total_projects) == (0, 0, 0)
    assert (one.current_streak_days, one.longest_streak_days, one.last_activity_date) == (0, 0, None)
    assert (live(ada), people.badges(ada), reading.progress()) == ([], [], {})
    assert sum(people.changes(ada)) == 0


def test_the_second_of_two_reversals_of_one_activity_changes_nothing(session, ada):
    (activity_id,) = count(did(PROJECT))
    take_back(activity_id)
    before = reading.dump()
    people.settle(ada.id, now=NOW + timedelta(hours=1))
    assert reading.dump() == before
    assert session.query(VolunteerBadge).count() == 0


def test_a_coordinator_may_let_badges_stay(session, ada, grace, nothing_to_earn):
    first, second = medal(10), medal(20)
    define("tasks_completed", {"tasks_required": 1}, reward=7, badge=first)
    define("projects_completed", {"projects_required": 1}, reward=5, badge=second)
    task, _project = count(did(TASK, 1), did(PROJECT))
    corrections.reverse(
        session.get_one(Activity, task), by=grace, reason="not theirs", now=people.NOW, keep_badges=True
    )
    session.commit()
    held = {one.badge_id: one for one in people.badges(ada)}
    assert held.keys() == {first.id, second.id}
    assert (held[first.id].completion_id, held[first.id].awarded_by_id) == (None, grace.id)
    assert len(people.completions(ada)) == 1
    assert people.total(ada) == 100 + 5 + 20 + 10
    assert doctor.examine(people.NOW).differences == []


def test_a_retired_badge_cannot_stay_and_then_nothing_is_taken(session, ada, grace, nothing_to_earn):
    retired = medal(10)
    define("tasks_completed", {"tasks_required": 1}, badge=retired)
    (task,) = count(did(TASK, 1))
    retired.is_active = False
    session.commit()
    with pytest.raises(NotPossible, match="retired"):
        corrections.reverse(session.get_one(Activity, task), by=grace, reason="no", now=people.NOW, keep_badges=True)
    session.rollback()
    assert [one.badge_id for one in people.badges(ada)] == [retired.id]

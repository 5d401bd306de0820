"""Shared goals: what counts towards them, when they are looked at again, and what holds now."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from portal.domain import awarding, forgetting, goals, members, merging, snapshots
from portal.domain.accounts import Role
from portal.domain.audit import AuditRecord
from portal.domain.goals import Goal, Wanted
from portal.domain.leaderboards import LeaderboardType
from portal.domain.refusals import FieldRefused, NotPossible
from portal.extensions import db
from tests import company, people
from tests.company import goal, value
from tests.people import MONDAY, NOW, PROJECT, TASK, count, did, refresh

pytestmark = pytest.mark.usefixtures("nothing_to_earn")
TODAY, DAY = NOW.date(), timedelta(days=1)
MAY = {"first_on": date(2026, 5, 1), "last_on": date(2026, 5, 10)}


# --- What counts ------------------------------------------------------------------------------------------------------


def test_the_first_and_the_last_day_count_and_the_days_beside_them_do_not(session, ada, grace):
    made = goal(10, by=grace, **MAY)
    edges = {date(2026, 4, 30): 1, date(2026, 5, 1): 2, date(2026, 5, 10): "0.25", date(2026, 5, 11): 8}
    count(*(did(quantity=hours, when=day) for day, hours in edges.items()))
    refresh()
    assert value(made) == Decimal("2.25")


def test_without_a_last_day_it_goes_on(session, ada, grace):
    made = goal(10, by=grace, first_on=date(2026, 5, 1))
    count(did(when=TODAY), did(when=date(2026, 5, 1)), did(when=date(2026, 4, 30)))
    refresh()
    assert value(made) == 2


def test_hours_points_and_projects_are_each_their_own(session, ada, grace):
    made = {metric: goal(100, by=grace, metric=metric) for metric in LeaderboardType}
    count(did(quantity="1.5"), did(PROJECT), did(TASK))
    awarding.award(20, to=ada, by=grace, reason="thanks", now=NOW)
    session.commit()
    refresh()
    assert {metric: value(one) for metric, one in made.items()} == {
        "points": 100 + 10 + 7 + 20,
        "hours": Decimal("1.5"),
        "projects": 1,
    }


def test_points_by_hand_count_on_the_day_of_the_award(session, ada, grace):
    before, after = (goal(10, by=grace, metric="points", **days) for days in (MAY, {"first_on": TODAY}))
    awarding.award(20, to=ada, by=grace, reason="thanks", now=NOW)
    session.commit()
    refresh()
    assert (value(before), value(after)) == (0, 20)


def test_everybody_counts_whoever_they_are_by_now(session, ada, ben, grace):
    made = goal(100, by=grace)
    people.join("Cleo Stone", visibility="unlisted")
    count(did(), did(volunteer_email="ben@example.org"), did(volunteer_email="cleo@example.org"))
    ben.status = "inactive"
    session.commit()
    forgetting.forget(ada, by=people.linus(), now=NOW)
    session.commit()
    refresh()
    assert value(made) == 3


def test_what_a_merged_entry_did_counts_once(session, ada, ben, grace):
    hours, points = goal(100, by=grace), goal(100, by=grace, metric="points")
    count(did(quantity=2, when=MONDAY), did(quantity=3, volunteer_email="ben@example.org", when=TODAY))
    refresh()
    merging.merge(ben, into=ada, by=grace, now=NOW)
    session.commit()
    refresh()
    assert (value(hours), value(points)) == (5, 25)


def test_a_teams_goal_counts_its_active_members_of_now(session, ada, grace):
    north = company.crew("North", 1, 1, 1, 1, by=grace)
    made = goal(100, by=grace, team_id=north.id)
    count(did(quantity=8))
    refresh()
    assert value(made) == 4
    members.put_in(north, [ada.id], by=grace, now=NOW)
    session.commit()
    refresh()
    assert value(made) == 12
    ada.status = "inactive"
    members.touch([north.id], NOW)
    session.commit()
    refresh()
    assert value(made) == 4


def test_a_team_under_three_has_no_figure(session, grace, ada):
    pair = company.crew("Pair", 5, 5, by=grace)
    made = goal(8, by=grace, team_id=pair.id)
    refresh()
    assert (value(made), made.reached_on) == (None, None)
    members.put_in(pair, [ada.id], by=grace, now=NOW)
    session.commit()
    refresh()
    assert (value(made), made.reached_on) == (10, TODAY)


def test_a_goal_in_the_past_is_about_members_of_now_too(session, grace, ada):
    north = company.crew("North", 1, 1, by=grace)
    made = goal(100, by=grace, team_id=north.id, **MAY)
    refresh()
    members.put_in(north, [ada.id], by=grace, now=NOW)
    session.commit()
    refresh()
    assert value(made) == 2


def test_a_late_entry_counts_and_a_reversal_lets_it_fall(session, ada, grace):
    made = goal(3, by=grace, **MAY)
    first, _second = count(did(quantity=2), did(quantity=1, when=MONDAY - DAY))
    refresh()
    assert (value(made), made.reached_on) == (3, TODAY)
    people.take_back(first)
    refresh()
    assert (value(made), made.reached_on) == (1, None)
    later = NOW + 7 * DAY
    count(did(quantity=2, when=MONDAY, external_id="late"), now=later)
    refresh(later)
    assert (value(made), made.reached_on) == (3, later.date())


def test_the_date_on_which_it_was_reached_stays_while_it_holds(session, ada, grace):
    made = goal(1, by=grace)
    count(did())
    refresh()
    count(did(when=TODAY), now=NOW + 2 * DAY)
    refresh(NOW + 2 * DAY)
    assert (value(made), made.reached_on) == (2, TODAY)


def test_less_than_nothing_is_shown_as_nothing(session, ada, grace):
    made = goal(10, by=grace, metric="points", first_on=TODAY)
    count(did(PROJECT, when=MONDAY))
    awarding.award(-20, to=ada, by=grace, reason="a mistake", now=NOW)
    session.commit()
    refresh()
    assert value(made) == -20
    (shown,) = goals.running(NOW)
    assert (shown.value, shown.missing) == (0, 10)


# --- When it is looked at ---------------------------------------------------------------------------------------------


def summed(now=NOW) -> int:
    """How many sums of goals a refresh asks the database for."""
    heard = []
    event.listen(db.engine, "before_cursor_execute", hear := lambda _c, _k, said, *_: heard.append(said))
    refresh(now)
    event.remove(db.engine, "before_cursor_execute", hear)
    return sum(said.startswith("SELECT CAST(sum(") for said in heard)


def test_only_what_was_touched_in_its_dates_is_summed_up_again(session, ada, grace):
    goal(10, by=grace, **MAY), goal(10, by=grace, metric="projects", **MAY)
    assert summed() == 2
    assert summed() == 0
    count(did(when=TODAY))
    assert summed() == 0
    count(did(when=MONDAY))
    assert summed() == 1
    count(did(PROJECT, when=MONDAY))
    assert summed() == 1


def test_a_new_goal_is_due_though_nothing_was_touched(session, ada, grace):
    count(did())
    refresh()
    assert not snapshots.anything_due(NOW)
    made = goal(10, by=grace)
    assert (value(made), snapshots.anything_due(NOW)) == (1, True)
    refresh()
    assert not snapshots.anything_due(NOW)


def test_a_goal_that_was_put_away_is_left_as_it_is(session, ada, grace):
    made = goal(10, by=grace)
    refresh()
    goals.end(made, by=grace, now=NOW)
    goals.end(made, by=grace, now=NOW + DAY)
    session.commit()
    count(did())
    refresh()
    assert (value(made), made.ended_at) == (0, NOW)
    assert goals.running(NOW) == []
    with pytest.raises(NotPossible):
        goals.alter(made, wanted(), by=grace, now=NOW)


# --- What it may be ---------------------------------------------------------------------------------------------------


def wanted(**more) -> Wanted:
    given = {"title": "Together", "metric": LeaderboardType.HOURS, "target": Decimal(10), "team_id": None, **MAY}
    return Wanted(**given | more)


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("target", {"target": Decimal(0)}),
        ("target", {"target": Decimal(-1)}),
        ("target", {"target": Decimal(1_000_000_001)}),
        ("target", {"target": Decimal("1.005")}),
        ("target", {"target": Decimal("1.5"), "metric": LeaderboardType.POINTS}),
        ("target", {"target": Decimal("1.5"), "metric": LeaderboardType.PROJECTS}),
        ("last_on", {"last_on": date(2026, 4, 30)}),
        ("team_id", {"team_id": 99}),
    ],
)
def test_what_no_goal_can_be_is_refused_with_its_field(session, grace, field, more):
    made = goal(10, by=grace)
    for work in (lambda: goals.make(wanted(**more), by=grace, now=NOW), lambda: alter(made, more, grace)):
        with pytest.raises(FieldRefused) as refusal:
            work()
        assert refusal.value.field == field


def alter(made: Goal, more: dict, by) -> None:
    goals.alter(made, wanted(**more), by=by, now=NOW)


def test_the_largest_and_the_smallest_goal_stand(session, grace):
    assert goal(1_000_000_000, by=grace).target == 1_000_000_000
    assert goal("0.01", by=grace, **{"first_on": TODAY, "last_on": TODAY}).target == Decimal("0.01")


def test_a_changed_goal_says_what_it_is_now(session, ada, grace):
    count(did(), did(PROJECT), did(when=TODAY))
    made = goal(2, by=grace)
    refresh()
    assert made.reached_on == TODAY
    goals.alter(made, wanted(metric=LeaderboardType.PROJECTS), by=grace, now=NOW)
    session.commit()
    assert (value(made), made.reached_on) == (1, None)
    refresh()
    records = session.scalars(select(AuditRecord).where(AuditRecord.subject_type == "goals").order_by(AuditRecord.id))
    said = [(one.action, one.before and one.before["metric"], one.after["metric"]) for one in records]
    assert said == [("define", None, "hours"), ("define", "hours", "projects")]


# --- Who sees what ----------------------------------------------------------------------------------------------------


def test_the_nearest_comes_first_and_what_is_reached_last(session, ada, grace):
    count(did(quantity=10))
    for title, target in (("far", 100), ("reached", 10), ("near", 20)):
        goal(target, by=grace, title=title)
    assert [one.title for one in goals.running(NOW)] == ["near", "far", "reached"]


def test_only_what_runs_is_running(session, grace):
    goal(1, by=grace, title="over", first_on=date(2026, 5, 1), last_on=TODAY - DAY)
    goal(1, by=grace, title="last day", first_on=date(2026, 5, 1), last_on=TODAY)
    goal(1, by=grace, title="first day", first_on=TODAY)
    goal(1, by=grace, title="to come", first_on=TODAY + DAY)
    assert [one.title for one in goals.running(NOW)] == ["last day", "first day"]


def test_the_organisations_calendar_says_which_day_it_is(session, grace):
    people.snapshots.organisation.change("time_zone", "Pacific/Kiritimati")
    goal(1, by=grace, title="tomorrow", first_on=TODAY + DAY)
    assert [one.title for one in goals.running(NOW)] == ["tomorrow"]


def test_goals_of_teams_are_for_who_may_know_of_the_team(session, grace, ada, ben):
    user = people.sign_up("Ada Bell", Role.VOLUNTEER, volunteer=ada)
    large, own, small = (
        company.crew("Large", 1, 1, 1, by=grace),
        company.team("Own", ada, by=grace),
        company.team("Small", ben, by=grace),
    )
    for made in (large, own, small):
        goal(10, by=grace, title=made.name, team_id=made.id)
    goal(10, by=grace, title="All")
    names = {
        "a television": goals.running(NOW),
        "ada": goals.running(NOW, viewer=user),
        "ada's own": goals.running(NOW, viewer=user, mine=True),
        "grace": goals.running(NOW, viewer=grace),
    }
    assert {who: {one.title for one in found} for who, found in names.items()} == {
        "a television": {"All"},
        "ada": {"All", "Large", "Own"},
        "ada's own": {"All", "Own"},
        "grace": {"All", "Large", "Own", "Small"},
    }
    members.retire(large, by=grace, now=NOW)
    session.commit()
    assert {one.title for one in goals.running(NOW, viewer=grace)} == {"All", "Own", "Small"}


def test_what_is_over_and_was_reached_is_told_the_latest_first(session, ada, grace):
    count(did(quantity=5))
    for day in (8, 9, 10):
        goal(5, by=grace, title=str(day), first_on=date(2026, 5, 1), last_on=date(2026, 5, day))
    goal(50, by=grace, title="missed", **MAY)
    assert [one.title for one in goals.reached(NOW, viewer=grace)] == ["10", "9", "8"]

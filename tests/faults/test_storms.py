"""Storms over both databases: whatever is killed, frozen, cut off or full, what was acknowledged counts once."""

from sqlalchemy import text

from portal.extensions import db
from portal.jobs import schedule
from tests.faults import faults
from tests.faults.plan import Fault, Plan, draw_faults
from tests.faults.reckoning import Reckoning, reckon
from tests.people import MONDAY

SEED = 20260408
ACTIVITIES, FAULTS, ALONE = 500, 34, 5


def through(storm, **more) -> Reckoning:
    """What comes out of a storm; `more` are faults beside the usual ones."""
    storm.rage(faults.by_name() | more)
    print(found := reckon(storm))
    return found


def with_one_of_each(plan: Plan, number: int, weights: dict[str, int]) -> Plan:
    """So many faults, and one of each kind."""
    drawn = draw_faults(plan, number, weights)
    each = [
        Fault(one.after, kind, one.seed)
        for one, kind in zip(drawn[:: len(drawn) // len(weights)], weights, strict=False)
    ]
    plan.faults = sorted([*drawn, *each], key=lambda one: one.after)
    return plan


def test_the_same_seed_on_the_same_day_makes_the_same_plan():
    one, same, other = (Plan(seed, 60, today=MONDAY) for seed in (1, 1, 2))
    assert one.steps == same.steps != other.steps
    weights = faults.weights(postgresql=True)
    assert draw_faults(one, 20, weights) == draw_faults(same, 20, weights) != draw_faults(other, 20, weights)


def test_nothing_is_lost_or_doubled_in_a_storm(place, brew):
    weights = faults.weights(postgresql=place[1] is not None)
    plan = with_one_of_each(Plan(SEED, ACTIVITIES, volunteers=40), FAULTS, weights)
    found = through(brew(place, plan))
    assert found.complaints() == {}
    assert found.acknowledged > ACTIVITIES
    assert found.faults.total() == len(plan.faults)
    assert found.faults.keys() == weights.keys()


def test_the_work_of_a_killed_worker_is_done_by_another_within_ten_seconds(place, brew):
    plan = Plan(SEED, 250, recorders=4, workers=2, volunteers=20)
    plan.faults = draw_faults(plan, ALONE, faults.named(faults.BLOWS))
    found = through(brew(place, plan, one_at_a_time=True))
    assert found.complaints() == {}
    assert (found.workers_lost, found.faults.total()) == (ALONE, ALONE)
    assert found.longest < 10


def test_four_workers_and_eight_recorders_at_fifty_volunteers_count_what_the_model_counts(place_on_postgresql, brew):
    found = through(brew(place_on_postgresql, Plan(SEED, 400, volunteers=50)))
    assert (found.complaints(), found.turned_away) == ({}, {})


def test_everybody_at_the_same_volunteer_at_once_counts_what_the_model_counts(place, brew):
    found = through(brew(place, Plan(SEED, 80, volunteers=1)))
    assert (found.complaints(), found.turned_away) == ({}, {})


# --- What it would see ----------------------------------------------------------------------------------------------


def test_it_sees_what_is_lost_when_the_bell_is_lost_and_nobody_sweeps(place, brew, monkeypatch):
    kept = tuple(row for row in schedule.TABLE if row.job != "counting.count_pending")
    monkeypatch.setattr(schedule, "TABLE", kept)
    plan = Plan(SEED, 80, recorders=2, workers=1)
    plan.faults = [Fault(40, "no_bell_any_more", 0)]
    found = through(brew(place, plan, patience=3), no_bell_any_more=lambda storm, _random: storm.redis.kill())
    assert found.lost > 0
    assert (found.doubled, found.faults.total()) == (0, 1)


def test_it_sees_what_is_doubled_when_nothing_says_that_it_was_there(place, brew, monkeypatch):
    monkeypatch.setattr("portal.domain.recording.learn_ids", lambda known, rows, source: None)
    storm = brew(place, Plan(SEED, 80, recorders=2, workers=1), patience=8)
    drop_key(storm.app)
    found = through(storm)
    assert found.doubled > 0
    assert found.other_answers > 0
    assert found.unlike_the_model


def drop_key(app) -> None:
    """The database does not say that an id is taken any more."""
    with app.app_context(), db.engine.begin() as one:
        one.execute(text("DROP INDEX uq_activities_source_external_id"))

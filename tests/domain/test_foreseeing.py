"""Who would earn an achievement today: the very people who do once it is saved, and the points that it costs."""

from datetime import UTC, datetime

import pytest

from portal.domain import assessing, doctor, foreseeing, points
from portal.domain.achievements import Achievement
from portal.domain.volunteers import Status
from portal.extensions import db
from tests import people, reading
from tests.people import MONDAY, PROJECT, TASK, days, define, did, medal

SOON = datetime(2026, 5, 20, 13, tzinfo=UTC)
CRITERIA = [
    ("hours_logged", {"hours_required": 5}, True),
    ("tasks_completed", {"tasks_required": 3}, False),
    ("consecutive_days", {"days_required": 2}, True),
    ("custom", {"by_hand": True}, True),
    (
        "custom",
        {
            "match": "all",
            "conditions": [
                {"metric": "hours", "at_least": 6, "within_days": 3, "tag": "soup"},
                {"metric": "projects", "at_least": 1},
            ],
        },
        False,
    ),
    (
        "custom",
        {
            "match": "any",
            "conditions": [{"metric": "hours", "at_least": 7}, {"metric": "projects", "at_least": 1, "tag": "soup"}],
        },
        False,
    ),
    ("custom", {"match": "all", "conditions": [{"metric": "days_active", "at_least": 3}]}, False),
    (
        "custom",
        {
            "match": "all",
            "conditions": [
                {"metric": "longest_week_streak", "at_least": 1},
                {"metric": "longest_streak", "at_least": 2},
            ],
        },
        False,
    ),
]
"""Of every kind: whoever has done enough must not be overlooked."""


@pytest.fixture
def crowd(session, nothing_to_earn) -> list[int]:
    """Nine people: the first did least."""
    who = [people.join(f"Helper{number} Bell") for number in range(9)]
    for number, one in enumerate(who):
        more = {"volunteer_email": one.email, "tags": "soup"}
        rows = [did(quantity=number, when=MONDAY, **more)] if number else []
        people.count(
            *rows, *days(*range(0, number, 2), kind=TASK, **more), *days(*range(number // 3), kind=PROJECT, **more)
        )
    return [one.id for one in who]


def foresee(draft: Achievement, enough=lambda: False) -> dict[int, tuple[int, int]]:
    """(times, points) by volunteer, looked at until the end."""
    found, after, finished = [], 0, False
    while not finished:
        outlook = foreseeing.look(draft, after=after, enough=enough)
        found, after, finished = found + outlook.earners, outlook.last_id, outlook.finished
    return {one.volunteer_id: (one.times, one.points) for one in found}


def totals(who: list[int]) -> dict[int, int]:
    return {volunteer_id: points.balance_of(volunteer_id).total_points for volunteer_id in who}


@pytest.mark.parametrize(("kind", "criteria", "repeatable"), CRITERIA)
def test_it_names_those_who_then_earn_it_and_what_it_costs(crowd, kind, criteria, repeatable):
    badge = medal(15)
    draft = Achievement(
        id=0, achievement_type=kind, criteria=criteria, points_reward=7, is_repeatable=repeatable, is_active=True
    )
    draft.badge, draft.badge_id = badge, badge.id
    before, at_first = totals(crowd), reading.dump()

    foreseen = foresee(draft)

    assert draft not in db.session
    db.session.commit()
    assert reading.dump() == at_first, "nothing is written"
    made = define(kind, criteria, reward=7, badge=badge, is_repeatable=repeatable)
    assessing.request(made, quiet=True, now=SOON)
    while assessing.go_on(SOON):
        db.session.commit()
    after = totals(crowd)
    gained = {who: after[who] - before[who] for who in crowd if after[who] != before[who]}
    assert {who: sum_ for who, (_times, sum_) in foreseen.items()} == gained
    assert bool(gained) == ("by_hand" not in criteria)
    looked_at = reading.dump()
    people.settle(*crowd, now=SOON)
    assert reading.dump() == looked_at, "looking at everything finds nothing that was overlooked"
    assert doctor.examine(SOON).differences == []


def test_a_changed_one_is_foreseen_for_those_who_lack_it(crowd):
    made = define("tasks_completed", {"tasks_required": 4}, reward=10)
    people.settle(*crowd)
    eased = Achievement(
        id=made.id, achievement_type=made.achievement_type, criteria={"tasks_required": 3}, points_reward=10
    )
    eased.is_active, eased.is_repeatable = True, False
    assert sorted(foresee(eased)) == crowd[5:7], "the last two have done four"


def test_a_look_may_come_in_pieces_and_passes_over_who_left(crowd, monkeypatch):
    monkeypatch.setattr(foreseeing, "AT_ONCE", 2)
    draft = Achievement(id=0, achievement_type="tasks_completed", criteria={"tasks_required": 1}, points_reward=5)
    draft.is_active, draft.is_repeatable = True, False
    whole = foresee(draft)
    assert foresee(draft, enough=lambda: True) == whole
    assert sorted(whole) == crowd[1:]
    db.session.get_one(people.Volunteer, crowd[4]).status = Status.INACTIVE
    db.session.commit()
    assert crowd[4] not in foresee(draft)
    assert foreseeing.everybody() == 8

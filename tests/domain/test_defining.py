"""Definitions: checked, written down, and never changed under what somebody has earned."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.domain import assessing, defining
from portal.domain.achievements import Achievement
from portal.domain.achievements.criteria import CriteriaRefused
from portal.domain.audit import AuditRecord
from portal.domain.badges import Badge
from portal.domain.defining import NameTaken
from portal.domain.points import PointRule
from portal.domain.refusals import FieldRefused, NotPossible
from portal.extensions import db
from tests import people
from tests.people import NOW

VALUES = {
    "name": "River Keeper",
    "description": "The kingfishers are back.",
    "achievement_type": "hours_logged",
    "criteria": {"hours_required": 2},
    "points_reward": 75,
}
BADGE = {"name": "Kingfisher", "description": "x", "category": "special", "rarity": "rare", "points_value": 10}


@pytest.fixture
def linus(session):
    """Linus is admin."""
    return people.linus()


def save(linus, achievement: Achievement | None = None, **values) -> Achievement:
    """Saves an achievement as a door does."""
    made = defining.save_achievement(achievement or Achievement(), VALUES | values, by=linus, now=NOW, quiet=True)
    db.session.commit()
    return made


def assess(session) -> None:
    while assessing.go_on(NOW):
        session.commit()


RUN = {"metric": "longest_week_streak", "at_least": 3}


@pytest.mark.parametrize(
    ("kind", "criteria", "key"),
    [
        ("hours_logged", {"hours_required": 0}, "hours_required"),
        ("hours_logged", {"hours_required": -1}, "hours_required"),
        ("hours_logged", {"hours_required": True}, "hours_required"),
        ("hours_logged", {"hours_required": "2"}, "hours_required"),
        ("hours_logged", {"hours_required": float("nan")}, "hours_required"),
        ("hours_logged", {"hours_required": float("inf")}, "hours_required"),
        ("hours_logged", {"hours_required": 10**400}, "hours_required"),
        ("hours_logged", {"hours_required": None}, "hours_required"),
        ("hours_logged", {"hours_required": [2]}, "hours_required"),
        ("hours_logged", {"hours_required": 2.001}, "hours_required"),
        ("hours_logged", {}, "hours_required"),
        ("hours_logged", {"hours_required": 2, "certified": True}, "certified"),
        ("hours_logged", [2], "criteria"),
        ("tasks_completed", {"tasks_required": 2.5}, "tasks_required"),
        ("skills_acquired", {"skills_required": 2, "certified": 1}, "certified"),
        ("consecutive_days", {"days_required": 1_000_001}, "days_required"),
        ("custom", {"by_hand": 1}, "by_hand"),
        ("custom", {"by_hand": False}, "by_hand"),
        ("custom", {"match": "all", "conditions": []}, "conditions"),
        ("custom", {"match": "all", "conditions": [{"metric": "hours", "at_least": 2}] * 6}, "conditions"),
        ("custom", {"match": "some", "conditions": [{"metric": "hours", "at_least": 2}]}, "match"),
        ("custom", {"match": "any", "conditions": [{"metric": "hours", "at_least": 2}], "by": 1}, "by"),
        (
            "custom",
            {"match": "any", "conditions": [{"metric": "hours", "at_least": 2}, {"metric": "hours"}]},
            "conditions.1.at_least",
        ),
        ("custom", {"match": "any", "conditions": [{"metric": "cakes", "at_least": 2}]}, "conditions.0.metric"),
        ("custom", {"match": "any", "conditions": [{"metric": "tasks", "at_least": 1.5}]}, "conditions.0.at_least"),
        (
            "custom",
            {"match": "any", "conditions": [{"metric": "hours", "at_least": 2, "within_days": 0}]},
            "conditions.0.within_days",
        ),
        (
            "custom",
            {"match": "any", "conditions": [{"metric": "hours", "at_least": 2, "tag": " "}]},
            "conditions.0.tag",
        ),
        (
            "custom",
            {"match": "any", "conditions": [{"metric": "hours", "at_least": 2, "certified": True}]},
            "conditions.0.certified",
        ),
        ("custom", {"match": "any", "conditions": [["hours"]]}, "conditions.0.criteria"),
        ("custom", {"match": "any", "conditions": [RUN | {"within_days": 9}]}, "conditions.0.within_days"),
        ("custom", {"match": "any", "conditions": [RUN | {"tag": "youth"}]}, "conditions.0.tag"),
    ],
)
def test_criteria_that_make_no_sense_are_refused_with_key_and_reason(linus, session, kind, criteria, key):
    with pytest.raises(CriteriaRefused) as refusal:
        save(linus, achievement_type=kind, criteria=criteria)
    assert refusal.value.key == key
    assert refusal.value.reason
    session.rollback()
    assert session.scalar(select(Achievement.id).where(Achievement.name == "River Keeper")) is None


def test_a_name_is_taken_once_for_each_sort(linus, session):
    save(linus)
    with pytest.raises(NameTaken):
        save(linus)
    session.rollback()
    defining.save_badge(Badge(), BADGE | {"name": "River Keeper"}, by=linus, now=NOW)
    with pytest.raises(NameTaken):
        defining.save_badge(session.get(Badge, 2), BADGE | {"name": "River Keeper"}, by=linus, now=NOW)


def test_saving_under_its_own_name_is_no_collision(linus):
    made = save(linus)
    assert save(linus, made, points_reward=80).points_reward == 80


def test_the_kind_of_an_achievement_stays(linus, session, ada):
    people.count(people.did(quantity=3))
    made = save(linus)
    assess(session)
    with pytest.raises(FieldRefused) as refusal:
        save(linus, made, achievement_type="tasks_completed", criteria={"tasks_required": 1})
    assert refusal.value.field == "achievement_type"
    session.rollback()
    people.count(people.did(quantity=3, when=people.MONDAY + people.DAY))
    assert len([one for one in people.completions(ada) if one.achievement_id == made.id]) == 1


def test_what_counts_already_cannot_be_left_out_later(linus, session, ada):
    people.count(people.did(quantity=3))
    made = save(linus)
    assess(session)
    with pytest.raises(FieldRefused) as refusal:
        save(linus, made, counts_from=NOW)
    assert refusal.value.field == "counts_from"
    session.rollback()
    late = save(linus, name="Late", counts_from=NOW)
    with pytest.raises(FieldRefused):
        save(linus, late, name="Late", counts_from=NOW + timedelta(days=1))
    session.rollback()
    save(linus, late, name="Late", counts_from=NOW - timedelta(days=1))
    save(linus, late, name="Late", counts_from=None)
    assess(session)
    assert {one.achievement_id for one in people.completions(ada)} >= {made.id, late.id}


def test_harder_criteria_take_nothing_back(linus, session, ada):
    people.count(people.did(quantity=3))
    made = save(linus)
    assess(session)
    total = people.total(ada)
    save(linus, made, criteria={"hours_required": 500}, points_reward=1)
    assess(session)
    people.settle(ada.id)
    assert people.total(ada) == total


def test_a_retired_definition_takes_nothing_back_and_gives_nothing(linus, session, ada, ben):
    people.count(people.did(quantity=3))
    made = save(linus)
    assess(session)
    defining.set_active(made, False, by=linus, now=NOW)
    session.commit()
    people.count(people.did(quantity=3, volunteer_email="ben@example.org"))
    assert made.id in {one.achievement_id for one in people.completions(ada)}
    assert made.id not in {one.achievement_id for one in people.completions(ben)}
    defining.set_active(made, True, by=linus, now=NOW)
    session.commit()
    assess(session)
    assert made.id in {one.achievement_id for one in people.completions(ben)}


def test_retiring_what_is_retired_is_not_written_down_again(linus, session):
    badge = session.get(Badge, 1)
    for _twice in range(2):
        defining.set_active(badge, False, by=linus, now=NOW)
    session.commit()
    assert len(session.execute(select(AuditRecord.id)).all()) == 1


def test_what_was_earned_and_taken_back_cannot_be_deleted_either(linus, session, ada):
    ids = people.count(people.did(quantity=3))
    people.take_back(*ids)
    for delete, row in (
        (defining.delete_badge, session.get(Badge, 1)),
        (defining.delete_achievement, session.get(Achievement, 1)),
    ):
        with pytest.raises(NotPossible, match="Retire it instead"):
            delete(row, by=linus, now=NOW)


def test_a_deleted_achievement_leaves_no_progress_and_no_assessment(linus, session, ada):
    people.count(people.did(quantity=1))
    made = save(linus, criteria={"hours_required": 100})
    assess(session)
    number = made.id
    defining.delete_achievement(made, by=linus, now=NOW)
    session.commit()
    assert session.get(Achievement, number) is None
    people.settle(ada.id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"per_unit": -1}, "per_unit"),
        ({"per_unit": Decimal("NaN")}, "per_unit"),
        ({"per_unit": Decimal("0.001")}, "per_unit"),
        ({"minimum": 3, "maximum": 2}, "minimum"),
        ({"daily_cap": 100_001}, "daily_cap"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(linus, session, values, field):
    rule = session.get(PointRule, "hours_logged")
    nothing = {"per_unit": 5, "minimum": None, "maximum": None, "daily_cap": None}
    with pytest.raises(FieldRefused) as refusal:
        defining.save_rule(rule, nothing | values, by=linus, now=NOW)
    assert refusal.value.field == field

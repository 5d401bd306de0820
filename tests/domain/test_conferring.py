"""Achievements by hand: a completion with its reward and badge, and back again."""

import pytest
from sqlalchemy import select

from portal.domain import activities, awarding, conferring, doctor, undoing
from portal.domain.achievements import VolunteerAchievement
from portal.domain.notifications import Notification
from portal.domain.refusals import NotPossible
from portal.extensions import db
from tests import people
from tests.people import NOW, changes, define, did, medal

BY_HAND = {"by_hand": True}


@pytest.fixture
def heart(session, nothing_to_earn):
    """Heart of the house: 30 points and a medal of 50, again and again."""
    return define("custom", BY_HAND, reward=30, badge=medal(50), name="Heart of the house", is_repeatable=True)


def confer(what, who, by, **more):
    given = conferring.confer(what, to=who, by=by, reason="The fair", now=NOW, **more)
    db.session.commit()
    return given


def take_back(given, by) -> int:
    points = conferring.take_back(given, by=by, reason="a mix-up", now=NOW)
    db.session.commit()
    return points


def in_order() -> bool:
    return doctor.examine(NOW).differences == []


def progress(who) -> tuple:
    (row,) = db.session.query(VolunteerAchievement).filter_by(volunteer_id=who.id).all()
    return row.times_completed, row.current_progress, row.is_completed


def test_it_brings_its_reward_and_its_badge(session, ada, grace, heart):
    given = confer(heart, ada, grace)
    assert changes(ada) == [30, 50]
    assert [one.completion_id for one in people.badges(ada)] == [given.id]
    assert progress(ada) == (1, 0, True)
    (news,) = session.scalars(select(Notification).where(Notification.volunteer_id == ada.id))
    assert (news.kind, news.data["completion_id"]) == ("achievement", given.id)
    assert in_order()


def test_each_time_it_brings_its_reward_again_and_its_badge_once(session, ada, grace, heart):
    confer(heart, ada, grace)
    confer(heart, ada, grace)
    assert changes(ada) == [30, 50, 30]
    assert [one.nth for one in people.completions(ada)] == [1, 2]
    assert progress(ada)[0] == 2
    assert in_order()


def test_what_is_not_repeatable_is_given_once(session, ada, grace, nothing_to_earn):
    once = define("custom", BY_HAND, reward=5)
    confer(once, ada, grace)
    with pytest.raises(NotPossible, match="has this already"):
        confer(once, ada, grace)


def test_what_can_be_counted_is_not_given_by_hand_nor_what_is_retired_nor_to_oneself(session, ada, grace, heart):
    counted = define("tasks_completed", {"tasks_required": 1})
    with pytest.raises(NotPossible, match="cannot be given by hand"):
        confer(counted, ada, grace)
    grace.volunteer = ada
    with pytest.raises(NotPossible, match="yourself"):
        confer(heart, ada, grace)
    grace.volunteer, heart.is_active = None, False
    with pytest.raises(NotPossible, match="cannot be given by hand"):
        confer(heart, ada, grace)
    assert conferring.choices() == []


def test_taken_back_it_is_as_if_it_had_never_been_given(session, ada, grace, heart):
    given = confer(heart, ada, grace)
    assert take_back(given, grace) == 80
    assert changes(ada) == [30, 50, -30, -50]
    assert people.badges(ada) == []
    assert session.query(VolunteerAchievement).all() == []
    with pytest.raises(NotPossible, match="taken back already"):
        take_back(given, grace)
    again = people.completions(ada, live=False)[0]
    assert (again.reversed_reason, again.reversed_by_id) == ("a mix-up", grace.id)
    assert in_order()


def test_another_one_carries_the_badge_on(session, ada, grace, heart):
    first, second = confer(heart, ada, grace), confer(heart, ada, grace)
    assert take_back(first, grace) == 30
    assert [one.completion_id for one in people.badges(ada)] == [second.id]
    assert people.total(ada) == 80
    third = confer(heart, ada, grace)
    assert third.nth == 1
    assert in_order()


def test_what_waits_is_counted_first_and_is_news_of_its_own(session, ada, grace, heart):
    task = define("tasks_completed", {"tasks_required": 1}, reward=3)
    given = confer(heart, ada, grace)
    people.record(did("task_completed", 1))
    take_back(given, grace)
    news = session.scalars(select(Notification.data).where(Notification.kind == "achievement")).all()
    assert task.id in [one["achievement_id"] for one in news]
    assert in_order()


def test_what_a_group_was_given_is_undone_as_one(session, ada, grace, heart):
    ben = people.join("Ben Okafor")
    batch = activities.group("The fair", size=2, by=grace, now=NOW)
    for who in (ada, ben):
        confer(heart, who, grace, batch_id=batch.id)
    assert [one.id for one in undoing.everybody(batch, 9)] == [ada.id, ben.id]
    losses = undoing.preview(batch, by=grace, now=NOW)
    assert (losses.people, losses.points, losses.achievements[heart.id]) == (2, 160, 2)
    undoing.request(batch, by=grace, reason="wrong list", now=NOW)
    while undoing.go_on(NOW):
        db.session.commit()
    assert [people.total(who) for who in (ada, ben)] == [0, 0]
    assert people.badges(ben) == []
    assert undoing.people(batch) == 0
    assert in_order()


def test_a_badge_given_besides_stays(session, ada, grace, heart):
    awarding.grant(heart.badge, to=ada, by=grace, reason="before", now=NOW)
    given = confer(heart, ada, grace)
    assert take_back(given, grace) == 30
    assert len(people.badges(ada)) == 1
    assert in_order()

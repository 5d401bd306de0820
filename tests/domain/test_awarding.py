"""By hand: with a reason, within limits, never to oneself, and never below nothing."""

import pytest
from sqlalchemy import select

from portal.domain import awarding, organisation
from portal.domain.audit import AuditRecord
from portal.domain.leaderboards import BoardTouch
from portal.domain.notifications import Notification
from portal.domain.refusals import NotPossible
from tests import people
from tests.people import NOW, medal

pytestmark = pytest.mark.usefixtures("nothing_to_earn")


def give(amount: int, ada, grace, **more):
    return awarding.award(amount, to=ada, by=grace, reason="You stayed until two.", now=NOW, **more)


def test_points_are_given_with_a_reason_and_all_that_belongs_to_it(session, ada, grace):
    given = give(25, ada, grace, note="And you sang.")
    session.commit()
    (row,) = people.ledger(ada)
    assert (row.points_change, row.award_id, row.awarded_by_id, row.event_type) == (
        *(25, given.id, grace.id),
        "manual_adjustment",
    )
    assert (people.total(ada), given.reason, given.note) == (25, "You stayed until two.", "And you sang.")
    assert session.scalars(select(AuditRecord.action)).all() == ["award"]
    assert session.scalars(select(Notification.data)).all() == [{"award_id": given.id}]
    assert session.scalars(select(BoardTouch.leaderboard_type)).all() == ["points"]


def test_points_can_be_taken_but_never_below_nothing(session, ada, grace):
    give(25, ada, grace)
    give(-20, ada, grace)
    with pytest.raises(NotPossible, match="has only 5 points"):
        give(-6, ada, grace)
    session.commit()
    assert people.changes(ada) == [25, -20]


def test_nobody_gives_anything_to_themself(session, ada):
    ada_coordinates = people.sign_up("Ada Bell", "coordinator", volunteer=ada)
    with pytest.raises(NotPossible, match="yourself"):
        give(5, ada, ada_coordinates)
    with pytest.raises(NotPossible, match="yourself"):
        awarding.grant(medal(), to=ada, by=ada_coordinates, reason="Me!", now=NOW)


@pytest.mark.parametrize("amount", [0, 501, -501])
def test_a_coordinator_has_a_limit(session, ada, grace, amount):
    with pytest.raises(NotPossible):
        give(amount, ada, grace)
    assert people.changes(ada) == []


def test_an_admin_has_none_and_the_limit_is_a_setting(session, ada, grace):
    give(5_000, ada, people.linus())
    organisation.change("largest_award", 10)
    with pytest.raises(NotPossible, match="At most 10 points"):
        give(11, ada, grace)


def test_who_is_not_active_is_given_nothing(session, ada, grace):
    ada.status = "inactive"
    session.commit()
    with pytest.raises(NotPossible, match="not active"):
        give(5, ada, grace)


def test_everybody_is_there_once_in_order(session, ada, ben):
    assert awarding.in_order([ben, ada, ben]) == [ada, ben]


def test_a_badge_is_given_with_its_points(session, ada, grace):
    badge = medal(30)
    held = awarding.grant(badge, to=ada, by=grace, reason="Three nights", now=NOW)
    session.commit()
    assert people.changes(ada) == [30]
    assert (held.earned_reason, held.awarded_by_id, held.completion_id) == ("Three nights", grace.id, None)


def test_a_badge_is_held_once(session, ada, grace):
    badge = medal()
    awarding.grant(badge, to=ada, by=grace, reason="One", now=NOW)
    with pytest.raises(NotPossible, match="holds this badge already"):
        awarding.grant(badge, to=ada, by=grace, reason="Two", now=NOW)


def test_a_retired_badge_is_not_given(session, ada, grace):
    with pytest.raises(NotPossible, match="retired"):
        awarding.grant(medal(is_active=False), to=ada, by=grace, reason="Old", now=NOW)


def test_a_badge_that_is_taken_back_takes_its_points_along_and_stays_in_the_record(session, ada, grace):
    held = awarding.grant(medal(30), to=ada, by=grace, reason="Three nights", now=NOW)
    held.is_showcased, held.showcase_position = True, 1
    awarding.revoke(held, by=grace, reason="It was Ben.", now=NOW)
    session.commit()
    assert people.changes(ada) == [30, -30]
    assert (held.revoked_by_id, held.revoked_reason, held.is_showcased) == (grace.id, "It was Ben.", False)
    with pytest.raises(NotPossible, match="already"):
        awarding.revoke(held, by=grace, reason="Again", now=NOW)


def test_a_badge_can_be_given_again_after_it_was_taken_back(session, ada, grace):
    badge = medal(30)
    held = awarding.grant(badge, to=ada, by=grace, reason="One", now=NOW)
    awarding.revoke(held, by=grace, reason="A mistake", now=NOW)
    awarding.grant(badge, to=ada, by=grace, reason="No mistake", now=NOW)
    session.commit()
    assert people.total(ada) == 30


def test_nobody_takes_back_their_own(session, ada, grace):
    held = awarding.grant(medal(), to=ada, by=grace, reason="Thanks", now=NOW)
    ada_coordinates = people.sign_up("Ada Bell", "coordinator", volunteer=ada)
    with pytest.raises(NotPossible, match="Somebody else"):
        awarding.revoke(held, by=ada_coordinates, reason="Modesty", now=NOW)


def test_a_badge_without_points_touches_the_ledger_no_more_than_the_boards(session, ada, grace):
    awarding.grant(medal(0), to=ada, by=grace, reason="Thanks", now=NOW)
    session.commit()
    assert people.changes(ada) == []
    assert session.scalars(select(BoardTouch.id)).all() == []

"""Hours that volunteers log themselves count once somebody else said yes."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.domain import reviewing
from portal.domain.activities import Activity
from portal.domain.audit import AuditRecord
from portal.domain.notifications import News, Notification
from portal.domain.refusals import NotPossible
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, did, record


def logged(quantity: object = 2, *, when=MONDAY, **more) -> int:
    """Hours that Ada, or somebody else who is named, logged themself."""
    (verdict,) = record(did(HOURS, quantity, when=when, **more), source="portal", status="awaiting_review")
    return verdict.activity_id


@pytest.fixture
def waiting(session, ada, nothing_to_earn) -> Activity:
    """Two hours of Ada's that wait."""
    return session.get_one(Activity, logged())


def news(session) -> list[str]:
    return list(session.scalars(select(Notification.kind).order_by(Notification.id)))


def test_hours_count_after_a_yes(session, ada, grace, waiting):
    reviewing.confirm(waiting, by=grace, now=NOW)
    session.commit()
    assert (waiting.status, waiting.reviewed_by_id, waiting.reviewed_at) == ("pending", grace.id, NOW)
    people.settle()
    assert people.total(ada) == 10
    assert news(session) == [News.HOURS_CONFIRMED]


def test_hours_that_are_turned_down_say_why_and_bring_nothing(session, ada, grace, waiting):
    reviewing.turn_down(waiting, by=grace, reason="We were closed that day.", now=NOW)
    session.commit()
    people.settle()
    assert (waiting.status, waiting.reason) == ("rejected", "We were closed that day.")
    assert people.total(ada) == 0
    assert news(session) == [News.HOURS_TURNED_DOWN]


def test_nobody_confirms_their_own(session, ada, waiting):
    ada_coordinates = people.sign_up("Ada Bell", "coordinator", volunteer=ada)
    with pytest.raises(NotPossible, match="Somebody else"):
        reviewing.confirm(waiting, by=ada_coordinates, now=NOW)
    session.rollback()
    assert waiting.status == "awaiting_review"


def test_what_somebody_decided_is_not_decided_again(session, grace, waiting):
    reviewing.turn_down(waiting, by=grace, reason="No.", now=NOW)
    session.commit()
    with pytest.raises(NotPossible, match="already"):
        reviewing.confirm(waiting, by=grace, now=NOW)
    session.rollback()
    assert (waiting.status, waiting.reason) == ("rejected", "No.")


def test_a_decision_is_written_down(session, grace, waiting):
    reviewing.confirm(waiting, by=grace, now=NOW)
    session.commit()
    record_ = session.scalars(select(AuditRecord).where(AuditRecord.action == "review")).one()
    assert (record_.actor_id, record_.subject_id, record_.after) == (grace.id, waiting.id, {"status": "pending"})


def test_what_counts_is_not_withdrawn(session, grace, waiting):
    reviewing.confirm(waiting, by=grace, now=NOW)
    session.commit()
    people.settle()
    with pytest.raises(NotPossible, match="counts already"):
        reviewing.withdraw(waiting, by=grace, now=NOW)


def test_the_oldest_wait_in_front_and_pages_follow_each_other(session, ada, nothing_to_earn):
    ids = [logged(when=MONDAY + number * DAY) for number in range(3)]
    first = reviewing.waiting(2)
    assert [one.id for one in first] == ids[:2]
    assert [one.id for one in reviewing.waiting(2, after=first[-1])] == ids[2:]
    assert reviewing.how_much_waits() == (3, Decimal(6))


def test_hours_of_that_day_from_elsewhere_are_perhaps_twice(session, ada, ben, waiting):
    record(did(HOURS, "1.5"), did(HOURS, 3, when=MONDAY + DAY), source="csv")
    record(did(HOURS, 3, volunteer_email="ben@example.org"), source="csv")
    found = reviewing.doubts([waiting])
    assert {number: (doubt.elsewhere, doubt.source) for number, doubt in found.items()} == {
        waiting.id: (Decimal("1.5"), "csv")
    }


def test_what_was_turned_down_elsewhere_raises_no_doubt(session, ada, grace, waiting):
    (verdict,) = record(did(HOURS, 1), source="other", status="awaiting_review")
    reviewing.turn_down(session.get_one(Activity, verdict.activity_id), by=grace, reason="No.", now=NOW)
    session.commit()
    assert reviewing.doubts([waiting]) == {}


def test_three_times_the_usual_hours_are_worth_a_second_look(session, ada, nothing_to_earn):
    people.count(*(did(HOURS, 2, when=MONDAY - number * DAY) for number in range(1, 6)), source="portal")
    usual, unusual = logged("5.9"), logged(6, when=MONDAY + DAY)
    found = reviewing.doubts([session.get_one(Activity, one) for one in (usual, unusual)])
    assert {number: doubt.usual for number, doubt in found.items()} == {unusual: Decimal(2)}

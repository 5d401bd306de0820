"""What a reversal takes away is shown before, exactly; and looking changes nothing."""

import pytest
from sqlalchemy import select

from portal.domain import corrections
from portal.domain.activities import Activity
from portal.domain.audit import AuditRecord
from portal.domain.notifications import News, Notification
from portal.domain.refusals import NotPossible
from tests import people, reading
from tests.people import DAY, HOURS, MONDAY, NOW, TASK, count, did, record


def hours(quantity: object, day: int = 0):
    return did(HOURS, quantity, when=MONDAY + day * DAY)


def preview(session, activity_id: int, grace) -> corrections.Loss:
    loss = corrections.preview(session.get_one(Activity, activity_id), by=grace, now=NOW)
    session.rollback()
    return loss


def reverse(session, activity_id: int, grace) -> None:
    corrections.reverse(session.get_one(Activity, activity_id), by=grace, reason="Twice.", now=NOW)
    session.commit()


def test_what_is_shown_is_what_goes(session, ada, grace):
    first, second = count(hours(6), hours(6, 1))
    before, held = people.total(ada), {one.badge_id for one in people.badges(ada)}
    loss = preview(session, second, grace)
    reverse(session, second, grace)
    assert before - people.total(ada) == loss.points == 30 + 25
    assert loss.achievement_ids == [2]
    assert held - {one.badge_id for one in people.badges(ada)} == set(loss.badge_ids) == set()
    loss = preview(session, first, grace)
    reverse(session, first, grace)
    assert people.total(ada) == 0
    assert (loss.points, loss.achievement_ids, loss.badge_ids) == (30 + 10 + 10, [1], [1])


def test_looking_changes_nothing(session, ada, grace):
    (activity,) = count(hours(6))
    before = reading.dump()
    preview(session, activity, grace)
    assert reading.dump() == before


def test_what_still_waits_to_be_counted_is_no_part_of_the_loss(session, ada, grace):
    (activity,) = count(hours(6))
    record(did(TASK, 5, when=MONDAY + DAY))
    assert preview(session, activity, grace).points == 30 + 10 + 10


def test_a_day_gives_back_what_the_activity_made_of_it(session, ada, grace, nothing_to_earn):
    (first, *_rest) = count(*(did(HOURS, "0.1", external_id=str(number)) for number in range(4)))
    assert people.total(ada) == 2
    loss = preview(session, first, grace)
    reverse(session, first, grace)
    assert (loss.points, people.total(ada)) == (1, 1)


def test_the_place_goes_with_the_points(session, ada, ben, grace, nothing_to_earn):
    (hers, _his) = count(hours(6), did(HOURS, 2, volunteer_email="ben@example.org"))
    loss = preview(session, hers, grace)
    assert (loss.place, loss.place_after) == (1, None)


def test_who_is_unlisted_has_no_place_to_lose(session, ada, grace):
    ada.visibility = "unlisted"
    session.commit()
    (activity,) = count(hours(6))
    loss = preview(session, activity, grace)
    assert (loss.place, loss.place_after) == (None, None)


def test_what_does_not_count_is_not_taken_back(session, ada, grace):
    (verdict,) = record(hours(1))
    with pytest.raises(NotPossible, match="does not count"):
        preview(session, session.get_one(Activity, verdict.activity_id).id, grace)
    session.rollback()
    (activity,) = count(hours(6, 1))
    reverse(session, activity, grace)
    with pytest.raises(NotPossible, match="does not count"):
        reverse(session, activity, grace)


def test_nobody_corrects_their_own(session, ada):
    ada_coordinates = people.sign_up("Ada Bell", "coordinator", volunteer=ada)
    (activity,) = count(hours(1))
    with pytest.raises(NotPossible, match="Somebody else"):
        reverse(session, activity, ada_coordinates)


def test_a_reversal_is_told_and_written_down(session, ada, grace):
    (activity,) = count(hours(1))
    reverse(session, activity, grace)
    told = session.scalars(select(Notification).where(Notification.kind == News.CORRECTION)).one()
    noted = session.scalars(select(AuditRecord).where(AuditRecord.action == "reverse")).one()
    assert (told.data, noted.actor_id, noted.subject_id) == ({"activity_id": activity}, grace.id, activity)

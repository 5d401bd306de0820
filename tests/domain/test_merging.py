"""The same person twice: one entry is emptied into the other, and everything stands as if it had always been one."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.domain import accounts, awarding, conferring, corrections, doctor, merging, pauses, pausing, undoing
from portal.domain.accounts import Role
from portal.domain.achievements import Achievement
from portal.domain.activities import Activity, group
from portal.domain.audit import AuditRecord
from portal.domain.notifications import Notification
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Status, Visibility, Volunteer
from portal.extensions import db
from tests import people, reading
from tests.people import HOURS, MONDAY, NOW, REFERRAL, TASK, count, define, did, medal

ADA, BEN = {"volunteer_email": "ada@example.org"}, {"volunteer_email": "ben@example.org"}
LATER = NOW + timedelta(hours=1)


def merge(other: Volunteer, into: Volunteer, by) -> merging.Merged:
    """Merges, as the page does."""
    found = merging.merge(other, into=into, by=by, now=LATER)
    db.session.commit()
    return found


def sound() -> bool:
    """Whether the doctor finds nothing, boards included."""
    people.refresh(LATER)
    assert doctor.examine(LATER).differences == []
    return True


def state_of(who: Volunteer):
    """What somebody has, without dates of completions."""
    return reading.undated(reading.states())[who.email]


def test_it_is_as_if_everything_had_been_recorded_for_one(session, grace, ada, ben):
    cleo = people.join("Cleo Stone")
    rows = [
        *people.days(0, 1, 2, 4, kind=HOURS),
        *people.days(3, 5, 6, 7, kind=HOURS),
        *(did(TASK, 3, when=MONDAY + number * people.DAY) for number in range(12)),
    ]
    for number, row in enumerate(rows):
        whose = ADA if number % 3 else BEN
        count(did(row.event_type, row.quantity, row.occurred_at, **whose))
        count(did(row.event_type, row.quantity, row.occurred_at, volunteer_email="cleo@example.org"))
    merge(ben, ada, grace)
    assert state_of(ada) == state_of(cleo)
    assert (people.total(ben), people.badges(ben), people.completions(ben)) == (0, [], [])
    assert sound()


def test_the_others_ledger_is_closed_by_opposite_rows(session, grace, ada, ben, nothing_to_earn):
    count(did(HOURS, 2, **BEN), did(HOURS, "0.5", when=MONDAY + people.DAY, **BEN))
    merge(ben, ada, grace)
    assert people.changes(ben) == [10, 2, -2, -10]
    assert people.changes(ada) == [10, 2]
    assert [row.effective_on for row in people.ledger(ada)] == [MONDAY, MONDAY + people.DAY]
    assert sound()


def test_a_day_that_was_corrected_before_is_closed_too(session, grace, ada, ben, nothing_to_earn):
    people.price(HOURS, 5, daily_cap=10)
    first, _ = count(did(HOURS, "1.2", **BEN), did(HOURS, "1.6", **BEN))
    people.take_back(first)
    assert people.changes(ben) == [6, 4, -2]
    merge(ben, ada, grace)
    assert (sum(people.changes(ben)), people.changes(ada)) == (0, [8])
    assert sound()


def test_what_was_completed_keeps_its_date_and_what_it_brought(session, grace, ada, ben):
    count(did(HOURS, 12, **BEN))
    achievement = db.session.get_one(Achievement, 2)
    achievement.points_reward, achievement.is_active = 1, False
    db.session.commit()
    before = {one.achievement_id: (one.completed_at, one.created_at) for one in people.completions(ben)}
    merge(ben, ada, grace)
    assert {one.achievement_id: (one.completed_at, one.created_at) for one in people.completions(ada)} == before
    assert people.total(ada) == 60 + 10 + 25 + 10  # hours, two rewards, a badge
    assert sound()


def test_of_two_that_are_the_same_the_later_falls(session, grace, ada, ben):
    count(did(HOURS, 1, when=MONDAY + people.DAY, **ADA))
    count(did(HOURS, 1, when=MONDAY, **BEN))
    older = people.completions(ben)[0]
    shown = people.badges(ada)[0]
    shown.is_showcased, shown.showcase_position = True, 1
    db.session.commit()
    merge(ben, ada, grace)
    (kept,) = people.completions(ada)
    assert (kept.id, kept.completed_on) == (older.id, MONDAY)
    (held,) = people.badges(ada)
    assert (held.completion_id, held.is_showcased) == (kept.id, True)
    assert people.total(ada) == 10 + 10 + 10
    assert sound()


def test_repeatable_ones_go_on_where_the_ones_that_are_there_end(session, grace, ada, ben, nothing_to_earn):
    define("hours_logged", {"hours_required": 2}, reward=3, is_repeatable=True)
    count(did(HOURS, 5, **ADA), did(HOURS, 5, when=MONDAY + people.DAY, **BEN))
    merge(ben, ada, grace)
    assert [one.nth for one in people.completions(ada)] == [1, 2, 3, 4, 5]
    assert people.total(ada) == 50 + 5 * 3
    assert sound()


def test_the_same_reference_stands_once(session, grace, ada, ben, nothing_to_earn):
    work = {"reference_type": "task", "reference_id": "7"}
    first, _ = count(did(TASK, 5, **ADA, **work), did(TASK, 5, when=MONDAY + people.DAY, **ADA, **work))
    later, _ = count(did(TASK, 1, **BEN, **work), did(TASK, 2, when=MONDAY + 2 * people.DAY, **BEN, **work))
    found = merge(ben, ada, grace)
    assert (found.moved, found.fallen) == (2, 1)
    status = dict(db.session.execute(select(Activity.id, Activity.status)).all())
    assert (status[first], status[later]) == ("counted", "reversed")
    assert people.total(ada) == 50 + 50 + 20
    assert sound()


def test_the_one_recorded_later_falls_whosever_it_is(session, grace, ada, ben, nothing_to_earn):
    work = {"reference_type": "task", "reference_id": "7"}
    count(did(TASK, 1, **BEN, **work))
    count(did(TASK, 5, **ADA, **work))
    merge(ben, ada, grace)
    assert people.changes(ada) == [50, -50, 10]
    assert sound()


def test_a_date_holds_no_more_hours_than_it_has(session, grace, ada, ben, nothing_to_earn):
    count(did(HOURS, 20, **ADA))
    count(did(HOURS, 5, **BEN), did(HOURS, 4, **BEN))
    merge(ben, ada, grace)
    assert people.balance(ada).total_hours == 24
    assert people.total(ada) == 120
    assert sound()


def test_nobody_brings_themselves_along(session, grace, ada, ben, nothing_to_earn):
    count(did(REFERRAL, reference_type="person", reference_id="Ben@example.org", **ADA))
    count(did(REFERRAL, reference_type="person", reference_id="cleo@example.org", **ADA))
    merge(ben, ada, grace)
    assert people.total(ada) == 50
    assert sound()


def test_what_was_given_by_hand_goes_over(session, grace, ada, ben, nothing_to_earn):
    star, sun = medal(10), medal(20)
    heart = define("custom", {"by_hand": True}, reward=5, badge=medal(7))
    awarding.award(30, to=ben, by=grace, reason="soup", now=NOW)
    awarding.award(4, to=ada, by=grace, reason="bread", now=NOW)
    awarding.grant(star, to=ben, by=grace, reason="soup", now=NOW)
    awarding.grant(sun, to=ada, by=grace, reason="bread", now=NOW)
    awarding.grant(sun, to=ben, by=grace, reason="soup", now=NOW + timedelta(minutes=1))
    conferring.confer(heart, to=ben, by=grace, reason="soup", now=NOW)
    db.session.commit()
    merge(ben, ada, grace)
    assert people.total(ada) == 30 + 4 + 10 + 20 + 5 + 7
    assert {one.badge_id for one in people.badges(ada)} == {star.id, sun.id, heart.badge_id}
    assert [one.given_by_id for one in people.completions(ada)] == [grace.id]
    assert sound()
    given = people.badges(ada)[0]
    awarding.revoke(given, by=grace, reason="a slip", now=LATER)
    db.session.commit()
    assert people.total(ada) == 66
    assert sound()


def test_what_was_revoked_by_hand_does_not_come_back(session, grace, ada, ben):
    count(did(HOURS, 1, **BEN))
    awarding.revoke(people.badges(ben)[0], by=grace, reason="not yours", now=NOW)
    db.session.commit()
    merge(ben, ada, grace)
    people.settle(ada.id, now=LATER)
    assert people.badges(ada) == []
    assert len(people.badges(ada, held=False)) == 1
    assert sound()


@pytest.mark.parametrize("earlier", ["ada", "ben"])
def test_what_was_revoked_by_hand_does_not_come_back_through_the_others_either(session, grace, ada, ben, earlier):
    first, second = (ADA, BEN) if earlier == "ada" else (BEN, ADA)
    count(did(HOURS, 1, when=MONDAY, **first), did(HOURS, 1, when=MONDAY + people.DAY, **second))
    awarding.revoke(people.badges(ada)[0], by=grace, reason="not yours", now=NOW + timedelta(minutes=1))
    db.session.commit()
    merge(ben, ada, grace)
    assert people.badges(ada) == []
    assert people.total(ada) == 10 + 10  # hours, and the reward that stands
    assert sound()


def test_afterwards_it_can_be_corrected_and_undone_like_anything_else(session, grace, ada, ben, nothing_to_earn):
    batch = group("Clean-up", size=2, by=grace, now=NOW)
    awarding.award(30, to=ben, by=grace, reason="soup", now=NOW, batch_id=batch.id)
    awarding.award(30, to=ada, by=grace, reason="soup", now=NOW, batch_id=batch.id)
    (hour,) = count(did(HOURS, 3, **BEN))
    merge(ben, ada, grace)
    corrections.reverse(db.session.get_one(Activity, hour), by=grace, reason="a slip", now=LATER)
    db.session.commit()
    assert people.total(ada) == 60
    undoing.request(batch, by=grace, reason="a slip", now=LATER)
    while undoing.go_on(LATER):
        db.session.commit()
    db.session.commit()
    assert people.total(ada) == 0
    assert sound()


def test_it_goes_on_from_entry_to_entry(session, grace, ada, ben, nothing_to_earn):
    cleo = people.join("Cleo Stone")
    count(did(HOURS, 1, **BEN))
    merge(ben, ada, grace)
    count(did(HOURS, 2, when=MONDAY + people.DAY, **BEN))
    merge(ada, cleo, grace)
    count(did(HOURS, 3, when=MONDAY + 2 * people.DAY, **BEN))
    assert (people.total(ben), people.total(ada), people.total(cleo)) == (0, 0, 30)
    assert sound()


def test_streaks_join_and_pauses_of_both_hold(session, grace, ada, ben, nothing_to_earn):
    count(*people.days(0, 1, 4, **ADA), *people.days(2, 3, **BEN))
    today = ben.today(NOW)
    pausing.take(ben, today, today + timedelta(days=2), now=NOW)
    pausing.take(ada, today + timedelta(days=1), today + timedelta(days=4), now=NOW)
    db.session.commit()
    merge(ben, ada, grace)
    assert people.balance(ada).longest_streak_days == 5
    assert len(pauses.days_of(ada.id)) == 5
    assert sound()


def test_the_doctor_counts_a_day_once_that_both_paused(session, grace, ada, ben, nothing_to_earn):
    today = ada.today(NOW)
    count(did(HOURS, 1, today, **ADA))
    pausing.take(ben, today + 3 * people.DAY, today + 10 * people.DAY, now=NOW)
    pausing.take(ada, today + 3 * people.DAY, today + 4 * people.DAY, now=NOW)
    db.session.commit()
    merge(ben, ada, grace)
    assert sound()


def test_points_that_were_undone_before_are_no_riddle_to_the_doctor(session, grace, ada, ben, nothing_to_earn):
    batch = group("Thanks", size=2, by=grace, now=NOW)
    for one in (ada, ben):
        awarding.award(20, to=one, by=grace, reason="Thanks", now=NOW, batch_id=batch.id)
    undoing.request(batch, by=grace, reason="A mistake", now=NOW)
    while undoing.go_on(NOW):
        db.session.commit()
    merge(ben, ada, grace)
    assert (people.changes(ada), people.changes(ben)) == ([20, -20], [20, -20])
    assert sound()


def test_it_finds_the_person_under_every_name(session, grace, ada, ben):
    people.record(did(HOURS, 1, **BEN), status="awaiting_review", source="portal")
    merge(ben, ada, grace)
    assert (ben.status, ben.merged_into_id) == (Status.MERGED, ada.id)
    count(did(HOURS, 1, external_id="later", **BEN))
    whose = set(db.session.scalars(select(Activity.volunteer_id)))
    assert whose == {ada.id}
    assert [one.status for one in db.session.scalars(select(Activity).order_by(Activity.id))] == [
        *("awaiting_review", "counted")
    ]


def test_what_is_known_of_one_is_known_of_both_and_who_hid_hides(session, grace, ben):
    nobody = people.join("Ada Bell", email=None)
    ben.visibility, ben.birth_date = Visibility.UNLISTED, date(2012, 3, 4)
    db.session.commit()
    merge(ben, nobody, grace)
    assert (nobody.name, nobody.email) == ("Ada Bell", "ben@example.org")
    assert (nobody.birth_date, nobody.visibility) == (date(2012, 3, 4), Visibility.UNLISTED)


def test_the_news_of_both_is_in_one_inbox_and_the_outbox_says_it_once(session, grace, ada, ben):
    count(*people.days(*range(9, 16), **ADA), *people.days(*range(9, 16), **BEN))
    before = set(db.session.scalars(select(Notification.key)))
    merge(ben, ada, grace)
    inbox = db.session.scalars(select(Notification.key).where(Notification.volunteer_id == ada.id)).all()
    assert sorted(inbox) == sorted(before | {f"merged:{ben.id}"})
    assert db.session.scalars(select(Notification).where(Notification.volunteer_id == ben.id)).all() == []
    assert sound()


def test_one_person_signs_in_once(session, grace, ada, ben):
    user = people.sign_up("Ben Okafor", Role.VOLUNTEER, volunteer=ben)
    merge(ben, ada, grace)
    assert user.volunteer_id == ada.id
    cleo = people.join("Cleo Stone")
    other = people.sign_up("Cleo Stone", Role.VOLUNTEER, volunteer=cleo)
    secret = accounts.sign_in(other, browser="", now=NOW)
    found = merge(cleo, ada, grace)
    assert (found.ends, other.active, other.volunteer_id) == (other, False, None)
    assert accounts.live_sign_in(secret, NOW) is None
    assert user.active


def test_the_audit_has_the_ids_that_moved(session, grace, ada, ben):
    (hour,) = count(did(HOURS, 1, **BEN))
    merge(ben, ada, grace)
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "merge")).one()
    assert (record.actor_id, record.subject_id, record.after["into"]) == (grace.id, ben.id, ada.id)
    assert record.after["activities"] == [hour]
    assert len(record.after["completions"]) == len(record.after["badges"]) == 1


def test_a_preview_says_the_same_and_changes_nothing(session, grace, ada, ben):
    count(did(HOURS, 20, **ADA))
    count(did(HOURS, 5, **BEN), did(HOURS, 3, **BEN))
    before = reading.dump()
    foreseen = merging.preview(ben, into=ada, by=grace, now=LATER)
    db.session.commit()
    assert reading.dump() == before
    assert merge(ben, ada, grace) == foreseen
    assert (foreseen.moved, foreseen.fallen, foreseen.hours) == (2, 1, Decimal(23))


def test_who_cannot_be_merged(session, grace, ada, ben):
    cleo = people.join("Cleo Stone")
    with pytest.raises(NotPossible, match="two different"):
        merge(ada, ada, grace)
    grace.volunteer = cleo
    for pair in ((cleo, ada), (ada, cleo)):
        with pytest.raises(NotPossible, match="Somebody else"):
            merge(*pair, grace)
    linus = people.sign_up("Linus Berg", Role.ADMIN, volunteer=ben)
    people.sign_up("Ada Bell", Role.VOLUNTEER, volunteer=ada)
    with pytest.raises(NotPossible, match="may do more"):
        merge(ben, ada, grace)
    assert linus.active
    merge(ada, ben, grace)
    with pytest.raises(NotPossible, match="merged or forgotten"):
        merge(ada, ben, grace)


def test_while_something_is_undone_it_waits(session, grace, ada, ben):
    batch = group("Clean-up", size=1, by=grace, now=NOW)
    awarding.award(30, to=ben, by=grace, reason="soup", now=NOW, batch_id=batch.id)
    undoing.request(batch, by=grace, reason="a slip", now=NOW)
    db.session.commit()
    with pytest.raises(NotPossible, match="being undone"):
        merge(ben, ada, grace)

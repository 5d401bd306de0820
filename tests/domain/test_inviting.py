"""A friend who comes by somebody's link was brought along: once in all, and never oneself."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain import doctor, forgetting, inviting, merging, recording
from portal.domain.activities import Activity
from portal.domain.inviting import FriendLink
from portal.extensions import db
from tests import people, reading
from tests.people import NOW


@pytest.fixture
def code(session, ada, grace) -> str:
    """The code of Ada's link."""
    code = inviting.new_code(ada, by=grace, now=NOW)
    db.session.commit()
    return code


def arrive(name: str = "Kofi Mensah"):
    """Somebody new, as an approval makes them."""
    return recording.found_or_made(email=f"{name.split()[0].lower()}@example.org", name=name, now=NOW)


def referrals() -> list[tuple]:
    query = select(Activity.volunteer_id, Activity.reference_id, Activity.reference_name, Activity.status)
    return [tuple(row) for row in db.session.execute(query.where(Activity.event_type == people.REFERRAL))]


def test_a_friend_counts_and_the_record_does_not_name_them(ada, code):
    kofi = arrive()
    assert inviting.record_referral(kofi, by=inviting.invited_by(code), now=NOW)
    db.session.commit()
    people.settle()
    assert referrals() == [(ada.id, "kofi@example.org", None, "counted")]
    assert people.total(ada) == 50 + 25 + 25, "the referral, Bring a Friend, and its badge"
    assert doctor.examine(NOW).differences == []


def test_a_friend_counts_once_whoever_asks(ada, ben, code):
    kofi = arrive()
    first = inviting.record_referral(kofi, by=ada, now=NOW)
    assert inviting.record_referral(kofi, by=ada, now=NOW) == first
    assert inviting.record_referral(kofi, by=ben, now=NOW) is None
    db.session.commit()
    assert len(referrals()) == 1


def test_who_was_brought_by_an_import_is_not_brought_again(ada, ben, code):
    kofi = arrive()
    told = people.did(people.REFERRAL, reference_type="volunteer", reference_id="kofi@example.org", when=NOW.date())
    people.count(told)
    assert inviting.record_referral(kofi, by=ben, now=NOW) is None


def test_nobody_brings_themself_nor_who_was_here_before(ada, ben, code):
    assert inviting.record_referral(ada, by=ada, now=NOW) is None
    ben.joined_at = NOW - timedelta(days=1)
    assert inviting.record_referral(ben, by=ada, now=NOW) is None
    assert referrals() == []


def test_a_renewed_link_ends_the_one_before(ada, grace, code):
    assert inviting.invited_by(code) == ada
    other = inviting.new_code(ada, by=grace, now=NOW)
    assert (inviting.invited_by(code), inviting.invited_by(other)) == (None, ada)
    assert len(code) >= 16
    assert code not in str(reading.dump()["audit_records"])


@pytest.mark.parametrize("code", [None, "", "guessed", "x" * 5000, "\x00", "🌻"])
def test_what_is_no_code_is_nobodys(session, ada, code):
    assert inviting.invited_by(code) is None


def test_the_link_of_somebody_who_left_leads_nowhere(ada, code):
    linus = people.linus()
    ada.status = "inactive"
    db.session.flush()
    assert inviting.invited_by(code) is None
    forgetting.forget(ada, by=linus, now=NOW)
    assert db.session.scalars(select(FriendLink)).all() == []


def test_the_link_of_an_entry_that_was_merged_is_the_persons(ada, ben, grace, code):
    merging.merge(ada, into=ben, by=grace, now=NOW)
    db.session.commit()
    assert inviting.invited_by(code) == ben


def test_a_friend_who_turns_out_to_be_oneself_counts_no_more(ada, grace, code):
    kofi = arrive()
    inviting.record_referral(kofi, by=ada, now=NOW)
    db.session.commit()
    people.settle()
    merging.merge(kofi, into=ada, by=grace, now=NOW)
    db.session.commit()
    assert [status for *_, status in referrals()] == ["reversed"]
    assert people.total(ada) == 0

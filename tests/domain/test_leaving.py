"""Leaving for a while or for good: by oneself, about nobody else, and never the last admin."""

import pytest
from sqlalchemy import select

from portal.domain import accounts, avatars, doctor, inviting, leaving
from portal.domain.activities import Activity
from portal.domain.audit import AuditRecord
from portal.domain.portraits import Portrait
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Status
from portal.extensions import db
from tests import people, reading
from tests.people import NOW, did


@pytest.fixture
def user(session, ada):
    """Ada's sign-in, after three hours; two more wait, and one is being counted."""
    user = people.sign_up("Ada Bell", "volunteer", volunteer=ada)
    people.count(did(quantity=3, reference_name="Zyxshift"))
    people.record(did(quantity=2, reference_name="Zyxlater"), status="awaiting_review", source="portal")
    people.record(did(quantity=1, reference_name="Zyxnow", when=people.MONDAY + people.DAY))
    avatars.keep(ada, Portrait("zyx", b"zyx", b"zyx"), by=user, now=NOW)
    inviting.new_code(ada, by=user, now=NOW)
    accounts.sign_in(user, browser="zyx", now=NOW)
    db.session.commit()
    return user


def leave(user) -> None:
    leaving.leave(user, now=NOW)
    db.session.commit()


def audited() -> list[str]:
    return list(db.session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)))


def test_who_leaves_is_forgotten_and_the_figures_stay(ada, user):
    leave(user)
    assert (ada.status, ada.name, ada.avatar) == (Status.FORGOTTEN, "", None)
    assert people.total(ada) == 40, "four hours counted, and what they earned"
    left = [table for table, rows in reading.dump().items() for row in rows if "zyx" in row.lower()]
    assert left == []
    assert reading.dump()["avatars"] == reading.dump()["friend_links"] == []
    assert accounts.by_email("ada@example.org") is None
    assert audited()[-1] == "leave"
    assert doctor.examine(NOW).differences == []


def test_hours_that_nobody_confirmed_are_withdrawn(ada, user):
    leave(user)
    query = select(Activity.status).where(Activity.volunteer_id == ada.id)
    assert sorted(db.session.scalars(query)) == ["counted", "counted", "rejected"]


def test_the_last_admin_stays(session, ada):
    linus = people.linus()
    with pytest.raises(NotPossible, match="last admin"):
        leave(linus)
    db.session.rollback()
    people.sign_up("Mira Sol", "admin")
    leave(linus)
    assert (linus.active, linus.name) == (False, "")
    assert audited()[-1] == "leave"


def test_a_coordinator_who_volunteers_may_leave(ada, user):
    user.role = "coordinator"
    db.session.commit()
    leave(user)
    assert ada.status == Status.FORGOTTEN


def test_for_a_while_is_not_for_good(ada, ben, user):
    people.count(did(quantity=1, volunteer_email="ben@example.org"))
    people.refresh()
    total = people.total(ada)
    leaving.pause(user, now=NOW)
    db.session.commit()
    people.refresh()
    assert ada.status == Status.INACTIVE
    assert {who for who, *_ in reading.standings()} == {"ben@example.org"}
    assert all(row.ended_at for row in db.session.scalars(select(accounts.SignIn)))
    leaving.come_back(user, now=NOW)
    db.session.commit()
    people.refresh()
    assert (ada.status, people.total(ada)) == (Status.ACTIVE, total)
    assert "ada@example.org" in {who for who, *_ in reading.standings()}
    assert audited()[-2:] == ["pause_account", "come_back"]


def test_who_was_put_out_by_others_does_not_let_themself_in(ada, user):
    ada.status = Status.INACTIVE
    db.session.commit()
    with pytest.raises(NotPossible, match="coordinator"):
        leaving.come_back(user, now=NOW)
    assert ada.status == Status.INACTIVE


def test_done_twice_it_is_done_once(ada, user):
    for _ in range(2):
        leaving.pause(user, now=NOW)
    assert audited().count("pause_account") == 1

"""Forgetting somebody: nothing that tells who it was is left anywhere, and every figure stays as it was."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from portal.domain import accounts, awarding, conferring, corrections, doctor, forgetting, merging, points, uploads
from portal.domain.accounts import Role
from portal.domain.activities import Activity
from portal.domain.problems import RejectedRow
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db
from tests import people, reading
from tests.people import NOW, REFERRAL, TASK, count, define, did, medal

MARKS = ("zebedee", "qwyxmark")
"""What would tell of him: name and e-mail, every free word. His number elsewhere stays where it was a reference."""
HIS = {"volunteer_email": "zebedee@example.org"}


@pytest.fixture
def zebedee(session, grace, ada) -> Volunteer:
    """Somebody about whom there are words in every table that has room for some."""
    him = people.join(
        "Zebedee Qwyxmark", external_id="Z-4711", birth_date=date(2000, 5, 4), nickname="Zebedee the Great"
    )
    user = people.sign_up("Zebedee Qwyxmark", Role.VOLUNTEER, volunteer=him)
    accounts.sign_in(user, browser="qwyxmark/1.0", now=NOW)
    accounts.add_token(user, name="qwyxmark", scopes=["read"], now=NOW, days=None)
    words = {"reference_name": "Qwyxmark shift", "description": "qwyxmark", "tags": "qwyxmark"}
    first, *_ = count(
        *(did(quantity=2, when=people.MONDAY + number * people.DAY, **HIS, **words) for number in range(3))
    )
    count(did(TASK, 2, reference_id="zebedee@example.org", reference_type="person", **HIS))
    count(
        did(REFERRAL, volunteer_email="ada@example.org", reference_id="Zebedee@example.org", reference_name="Zebedee")
    )
    count(did(REFERRAL, volunteer_email="ada@example.org", reference_id="Z-4711", reference_name="Zebedee Qwyxmark"))
    corrections.reverse(db.session.get_one(Activity, first), by=grace, reason="qwyxmark", now=NOW)
    awarding.award(7, to=him, by=grace, reason="qwyxmark", note="qwyxmark", now=NOW)
    given = awarding.grant(medal(), to=him, by=grace, reason="qwyxmark", now=NOW)
    awarding.revoke(given, by=grace, reason="qwyxmark", now=NOW)
    heart = define("custom", {"by_hand": True}, reward=5, is_repeatable=True)
    for _ in range(2):
        conferred = conferring.confer(heart, to=him, by=grace, reason="qwyxmark", now=NOW)
    conferring.take_back(conferred, by=grace, reason="qwyxmark", now=NOW)
    batch = uploads.take(BytesIO(b"event_type\n"), "may.csv", quiet=True, by=grace, now=NOW)
    cells = {"volunteer_email": "Zebedee@example.org", "description": "qwyxmark"}
    db.session.add(RejectedRow(batch_id=batch.id, number=2, column="quantity", reason="None.", cells=cells))
    cells = {"volunteer_email": "", "volunteer_name": "zebedee qwyxmark"}
    db.session.add(RejectedRow(batch_id=batch.id, number=3, column="quantity", reason="None.", cells=cells))
    db.session.commit()
    people.refresh()
    return him


def forget(who, by) -> None:
    forgetting.forget(who, by=by, now=NOW + timedelta(hours=1))
    db.session.commit()


def figures(who) -> tuple:
    balance = points.balance_of(who.id)
    return (
        *(balance.total_points, balance.total_hours, balance.longest_streak_days, people.changes(who)),
        *(len(people.completions(who)), [one.badge_id for one in people.badges(who)]),
    )


def left_over() -> list[str]:
    """Rows in which something still tells of him."""
    return [
        f"{table}: {row}"
        for table, rows in reading.dump().items()
        for row in rows
        if any(m in row.lower() for m in MARKS)
    ]


def test_nothing_tells_of_them_any_more_and_every_figure_stays(session, zebedee, ada, people_in_charge):
    assert len(left_over()) >= 15
    before, others = figures(zebedee), figures(ada)
    forget(zebedee, people_in_charge)
    assert left_over() == []
    assert (figures(zebedee), figures(ada)) == (before, others)
    assert (zebedee.status, zebedee.name, zebedee.birth_date) == (Status.FORGOTTEN, "", None)
    assert zebedee.external_id is None
    people.refresh(NOW + timedelta(hours=2))
    assert [who for who, *_ in reading.standings()] == ["ada@example.org"]
    assert doctor.examine(NOW + timedelta(hours=2)).differences == []


@pytest.fixture
def people_in_charge(session):
    """Linus, who is admin."""
    return people.linus()


def test_a_name_with_other_letters_goes_from_rejected_rows_too(session, grace, people_in_charge):
    olena = people.join('Olena "Óla" Коваленко', email="olena@example.org")
    batch = uploads.take(BytesIO(b"event_type\n"), "may.csv", quiet=True, by=grace, now=NOW)
    for number, name in enumerate((olena.name, "Ada Bell", f"{olena.name}va"), start=2):
        row = {"batch_id": batch.id, "number": number, "column": "quantity", "reason": "None."}
        db.session.add(RejectedRow(**row, cells={"volunteer_name": name}))
    db.session.commit()
    forget(olena, people_in_charge)
    assert [one.cells for one in db.session.scalars(select(RejectedRow))] == [
        {"volunteer_name": name} for name in ("Ada Bell", 'Olena "Óla" Коваленкоva')
    ]


def test_rejected_rows_go_however_they_name_them(session, grace, people_in_charge):
    emile = people.join("Émile Ñandú", email="emile@example.org", external_id="R-0417")
    batch = uploads.take(BytesIO(b"event_type\n"), "may.csv", quiet=True, by=grace, now=NOW)
    his = [
        {"volunteer_name": "ÉMILE  ñandú "},
        {"volunteer_email": " Emile@example.org"},
        {"volunteer_external_id": "R-0417 ", "description": "off sick since May"},
    ]
    others = [{"volunteer_name": "Émile Ñandúez"}, {"reference_id": "R-0417"}, {"volunteer_external_id": ""}]
    for number, cells in enumerate(his + others, start=2):
        row = {"batch_id": batch.id, "number": number, "column": "quantity", "reason": "None."}
        db.session.add(RejectedRow(**row, cells=cells))
    db.session.commit()
    forget(emile, people_in_charge)
    assert list(db.session.scalars(select(RejectedRow.cells).order_by(RejectedRow.number))) == others


def test_a_sign_in_that_ended_when_they_were_merged_is_forgotten_too(session, zebedee, people_in_charge):
    twin = people.join("Zebedee Qwyxmark", email="qwyxmark@example.net")
    ended = people.sign_up("Qwyxmark Twin", Role.VOLUNTEER, volunteer=twin)
    merging.merge(twin, into=zebedee, by=people_in_charge, now=NOW)
    db.session.commit()
    forget(zebedee, people_in_charge)
    assert (ended.name, ended.email, ended.password_hash) == ("", f"forgotten-{ended.id}@invalid", "-")


def test_nobody_signs_in_as_them(session, zebedee, people_in_charge):
    user = accounts.by_email("zebedee@example.org")
    forget(zebedee, people_in_charge)
    assert accounts.by_email("zebedee@example.org") is None
    assert (user.active, user.volunteer_id) == (False, None)


def test_their_address_is_free_for_somebody_new(session, zebedee, people_in_charge):
    forget(zebedee, people_in_charge)
    people.record(did(**HIS, volunteer_name="Zebedee Again"), creates_people=True)
    found = db.session.scalars(select(Volunteer).where(Volunteer.email == HIS["volunteer_email"])).one()
    assert found.id != zebedee.id


def test_who_cannot_be_forgotten(session, zebedee, ada, people_in_charge):
    waits = people.record(did(**HIS), status="awaiting_review", source="portal")
    assert waits
    with pytest.raises(NotPossible, match="still waits"):
        forget(zebedee, people_in_charge)
    people_in_charge.volunteer = ada
    with pytest.raises(NotPossible, match="Somebody else"):
        forget(ada, people_in_charge)
    people_in_charge.volunteer = None
    people.sign_up("Ada Bell", Role.COORDINATOR, volunteer=ada)
    with pytest.raises(NotPossible, match="still help to run"):
        forget(ada, people_in_charge)
    ben = people.join("Ben Okafor")
    forget(ben, people_in_charge)
    with pytest.raises(NotPossible, match="former volunteer already"):
        forget(ben, people_in_charge)

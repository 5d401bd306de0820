"""Two dozen people at the same badge of the same volunteer at once: each deed is done once, and the sums are right."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select, text

from portal.domain import awarding, corrections, doctor
from portal.domain.accounts import User
from portal.domain.activities import Activity
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.writing import write
from tests import people
from tests.faults.recorders import Notes
from tests.jobs.work import WRONG_RUNNING_SUMS
from tests.machinery.processes import eventually
from tests.people import PROJECT, did

NEWCOMER = 5
"""The badge of whoever completes their first project."""
TIMES = 6


def award(ada: Volunteer, grace: User, now: datetime) -> None:
    awarding.award(5, to=ada, by=grace, reason="thanks", now=now)


def grant(ada: Volunteer, grace: User, now: datetime) -> None:
    awarding.grant(db.session.get_one(Badge, NEWCOMER), to=ada, by=grace, reason="thanks", now=now)


def revoke(ada: Volunteer, grace: User, now: datetime) -> None:
    held = awarding.held(ada.id, NEWCOMER)
    if held is None:
        raise NotPossible("nothing to take back")
    awarding.revoke(held, by=grace, reason="a mistake", now=now)


def reverse(ada: Volunteer, grace: User, now: datetime) -> None:
    corrections.reverse(db.session.scalars(select(Activity)).one(), by=grace, reason="a mistake", now=now)


def again_and_again(app, deed, go: Path, notes: Notes) -> None:
    """Does it as often as it can be done, from the moment when everybody is there."""
    eventually(go.exists, within=60, every=0.001)
    for _ in range(TIMES):
        with app.app_context():
            try:
                write(lambda: deed(db.session.get_one(Volunteer, 1), db.session.get_one(User, 1), datetime.now(UTC)))
            except NotPossible:
                continue
            notes.add(done=deed.__name__)


def test_award_grant_revoke_and_reverse_by_two_dozen_at_once_leave_what_was_done_and_nothing_else(crew, tmp_path):
    with crew.app.app_context():
        ada = people.join("Ada Bell")
        people.grace()
        people.count(did(PROJECT))
        assert people.total(ada) == 100 + 50 + 10

    go, notes = tmp_path / "go", Notes(tmp_path / "done")
    for deed in (award, grant, revoke, reverse) * TIMES:
        crew.start(lambda app, deed=deed: again_and_again(app, deed, go, notes))
    assert len(crew.processes) == 24
    go.touch()
    for process in crew.processes:
        eventually(process.ended, within=120)

    assert {process.status for process in crew.processes} == {0}, crew.says()
    done = Counter(note["done"] for note in notes.read())
    with crew.app.app_context():
        rows = db.session.scalars(select(VolunteerBadge)).all()
        held = [row for row in rows if row.revoked_at is None]
        assert (done["award"], done["reverse"]) == (TIMES * TIMES, 1)
        assert len(rows) == 1 + done["grant"], "what was earned, and each that was given"
        assert len(held) <= 1
        assert len(rows) - len(held) - done["revoke"] in (0, 1), "taken back by hand, and at most once by the reversal"
        assert people.total(db.session.get_one(Volunteer, 1)) == 5 * done["award"] + 10 * len(held)
        assert db.session.scalar(text(WRONG_RUNNING_SUMS)) == 0
        people.refresh(datetime.now(UTC))
        assert doctor.examine(datetime.now(UTC)).differences == []

"""Undoing what came together: an import, something for a group (docs/rules.md, section 7).

A worker does it, one volunteer a transaction; killed, another goes on where it was.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Select, Text, UniqueConstraint, exists, func, select, union, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Id, UTCDateTime, among
from portal.domain import audit, awarding, conferring, corrections, notifications, points, recognition
from portal.domain.accounts import User
from portal.domain.achievements import BatchCompletion, Completion
from portal.domain.activities import LIVE, Activity, ActivityStatus, Batch, BatchKind, partial
from portal.domain.badges import BatchBadge, VolunteerBadge
from portal.domain.notifications import News
from portal.domain.points import Award, PointsHistory, standing
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Volunteer
from portal.extensions import Model, db

LOOKED_AT = 200
"""Volunteers for whom a preview works out what goes; of more it says so."""
log = logging.getLogger(__name__)


class Undoing(Model):
    """That a batch is to be undone, why, and how far that is; `kept` counts people with whom it could not be."""

    __tablename__ = "undoings"
    __table_args__ = (
        UniqueConstraint("batch_id", name="uq_undoings_batch_id"),
        partial("ix_undoings_open", "id", where="finished_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    batch_id: Mapped[int] = mapped_column(Id, ForeignKey("batches.id"))
    requested_by_id: Mapped[int] = mapped_column(Id, ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_volunteer_id: Mapped[int] = mapped_column(Id, default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)

    batch: Mapped[Batch] = relationship()
    requested_by: Mapped[User] = relationship()


@dataclass
class Losses:
    """What undoing takes away from everybody together: points, and how many lose which achievement and badge.

    `people` is how many it is about, `looked_at` for how many of them this was worked out.
    """

    people: int
    looked_at: int
    points: int = 0
    achievements: Counter = field(default_factory=Counter)
    badges: Counter = field(default_factory=Counter)


def of(batch: Batch) -> Undoing | None:
    """The undoing of a batch, under way or done; None if nobody asked for it."""
    return db.session.scalar(select(Undoing).where(Undoing.batch_id == batch.id))


def reasons(batch_ids: Iterable[int | None]) -> dict[int, str]:
    """Why these batches were undone, those that were."""
    wanted = {one for one in batch_ids if one is not None}
    query = select(Undoing.batch_id, Undoing.reason).where(Undoing.batch_id.in_(wanted))
    return {one.batch_id: one.reason for one in db.session.execute(query)} if wanted else {}


def under_way() -> bool:
    """Whether something is being undone just now."""
    return db.session.scalar(select(Undoing.id).where(Undoing.finished_at.is_(None)).limit(1)) is not None


def lately(since: datetime, limit: int = 3) -> list[Batch]:
    """What was done for groups since an instant, the newest first."""
    query = select(Batch).where(Batch.kind == BatchKind.GROUP, Batch.created_at >= since)
    return list(db.session.scalars(query.order_by(Batch.id.desc()).limit(limit)))


def in_it(batch_id: int) -> Select:
    """The ids of those in whose books something of a batch stands."""
    row = PointsHistory
    stands = exists().where(row.award_id == Award.id, row.volunteer_id == Award.volunteer_id, standing("award_id"))
    given = select(VolunteerBadge.volunteer_id).join(BatchBadge, BatchBadge.volunteer_badge_id == VolunteerBadge.id)
    found = union(
        select(Activity.volunteer_id).where(Activity.batch_id == batch_id, LIVE),
        select(Award.volunteer_id).where(Award.batch_id == batch_id, stands),
        given.where(BatchBadge.batch_id == batch_id, VolunteerBadge.revoked_at.is_(None)),
        conferred_on(batch_id).where(Completion.reversed_at.is_(None)),
    ).subquery()
    return select(found.c.volunteer_id)


def conferred_on(batch_id: int) -> Select:
    """The ids of those on whom a batch conferred an achievement."""
    query = select(Completion.volunteer_id).join(BatchCompletion, BatchCompletion.completion_id == Completion.id)
    return query.where(BatchCompletion.batch_id == batch_id)


def everybody(batch: Batch, limit: int) -> list[Volunteer]:
    """Whom a batch is about, undone or not, by name: at most `limit`."""
    given = select(VolunteerBadge.volunteer_id).join(BatchBadge, BatchBadge.volunteer_badge_id == VolunteerBadge.id)
    found = union(
        select(Activity.volunteer_id).where(Activity.batch_id == batch.id),
        select(Award.volunteer_id).where(Award.batch_id == batch.id),
        given.where(BatchBadge.batch_id == batch.id),
        conferred_on(batch.id),
    )
    query = select(Volunteer).where(Volunteer.id.in_(found)).order_by(Volunteer.name, Volunteer.id).limit(limit)
    return list(db.session.scalars(query))


def people(batch: Batch) -> int:
    """In how many people's books something of a batch stands."""
    return db.session.scalar(select(func.count()).select_from(in_it(batch.id).subquery())) or 0


def request(batch: Batch, *, by: User, reason: str, now: datetime) -> Undoing:
    """Asks for a batch to be undone. Raises NotPossible while it is still being recorded, and the second time, but
    where something was kept: somebody else may see to that."""
    points.lock(list(db.session.scalars(in_it(batch.id))))  # whoever merges one of them comes before or after
    refuse(batch)
    one = of(batch) or Undoing(batch_id=batch.id)
    one.requested_by_id, one.reason, one.created_at, one.finished_at = by.id, reason, now, None
    one.total, one.done, one.kept, one.last_volunteer_id = people(batch), 0, 0, 0
    db.session.add(one)
    db.session.flush()
    audit.note("undo", batch, at=now, by=by, after={"people": one.total})
    return one


def refuse(batch: Batch) -> None:
    """Raises NotPossible for what cannot be undone."""
    if batch.finished_at is None:
        raise NotPossible(_("This is still under way. Wait until it is done."))
    if not is_open(batch):
        raise NotPossible(_("This is undone already, or just being undone."))
    if not people(batch):
        raise NotPossible(_("Nothing of this stands any more."))


def is_open(batch: Batch) -> bool:
    """Whether it may be asked for: nobody did so far, or it is over and something was kept."""
    one = of(batch)
    return one is None or (one.finished_at is not None and one.kept > 0)


def go_on(now: datetime) -> bool:
    """Undoes for the next volunteer of the oldest undoing; False if there is nothing to undo.

    One transaction's worth: who calls it commits and calls again. Another worker at the same one waits, or skips it.
    """
    query = select(Undoing).where(Undoing.finished_at.is_(None)).order_by(Undoing.id).limit(1)
    one = db.session.scalar(query.with_for_update(skip_locked=True))
    if one is None:
        return False
    found = in_it(one.batch_id).subquery()
    after = found.c.volunteer_id > one.last_volunteer_id
    volunteer_id = db.session.scalar(select(func.min(found.c.volunteer_id)).where(after))
    if volunteer_id is None:
        one.finished_at = now
        after = {"done": one.done, "kept": one.kept}
        audit.note_of("undone", "batches", one.batch_id, at=now, after=after)
    else:
        taken = undo_apart(one, volunteer_id, now)
        one.last_volunteer_id = volunteer_id
        one.done, one.kept = one.done + taken, one.kept + (not taken)
    db.session.flush()
    return True


def undo_apart(one: Undoing, volunteer_id: int, now: datetime) -> bool:
    """Undoes for a volunteer; False where that cannot be: it is one's own, or something goes wrong, as the log says.
    Raises what says that the database is away, or that others were in the way."""
    by = one.requested_by
    if by.volunteer_id == volunteer_id:
        return False
    try:
        with db.session.begin_nested():
            recognition.settle([volunteer_id], now=now)  # what waits besides is news as ever
            take_back([volunteer_id], one.batch_id, by=by, reason=one.reason, now=now)
            recognition.settle([volunteer_id], now=now, quiet=True)
            if not one.batch.quiet:
                key, data = f"undone:{one.batch_id}", {"batch_id": one.batch_id}
                notifications.tell_one(volunteer_id, News.CORRECTION, key, data, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("batch %s cannot be undone for volunteer %s", one.batch_id, volunteer_id)
        return False
    return True


def take_back(ids: Sequence[int], batch_id: int, *, by: User, reason: str, now: datetime) -> int:
    """Takes back what stands of a batch in these people's books, under their locks; settling does the rest. Points that
    were given by hand are taken at once: how many that is, less what badges bring."""
    points.lock(ids)
    these = (Activity.batch_id == batch_id, among(Activity.volunteer_id, ids))
    counted = update(Activity).where(*these, Activity.status == ActivityStatus.COUNTED)
    waiting = (ActivityStatus.PENDING, ActivityStatus.AWAITING_REVIEW)
    in_bulk = {"execution_options": {"synchronize_session": False}}
    taken = {"status": ActivityStatus.REVERSED.value, "reversed_by_id": by.id, "reversed_at": now, "reason": reason}
    turned_down = {"status": ActivityStatus.REJECTED.value, "reviewed_by_id": by.id, "reviewed_at": now}
    db.session.execute(counted.values(**taken), **in_bulk)
    still = update(Activity).where(*these, Activity.status.in_(waiting))
    db.session.execute(still.values(**turned_down, reason=reason), **in_bulk)
    for one in conferred(ids, batch_id):
        conferring.mark(one, by=by, reason=reason)
    given = sum(awarding.undo(one, by=by, now=now) for one in awards(ids, batch_id))
    return given + sum(awarding.revoke(one, by=by, reason=reason, now=now) for one in badges(ids, batch_id))


def awards(ids: Iterable[int], batch_id: int) -> list[Award]:
    """The awards of a batch to these people."""
    query = select(Award).where(Award.batch_id == batch_id, among(Award.volunteer_id, ids)).order_by(Award.id)
    return list(db.session.scalars(query))


def badges(ids: Iterable[int], batch_id: int) -> list[VolunteerBadge]:
    """The badges of a batch that these people still hold."""
    query = select(VolunteerBadge).join(BatchBadge, BatchBadge.volunteer_badge_id == VolunteerBadge.id)
    query = query.where(BatchBadge.batch_id == batch_id, VolunteerBadge.revoked_at.is_(None))
    return list(db.session.scalars(query.where(among(VolunteerBadge.volunteer_id, ids)).order_by(VolunteerBadge.id)))


def conferred(ids: Iterable[int], batch_id: int) -> list[Completion]:
    """What a batch conferred on these people and still stands."""
    query = select(Completion).join(BatchCompletion, BatchCompletion.completion_id == Completion.id)
    query = query.where(BatchCompletion.batch_id == batch_id, Completion.reversed_at.is_(None))
    return list(db.session.scalars(query.where(among(Completion.volunteer_id, ids)).order_by(Completion.id)))


def preview(batch: Batch, *, by: User, now: datetime) -> Losses:
    """What undoing would take away, worked out by the same code and then rolled back.

    What people still have to be given is booked first: it is no part of the difference. Raises NotPossible.
    """
    attempt = db.session.begin_nested()
    try:
        refuse(batch)
        own = by.volunteer_id or 0
        ids = sorted(one for one in db.session.scalars(in_it(batch.id)) if one != own)
        found = Losses(people=len(ids), looked_at=min(len(ids), LOOKED_AT))
        some = ids[:LOOKED_AT]
        recognition.settle(some, now=now, quiet=True)
        held = Counter(one.badge_id for one in badges(some, batch.id))
        found.points = take_back(some, batch.id, by=by, reason="", now=now)
        for outcome in recognition.work_out(some):
            loss = corrections.loss(outcome)
            found.points += loss.points
            found.achievements.update(set(loss.achievement_ids))
            found.badges.update(loss.badge_ids)
        found.badges.update(held)
        return found
    finally:
        attempt.rollback()
        db.session.expire_all()

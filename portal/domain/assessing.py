"""Assessing a definition for everybody: in the background, some volunteers at a time, from where it stopped."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, func, or_, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal.database import Id, UTCDateTime, among
from portal.domain import notifications, organisation, points, recognition
from portal.domain.achievements import Achievement, Completion
from portal.domain.activities import IS_UNSETTLED, Activity, partial
from portal.domain.notifications import News
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, db

AT_ONCE = 1000
"""Volunteers who are assessed in one transaction."""
STAYS_IN_SIGHT = timedelta(minutes=2)
"""How long a finished assessment is still worth a word."""
log = logging.getLogger(__name__)


class Assessment(Model):
    """That everybody is to be looked at again; `last_volunteer_id` says how far it has come."""

    __tablename__ = "assessments"
    __table_args__ = (partial("ix_assessments_open", "id", where="finished_at IS NULL"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    achievement_id: Mapped[int] = mapped_column(Id, ForeignKey("achievements.id"), index=True)
    quiet: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_volunteer_id: Mapped[int] = mapped_column(Id, default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)

    achievement: Mapped[Achievement] = relationship()


def request(achievement: Achievement, *, quiet: bool, now: datetime) -> Assessment:
    """Asks for everybody to be assessed anew; one that was still under way begins again."""
    forget(achievement, only_open=True)
    total = db.session.scalar(select(func.count()).where(Volunteer.status == Status.ACTIVE))
    one = Assessment(
        achievement_id=achievement.id, quiet=quiet, created_at=now, last_volunteer_id=0, done=0, total=total
    )
    db.session.add(one)
    db.session.flush()
    return one


def forget(achievement: Achievement, *, only_open: bool = False) -> None:
    """Throws the assessments of an achievement away."""
    these = delete(Assessment).where(Assessment.achievement_id == achievement.id)
    db.session.execute(these.where(Assessment.finished_at.is_(None)) if only_open else these)


def in_sight(now: datetime) -> list[Assessment]:
    """The assessments that are under way or have just finished, with their achievements, the newest first."""
    finished = Assessment.finished_at
    query = select(Assessment).where(or_(finished.is_(None), finished > now - STAYS_IN_SIGHT))
    query = query.options(joinedload(Assessment.achievement)).order_by(Assessment.id.desc())
    return list(db.session.scalars(query))


def go_on(now: datetime) -> bool:
    """Assesses the next volunteers of the oldest open assessment; False if there is nothing to assess.

    One transaction's worth: who calls it commits and calls again. Another worker at the same one waits, or skips it.
    """
    query = select(Assessment).where(Assessment.finished_at.is_(None)).order_by(Assessment.id).limit(1)
    one = db.session.scalar(query.with_for_update(skip_locked=True))
    if one is None:
        return False
    everybody = select(Volunteer.id).where(Volunteer.status == Status.ACTIVE, Volunteer.id > one.last_volunteer_id)
    ids = list(db.session.scalars(everybody.order_by(Volunteer.id).limit(AT_ONCE)))
    if ids:
        settle_apart(one, ids, now)
        one.last_volunteer_id = ids[-1]
        one.done += len(ids)
    else:
        one.finished_at = now
    db.session.flush()
    return True


def settle_apart(one: Assessment, ids: Sequence[int], now: datetime) -> None:
    """Assesses these volunteers. With whom something goes wrong is passed over, and said in the log: the batch is
    halved until they are alone. Raises what says that the database is away, or that others were in the way."""
    try:
        with db.session.begin_nested():
            settle(one, ids, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(ids) == 1:
            log.exception("volunteer %s cannot be assessed", ids[0])
            return
        half = len(ids) // 2
        settle_apart(one, ids[:half], now)
        settle_apart(one, ids[half:], now)


def settle(one: Assessment, ids: Sequence[int], now: datetime) -> None:
    """Settles these volunteers, as far as this achievement goes. Who has something else to count besides is settled
    altogether and hears of that, as if the worker had been first; quiet holds for what the assessment brings."""
    points.lock(ids)
    busy = set(db.session.scalars(select(Activity.volunteer_id).where(among(Activity.volunteer_id, ids), IS_UNSETTLED)))
    if busy:
        recognition.settle(sorted(busy), now=now)
    if rest := [volunteer_id for volunteer_id in ids if volunteer_id not in busy]:
        recognition.settle(rest, now=now, quiet=one.quiet, only=one.achievement)
    tell_of_new(one, ids, now)


def tell_of_new(one: Assessment, ids: Sequence[int], now: datetime) -> None:
    """Tells those who have not completed it yet that there is something new to earn: of all that a day brings, once."""
    new = one.achievement
    if one.quiet or new.is_secret or not new.is_active or new.created_at != one.created_at:
        return
    done = select(Completion.volunteer_id).where(Completion.achievement_id == new.id, Completion.reversed_at.is_(None))
    have = set(db.session.scalars(done.where(among(Completion.volunteer_id, ids))))
    data = {"achievement_id": new.id, "on": f"{organisation.today(one.created_at)}"}
    told = [(who, News.NEW_TO_EARN.value, f"new:{data['on']}", data) for who in ids if who not in have]
    notifications.tell(told, now)

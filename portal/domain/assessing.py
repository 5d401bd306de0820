"""Assessing a definition for everybody: in the background, some volunteers at a time, from where it stopped."""

from datetime import datetime

from sqlalchemy import ForeignKey, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime
from portal.domain import recognition
from portal.domain.achievements import Achievement
from portal.domain.activities import partial
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import Model, db

AT_ONCE = 200
"""Volunteers who are assessed in one transaction."""


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


def latest(achievement_ids: list[int]) -> dict[int, Assessment]:
    """The newest assessment of each of these achievements."""
    query = select(Assessment).where(Assessment.achievement_id.in_(achievement_ids)).order_by(Assessment.id)
    return {one.achievement_id: one for one in db.session.scalars(query)}


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
        recognition.settle(ids, now=now, quiet=one.quiet)
        one.last_volunteer_id = ids[-1]
        one.done += len(ids)
    else:
        one.finished_at = now
    db.session.flush()
    return True

"""FACT when volunteers take a pause, so that a streak waits for them (docs/rules.md, section 6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, among
from portal.extensions import Model, db, rows

DAY = timedelta(days=1)


class Pause(Model):
    """The days from `first_on` to `last_on`, both included; none of them once it was withdrawn before it began."""

    __tablename__ = "pauses"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="order"),
        Index("ix_pauses_volunteer_id", "volunteer_id", "first_on"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    def days(self) -> Iterator[date]:
        """Each of its days, in order."""
        return days_between(self.first_on, self.last_on)


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day from the first to the last, in order."""
    return (first + number * DAY for number in range((last - first).days + 1))


HOLDS = Pause.withdrawn_at.is_(None)
"""What was not withdrawn before it began."""


HOLDING = select(*(Pause.__table__.c[name] for name in ("volunteer_id", "first_on", "last_on"))).where(
    among(Pause.__table__.c.volunteer_id, "who"), HOLDS
)


def of(volunteer_id: int) -> list[Pause]:
    """The pauses of a volunteer that hold, the latest first."""
    query = select(Pause).where(Pause.volunteer_id == volunteer_id, HOLDS).order_by(Pause.first_on.desc())
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def days_of(volunteer_id: int) -> set[date]:
    """The paused days of a volunteer."""
    return paused_days([volunteer_id]).get(volunteer_id, set())


def paused_days(volunteer_ids: Iterable[int]) -> dict[int, set[date]]:
    """The paused days of these volunteers, by volunteer; who has none is left out."""
    found = defaultdict(set)
    for volunteer_id, first, last in rows(HOLDING, who=volunteer_ids):
        found[volunteer_id].update(days_between(first, last))
    return found

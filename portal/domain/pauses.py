"""FACT when volunteers take a pause, so that a streak waits for them (docs/rules.md, section 6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, UTCDateTime, among
from portal.extensions import Model, db

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
        for number in range((self.last_on - self.first_on).days + 1):
            yield self.first_on + number * DAY


HOLDS = Pause.withdrawn_at.is_(None)
"""What was not withdrawn before it began."""


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
    for pause in db.session.scalars(select(Pause).where(among(Pause.volunteer_id, volunteer_ids), HOLDS)):
        found[pause.volunteer_id].update(pause.days())
    return found

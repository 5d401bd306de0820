"""Snapshots of who is where, and the standings behind them (docs/rules.md, section 8)."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, Scaled, UTCDateTime, one_of, word
from portal.domain import organisation, volunteers
from portal.domain.activities import partial
from portal.domain.notifications import News
from portal.extensions import Model, db


class LeaderboardType(StrEnum):
    """What is compared."""

    POINTS = "points"
    HOURS = "hours"
    PROJECTS = "projects"


class Timeframe(StrEnum):
    """Over which dates."""

    ALL_TIME = "all_time"
    MONTHLY = "monthly"
    WEEKLY = "weekly"


class Leaderboard(Model):
    """One snapshot of one board. `rankings` holds ids, ranks and values of the first hundred; names are put on when
    read. `period_end` is the first date after the period. `entries` of a closed one: how many it was made of."""

    __tablename__ = "leaderboards"
    __table_args__ = (
        one_of("leaderboard_type", LeaderboardType),
        one_of("timeframe", Timeframe),
        CheckConstraint("(timeframe = 'all_time') = (period_start IS NULL)", name="period_start"),
        CheckConstraint("(period_start IS NULL) = (period_end IS NULL)", name="period_end"),
        CheckConstraint("closed_at IS NULL OR NOT is_current", name="closed_at"),
        partial("uq_leaderboards_current", "leaderboard_type", "timeframe", where="is_current", unique=True),
        partial(
            "uq_leaderboards_closed",
            *("leaderboard_type", "timeframe", "period_start"),
            where="closed_at IS NOT NULL",
            unique=True,
        ),
        Index("ix_leaderboards_leaderboard_type", "leaderboard_type"),
        Index("ix_leaderboards_timeframe", "timeframe"),
        Index("ix_leaderboards_period_start", "period_start"),
        Index("ix_leaderboards_generated_at", "generated_at"),
        Index("ix_leaderboards_is_current", "is_current"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    leaderboard_type: Mapped[str] = mapped_column(word())
    timeframe: Mapped[str] = mapped_column(word())
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    rankings: Mapped[list] = mapped_column(JSON)
    generated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    data_cut: Mapped[int] = mapped_column(BigInteger, default=0)
    is_current: Mapped[bool]
    total_participants: Mapped[int] = mapped_column(default=0)
    average_value: Mapped[Decimal | None] = mapped_column(Scaled(4))
    median_value: Mapped[Decimal | None] = mapped_column(Scaled(4))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    entries: Mapped[int] = mapped_column(BigInteger, default=0)


class Standing(Model):
    """PROJECTION where a volunteer stands on a current board. Hours keep their hundredths; `position` orders ties.

    Without foreign keys: each of a million rows would be looked up twice, though a join has just found them. The
    doctor sees to it.
    """

    __tablename__ = "standings"
    __table_args__ = (
        Index("ix_standings_position", "leaderboard_id", "position"),
        Index("ix_standings_value", "leaderboard_id", "value"),
    )

    leaderboard_id: Mapped[int] = mapped_column(Id, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(Id, primary_key=True)
    rank: Mapped[int]
    position: Mapped[int]
    value: Mapped[Decimal] = mapped_column(Scaled(2))


class BoardTouch(Model):
    """A note that something changed a kind of board on these dates; whoever rebuilds it takes the note away."""

    __tablename__ = "board_touches"
    __table_args__ = (one_of("leaderboard_type", LeaderboardType),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    leaderboard_type: Mapped[str] = mapped_column(word())
    first_on: Mapped[date]
    last_on: Mapped[date]
    touched_at: Mapped[datetime] = mapped_column(UTCDateTime)


def touch(board: LeaderboardType, days: Collection[date], now: datetime) -> None:
    """Notes that something of these dates changed this kind of board; nothing for no dates."""
    if days:
        db.session.add(BoardTouch(leaderboard_type=board, first_on=min(days), last_on=max(days), touched_at=now))


def people_are_compared() -> bool:
    """Whether there are boards of people here; an organisation may go without."""
    return bool(organisation.setting("boards_of_people"))


def unsaid() -> News | None:
    """The kind of news that is neither shown nor sent: of places, where people are not compared."""
    return None if people_are_compared() else News.RANK


def place_of(balance) -> int | None:
    """The place of all time that a balance has, where people are compared."""
    return balance.rank if people_are_compared() else None


def shown_rankings(snapshot: Leaderboard) -> list[dict]:
    """The stored places with the names that others see, and the names of their pictures, put on now; who may not be
    seen any more is left out."""
    people = volunteers.by_ids([row["volunteer_id"] for row in snapshot.rankings])
    return [
        row | {"volunteer_name": who.shown_name, "volunteer_avatar": who.avatar}
        for row in snapshot.rankings
        if (who := people.get(row["volunteer_id"])) is not None and who.listed
    ]

"""Results as people browse them: what a week or month came to (docs/rules.md, section 8)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import Row, func, select

from portal.domain import volunteers
from portal.domain.leaderboards import Leaderboard
from portal.domain.periods import Board
from portal.domain.places import Place
from portal.domain.volunteers import Volunteer
from portal.extensions import db


def of(board: Board, start: date, today: date) -> Leaderboard | None:
    """The result of the period that began on this date: the closed one, or, until it is closed, the latest."""
    query = (
        select(Leaderboard)
        .where(*ended(board, today), Leaderboard.period_start == start)
        .order_by(Leaderboard.closed_at.is_(None), Leaderboard.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def ended(board: Board, today: date) -> tuple:
    """That a snapshot is of a period of this board that is over."""
    return (
        Leaderboard.leaderboard_type == board.type,
        Leaderboard.timeframe == board.timeframe,
        Leaderboard.period_end <= today,
        ~Leaderboard.is_current,
    )


def all_of(board: Board, today: date) -> list[Row]:
    """Every period that is over, the latest first: (period_start, participants)."""
    closed_or_last = func.row_number().over(
        partition_by=Leaderboard.period_start, order_by=(Leaderboard.closed_at.is_(None), Leaderboard.id.desc())
    )
    each = select(Leaderboard.period_start, Leaderboard.total_participants.label("participants"))
    each = each.add_columns(closed_or_last.label("number")).where(*ended(board, today)).subquery()
    query = select(each.c.period_start, each.c.participants).where(each.c.number == 1)
    return list(db.session.execute(query.order_by(each.c.period_start.desc())))


def beside(board: Board, start: date, today: date) -> tuple[date | None, date | None]:
    """When the periods before and after this one began, as far as they have results."""
    first = Leaderboard.period_start
    query = select(func.max(first).filter(first < start), func.min(first).filter(first > start))
    earlier, later = db.session.execute(query.where(*ended(board, today))).one()
    return earlier, later


def places(result: Leaderboard) -> list[Place]:
    """The kept places with names put on now; who may not be seen any more is left out, the others keep their ranks."""
    people = volunteers.by_ids([row["volunteer_id"] for row in result.rankings])
    return [
        place(row, people[row["volunteer_id"]], position)
        for position, row in enumerate(result.rankings, start=1)
        if row["volunteer_id"] in people and people[row["volunteer_id"]].listed
    ]


def place(row: Mapping, who: Volunteer, position: int) -> Place:
    """A kept place."""
    return Place(who.id, who.shown_name, row["rank"], Decimal(str(row["value"])), position, who.avatar)

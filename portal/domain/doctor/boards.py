"""Which current snapshots there are, which of them are due, and what the facts say of the others.

A board that something touched, or whose period is not today's, is due: the next snapshot rebuilds it, so it is not
compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select

from portal.domain.activities import Activity, ActivityStatus, EventType
from portal.domain.leaderboards import BoardTouch, Leaderboard, LeaderboardType, Timeframe
from portal.extensions import db

COMPARED = {EventType.HOURS_LOGGED: LeaderboardType.HOURS, EventType.PROJECT_COMPLETED: LeaderboardType.PROJECTS}
"""Which activities boards look at themselves; points they take from the ledger."""

RANKED = """
    WITH boards AS (
        SELECT id, leaderboard_type, period_start, period_end FROM leaderboards WHERE id IN :boards
    ),
    entries AS (
        SELECT boards.id AS leaderboard_id, volunteer_id, CAST(100 * sum(points_change) AS BIGINT) AS value
        FROM boards CROSS JOIN points_history
        WHERE leaderboard_type = 'points'
          AND (period_start IS NULL OR (effective_on >= period_start AND effective_on < period_end))
        GROUP BY boards.id, volunteer_id
        UNION ALL
        SELECT boards.id, volunteer_id,
               CAST(sum(CASE leaderboard_type WHEN 'hours' THEN quantity ELSE 100 END) AS BIGINT)
        FROM boards CROSS JOIN activities
        WHERE booked
          AND event_type = CASE leaderboard_type WHEN 'hours' THEN 'hours_logged'
                                                 WHEN 'projects' THEN 'project_completed' END
          AND (period_start IS NULL OR (occurred_on >= period_start AND occurred_on < period_end))
        GROUP BY boards.id, volunteer_id
    ),
    ranked AS (
        SELECT leaderboard_id, volunteer_id, value,
               rank() OVER (PARTITION BY leaderboard_id ORDER BY value DESC) AS rank,
               row_number() OVER (PARTITION BY leaderboard_id ORDER BY value DESC, volunteer_id) AS place,
               count(*) OVER (PARTITION BY leaderboard_id) AS number
        FROM entries
        JOIN volunteers ON volunteers.id = volunteer_id
        WHERE value > 0 AND status = 'active' AND visibility <> 'unlisted'
    )
"""
"""The places of everybody on the boards whose ids are given: active, listed, above 0 (docs/rules.md, section 8)."""


@dataclass(frozen=True)
class Boards:
    """The current snapshots: those that are compared, and those that are due; and what was touched."""

    compared: list[Leaderboard] = field(default_factory=list)
    due: list[Leaderboard] = field(default_factory=list)
    touches: list[BoardTouch] = field(default_factory=list)

    @property
    def names(self) -> dict[int, str]:
        """What to call each of them, by id."""
        return {board.id: name_of(board) for board in (*self.compared, *self.due)}


def name_of(board: Leaderboard) -> str:
    """'board points/all_time', as the report calls it."""
    return check_of(board.leaderboard_type, board.timeframe)


def check_of(kind: str, timeframe: str) -> str:
    """The name under which the report speaks of a board."""
    return f"board {kind}/{timeframe}"


WHOLE = check_of(LeaderboardType.POINTS, Timeframe.ALL_TIME)
"""The board whose ranks stand in the balances too."""


def current(today: date) -> Boards:
    """The current snapshots, apart by whether they are due on this date of the organisation."""
    touches = [*db.session.scalars(select(BoardTouch)), *unsettled()]
    found = Boards(touches=touches)
    query = select(Leaderboard).where(Leaderboard.is_current).order_by(Leaderboard.id)
    for board in db.session.scalars(query.execution_options(populate_existing=True)):
        (found.due if is_due(board, touches, today) else found.compared).append(board)
    return found


def unsettled() -> list[BoardTouch]:
    """What was reversed and is not undone yet, as touches: whether a board has it depends on when it was built."""
    first, last = func.min(Activity.occurred_on), func.max(Activity.occurred_on)
    query = (
        select(Activity.event_type, first, last)
        .where(Activity.status == ActivityStatus.REVERSED, Activity.booked, Activity.event_type.in_(COMPARED))
        .group_by(Activity.event_type)
    )
    rows = db.session.execute(query)
    return [
        BoardTouch(leaderboard_type=COMPARED[EventType(kind)], first_on=since, last_on=till)
        for kind, since, till in rows
    ]


def is_due(board: Leaderboard, touches: Iterable[BoardTouch], today: date) -> bool:
    """Whether the snapshot job has yet to rebuild it: its period is over, or something touched it."""
    if not overlaps(board, today, today):
        return True
    return any(
        touch.leaderboard_type == board.leaderboard_type and overlaps(board, touch.first_on, touch.last_on)
        for touch in touches
    )


def overlaps(board: Leaderboard, first: date, last: date) -> bool:
    """Whether dates from the first to the last lie, in part, in the board's period."""
    if board.period_start is None or board.period_end is None:
        return True
    return first < board.period_end and last >= board.period_start

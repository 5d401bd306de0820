"""Current snapshots, standings and ranks against the facts (docs/rules.md, section 8).

A board that something touched, or whose period is over, is due: the snapshot job rebuilds it, so it is not compared.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from portal.domain.doctor.report import Difference
from portal.domain.leaderboards import BoardTouch, Leaderboard
from portal.extensions import db

SHOWN = 100
FIGURES = ("total_participants", "average_value", "median_value")

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

STANDINGS_STORED = "SELECT leaderboard_id, volunteer_id, value, rank FROM standings WHERE leaderboard_id IN :boards"
STANDINGS_RECOMPUTED = "SELECT leaderboard_id, volunteer_id, value, rank FROM ranked"

LEFT_OVER = """
    SELECT leaderboard_id, count(*) AS standings
    FROM standings
    WHERE leaderboard_id NOT IN (SELECT id FROM leaderboards WHERE is_current)
    GROUP BY leaderboard_id
    ORDER BY leaderboard_id
"""

POSITIONS = """
    SELECT leaderboard_id, volunteer_id, position, place
    FROM (
        SELECT leaderboard_id, volunteer_id, position,
               row_number() OVER (PARTITION BY leaderboard_id ORDER BY value DESC, position, volunteer_id) AS place
        FROM standings
        WHERE leaderboard_id IN :boards
    ) AS places
    WHERE position <> place
    ORDER BY leaderboard_id, place
"""
"""Within a rank the order of names is the board's own: here it is only that positions count on without a gap."""

STATISTICS = (
    RANKED
    + """
    SELECT leaderboard_id, number, CAST(sum(value) AS BIGINT) AS total,
           CAST(sum(CASE WHEN place IN ((number + 1) / 2, (number + 2) / 2) THEN value END) AS BIGINT) AS middle,
           count(CASE WHEN place IN ((number + 1) / 2, (number + 2) / 2) THEN 1 END) AS middles
    FROM ranked
    GROUP BY leaderboard_id, number
"""
)

RANKS_STORED = "SELECT volunteer_id, rank, rank_percentile FROM volunteer_points"
RANKS_RECOMPUTED = """
    SELECT volunteer_points.volunteer_id, ranked.rank, (2000 * (number - ranked.rank + 1) + number) / (2 * number)
    FROM volunteer_points
    LEFT JOIN ranked ON ranked.volunteer_id = volunteer_points.volunteer_id
"""
"""The percentile is 100 * cume_dist over the values ascending, in tenths, half up."""


@dataclass(frozen=True)
class Boards:
    """The current snapshots: those that are compared, and those that are due."""

    compared: list[Leaderboard] = field(default_factory=list)
    due: list[Leaderboard] = field(default_factory=list)

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
    touches = list(db.session.scalars(select(BoardTouch)))
    found = Boards()
    query = select(Leaderboard).where(Leaderboard.is_current).order_by(Leaderboard.id)
    for board in db.session.scalars(query.execution_options(populate_existing=True)):
        (found.due if is_due(board, touches, today) else found.compared).append(board)
    return found


def is_due(board: Leaderboard, touches: Iterable[BoardTouch], today: date) -> bool:
    """Whether the snapshot job has yet to rebuild it: its period is over, or something touched it."""
    if board.period_start is not None and not board.period_start <= today < board.period_end:
        return True
    return any(touch.leaderboard_type == board.leaderboard_type and overlaps(board, touch) for touch in touches)


def overlaps(board: Leaderboard, touch: BoardTouch) -> bool:
    """Whether the touched dates lie, in part, in the board's period."""
    whole = board.period_start is None
    return whole or (touch.first_on < board.period_end and touch.last_on >= board.period_start)


def examine(boards: Boards) -> Iterator[Difference]:
    """Differences between the boards and the facts: they can be mended."""
    ids = {"boards": [board.id for board in boards.compared]}
    yield from counted(boards)
    yield from standings(boards.names, ids)
    yield from positions(boards.names, ids)
    yield from left_over()
    yield from snapshots(boards.compared, ids)
    if WHOLE in (name_of(board) for board in boards.compared):
        yield from ranks(boards.compared)


def counted(boards: Boards) -> Iterator[Difference]:
    """Boards that have no current snapshot, or several."""
    number = Counter(boards.names.values())
    for name in starmap(check_of, product(LeaderboardType, Timeframe)):
        if number[name] != 1:
            yield Difference(name, None, "current snapshots", number[name], 1, mendable=True)


def standings(names: Mapping[int, str], ids: dict) -> Iterator[Difference]:
    """Who stands where on which board, otherwise than the facts say."""
    keys = ("leaderboard_id", "volunteer_id")
    sql = both_ways(STANDINGS_STORED, STANDINGS_RECOMPUTED, keys=keys, facts=RANKED)
    for stored, recomputed in pairs(db.session.execute(query(sql, value=Scaled(2)), ids).mappings(), keys):
        row = stored or recomputed
        for column, was, should in unlike(stored, recomputed, keys):
            yield Difference(names[row["leaderboard_id"]], row["volunteer_id"], column, was, should, mendable=True)


def positions(names: Mapping[int, str], ids: dict) -> Iterator[Difference]:
    """Positions that don't count on from the greatest value to the smallest."""
    for board_id, volunteer_id, position, place in db.session.execute(query(POSITIONS), ids):
        yield Difference(names[board_id], volunteer_id, "position", position, place, mendable=True)


def left_over() -> Iterator[Difference]:
    """Standings that a superseded snapshot left behind."""
    for board_id, number in db.session.execute(query(LEFT_OVER)):
        yield Difference("standings", None, f"standings of superseded snapshot {board_id}", number, 0, mendable=True)


def snapshots(boards: Iterable[Leaderboard], ids: dict) -> Iterator[Difference]:
    """Figures and rankings in the snapshots themselves."""
    figures = {row["leaderboard_id"]: row for row in db.session.execute(query(STATISTICS), ids).mappings()}
    first = first_hundred(ids)
    for board in boards:
        stored = (board.total_participants, board.average_value, board.median_value)
        for what, was, should in zip(FIGURES, stored, statistics(figures.get(board.id)), strict=True):
            if was != should:
                yield Difference(name_of(board), None, what, was, should, mendable=True)
        for place, (was, should) in enumerate(zip_longest(ranking(board), first[board.id]), start=1):
            if was != should:
                yield Difference(name_of(board), None, f"rankings, place {place}", was, should, mendable=True)


def statistics(row: Mapping | None) -> tuple[int, Decimal | None, Decimal | None]:
    """Participants, average half up at four decimals, median; of nobody there is neither."""
    if row is None:
        return 0, None, None
    number = row["number"]
    average = (200 * row["total"] + number) // (2 * number)
    return number, from_units(average, 4), from_units(100 * row["middle"] // row["middles"], 4)


def ranking(board: Leaderboard) -> list[tuple]:
    """What the snapshot itself keeps, as (volunteer, rank, value)."""
    return [(entry["volunteer_id"], entry["rank"], Decimal(str(entry["value"]))) for entry in board.rankings]


def first_hundred(ids: dict) -> dict[int, list[tuple]]:
    """The same of the standings, by board."""
    first = defaultdict(list)
    columns = (Standing.leaderboard_id, Standing.volunteer_id, Standing.rank, Standing.value)
    of_these = Standing.leaderboard_id.in_(ids["boards"]), Standing.position <= SHOWN
    for board_id, *entry in db.session.execute(select(*columns).where(*of_these).order_by(Standing.position)):
        first[board_id].append(tuple(entry))
    return first


def ranks(boards: Iterable[Leaderboard]) -> Iterator[Difference]:
    """Ranks in the balances that are not those of points/all_time."""
    ids = {"boards": [board.id for board in boards if name_of(board) == WHOLE]}
    keys = ("volunteer_id",)
    sql = both_ways(RANKS_STORED, RANKS_RECOMPUTED, keys=keys, facts=RANKED)
    for stored, recomputed in pairs(db.session.execute(query(sql, rank_percentile=Scaled(1)), ids).mappings(), keys):
        for column, was, should in unlike(stored, recomputed, keys):
            yield Difference("ranks", recomputed["volunteer_id"], column, was, should, mendable=True)

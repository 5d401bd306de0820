"""Standings, and the ranks in the balances, against the facts (docs/rules.md, section 8)."""

from collections.abc import Iterator, Mapping

from portal.database import Scaled
from portal.domain.doctor.boards import RANKED, WHOLE, Boards, name_of
from portal.domain.doctor.report import Difference, both_ways, pairs, query, unlike
from portal.extensions import db

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

RANKS_STORED = "SELECT volunteer_id, rank, rank_percentile FROM volunteer_points"
RANKS_RECOMPUTED = """
    SELECT volunteer_id, max(rank), max(percentile)
    FROM (
        SELECT volunteer_id, NULL AS rank, NULL AS percentile FROM volunteer_points
        UNION ALL
        SELECT volunteer_id, rank, (2000 * (number - rank + 1) + number) / (2 * number) FROM ranked
    ) AS ranks
    GROUP BY volunteer_id
"""
"""The percentile is 100 * cume_dist over the values ascending, in tenths, half up."""


def examine(boards: Boards) -> Iterator[Difference]:
    """Standings and ranks that are not as the facts say. They can be mended."""
    ids = {"boards": [board.id for board in boards.compared]}
    yield from standings(boards.names, ids)
    yield from positions(boards.names, ids)
    yield from left_over()
    if whole := [board.id for board in boards.compared if name_of(board) == WHOLE]:
        yield from ranks({"boards": whole})


def standings(names: Mapping[int, str], ids: dict) -> Iterator[Difference]:
    """Who stands where on which board, otherwise than the facts say."""
    keys = ("leaderboard_id", "volunteer_id")
    sql = both_ways(STANDINGS_STORED, STANDINGS_RECOMPUTED, keys=keys, facts=RANKED)
    for row, stored, recomputed in pairs(db.session.execute(query(sql, value=Scaled(2)), ids).mappings(), keys):
        for column, was, should in unlike(stored, recomputed, keys):
            yield Difference(names[row["leaderboard_id"]], row["volunteer_id"], column, was, should, mendable=True)


def positions(names: Mapping[int, str], ids: dict) -> Iterator[Difference]:
    """Positions that don't count on from the greatest value to the smallest."""
    for board_id, volunteer_id, position, place in db.session.execute(query(POSITIONS), ids):
        yield Difference(names[board_id], volunteer_id, "position", position, place, mendable=True)


def left_over() -> Iterator[Difference]:
    """Standings that a superseded snapshot left behind."""
    for board_id, number in db.session.execute(query(LEFT_OVER)):
        what = "standings of superseded snapshot {id}"
        yield Difference("standings", None, what, number, 0, mendable=True, about={"id": board_id})


def ranks(ids: dict) -> Iterator[Difference]:
    """Ranks in the balances that are not those of points/all_time."""
    keys = ("volunteer_id",)
    sql = both_ways(RANKS_STORED, RANKS_RECOMPUTED, keys=keys, facts=RANKED)
    rows = db.session.execute(query(sql, rank_percentile=Scaled(1)), ids).mappings()
    for row, stored, recomputed in pairs(rows, keys):
        for column, was, should in unlike(stored, recomputed, keys):
            yield Difference("ranks", row["volunteer_id"], column, was, should, mendable=True)

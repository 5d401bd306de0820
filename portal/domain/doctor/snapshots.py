"""Current snapshots: that each is there once, its figures against the facts, its rankings against the standings."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import product, starmap, zip_longest

from sqlalchemy import select

from portal.database import from_units
from portal.domain.doctor.boards import RANKED, Boards, check_of, name_of
from portal.domain.doctor.report import Difference, query
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Standing, Timeframe
from portal.extensions import db

SHOWN = 100
PLACE = "rankings, place {place}"
FIGURES = ("total_participants", "average_value", "median_value")

STATISTICS = f"""
    {RANKED}
    SELECT leaderboard_id, number, CAST(sum(value) AS BIGINT) AS total,
           CAST(sum(CASE WHEN place IN ((number + 1) / 2, (number + 2) / 2) THEN value END) AS BIGINT) AS middle,
           count(CASE WHEN place IN ((number + 1) / 2, (number + 2) / 2) THEN 1 END) AS middles
    FROM ranked
    GROUP BY leaderboard_id, number
"""


def examine(boards: Boards) -> Iterator[Difference]:
    """Snapshots that are missing, or say otherwise than the facts. They can be mended."""
    yield from counted(boards)
    yield from snapshots(boards.compared, {"boards": [board.id for board in boards.compared]})


def counted(boards: Boards) -> Iterator[Difference]:
    """Boards that have no current snapshot, or several."""
    number = Counter(boards.names.values())
    for name in starmap(check_of, product(LeaderboardType, Timeframe)):
        if number[name] != 1:
            yield Difference(name, None, "current snapshots", number[name], 1, mendable=True)


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
                values = (in_words(was), in_words(should))
                yield Difference(name_of(board), None, PLACE, *values, mendable=True, about={"place": place})


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


def in_words(entry: tuple | None) -> str | None:
    """One entry of the rankings as the report shows it."""
    return None if entry is None else "volunteer {}, rank {}, value {}".format(*entry)

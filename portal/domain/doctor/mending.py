"""Puts projections right: volunteers under their lock, by the statements that found them wrong; boards by a rebuild."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Table, delete, insert, select, update

from portal.domain import audit, leaderboards, organisation, points
from portal.domain.achievements import VolunteerAchievement
from portal.domain.doctor.boards import check_of
from portal.domain.doctor.projections import BALANCES, PROGRESS, Projection, differing
from portal.domain.doctor.report import Report
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Standing, Timeframe
from portal.domain.points import VolunteerPoints
from portal.extensions import db

AT_ONCE = 500


def repair(report: Report, now: datetime) -> int:
    """Mends what the report calls mendable and returns how many rows and boards that were. Facts stay as they are.

    Balances and progress are recomputed under the lock, since the report may be older than what was settled meanwhile.
    """
    mended = Counter()
    for volunteers in portions(concerned(report)):
        points.lock(volunteers)
        mended["volunteer_points"] += mend(BALANCES, VolunteerPoints.__table__, volunteers, updated_at=now)
        mended["volunteer_achievements"] += mend(PROGRESS, VolunteerAchievement.__table__, volunteers)
    mended["standings"] = drop_left_over()
    mended["leaderboards"] = rebuild(report, now)
    mended = {table: number for table, number in mended.items() if number}
    if mended:
        audit.note("repaired", VolunteerPoints(), at=now, after=mended)  # of no one row: the subject has no id
    return sum(mended.values())


def concerned(report: Report) -> list[int]:
    """Ids of the volunteers whose balance or progress is wrong, ascending: the order in which they are locked."""
    return sorted({each.volunteer_id for each in report.mendable if each.check in ("balances", "progress")})


def portions(ids: list[int]) -> Iterator[list[int]]:
    """The ids, some hundred at a time."""
    yield from (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def mend(projection: Projection, table: Table, volunteers: list[int], **stamps) -> int:
    """Rewrites the rows of these volunteers that are not as the facts say; how many."""
    rows = list(differing(projection, volunteers))
    for stored, recomputed in rows:
        db.session.execute(rewriting(table, projection.keys, stored, recomputed, stamps))
    return len(rows)


def rewriting(table: Table, keys: tuple[str, ...], stored: Mapping | None, recomputed: Mapping | None, stamps: dict):
    """The statement that makes one row as the facts say: adds, changes or removes it."""
    where = [table.c[key] == (stored or recomputed)[key] for key in keys]
    if recomputed is None:
        return delete(table).where(*where)
    values = {name: value for name, value in recomputed.items() if name != "side"} | stamps
    return insert(table).values(values) if stored is None else update(table).where(*where).values(values)


def drop_left_over() -> int:
    """Removes standings that superseded snapshots left behind; how many."""
    current = select(Leaderboard.id).where(Leaderboard.is_current)
    return db.session.execute(delete(Standing).where(Standing.leaderboard_id.not_in(current))).rowcount


def rebuild(report: Report, now: datetime) -> int:
    """Has every kind of board with a difference rebuilt, ranks with it; how many boards were wrong."""
    wrong = {each.check for each in report.mendable}
    boards = [(kind, frame) for kind in LeaderboardType for frame in Timeframe if check_of(kind, frame) in wrong]
    if "ranks" in wrong:
        boards.append((LeaderboardType.POINTS, Timeframe.ALL_TIME))
    for kind in sorted({kind for kind, _ in boards}):
        leaderboards.touch(kind, {organisation.today(now)}, now)
    if boards:
        db.session.flush()
        leaderboards.refresh(now=now)
    return len(set(boards))

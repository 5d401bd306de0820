"""Puts projections right: volunteers under their lock, by the statements that found them wrong; boards by a rebuild."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from portal.domain import audit, organisation, points, snapshots
from portal.domain.accounts import User
from portal.domain.achievements import VolunteerAchievement
from portal.domain.doctor import found_names, one_by_one
from portal.domain.doctor.boards import WHOLE, check_of
from portal.domain.doctor.projections import BALANCES, PROGRESS, differing
from portal.domain.doctor.report import Report
from portal.domain.goals import Goal
from portal.domain.leaderboards import Leaderboard, Standing, touch
from portal.domain.points import VolunteerPoints
from portal.domain.team_boards import TeamStanding
from portal.extensions import db

AT_ONCE = 500


def repair(report: Report, now: datetime, *, by: User | None = None) -> int:
    """Mends what the report calls mendable and returns how many rows and boards that were. Facts stay as they are.
    The audit says who asked: `by`, or nobody for a command.

    Balances and progress are recomputed under the lock, since the report may be older than what was settled meanwhile.
    """
    mended = Counter()
    for volunteers in portions(concerned(report)):
        points.lock(volunteers)
        mended["volunteer_points"] += mend(VolunteerPoints, differing(BALANCES, volunteers), updated_at=now)
        progress = [*differing(PROGRESS, volunteers), *one_by_one.differing(volunteers)]
        mended["volunteer_achievements"] += mend(VolunteerAchievement, progress)
    mended["name_beginnings"] = found_names.mend([one.volunteer_id for one in report.mendable if one.check == "names"])
    mended["standings"] = drop_left_over() if any(each.check == "standings" for each in report.mendable) else 0
    mended["goals"] = mark_goals(report)
    mended["leaderboards"] = rebuild(report, now)
    if mended["goals"]:
        snapshots.refresh(now=now)
    mended = {table: number for table, number in mended.items() if number}
    if mended:
        audit.note_of("repair", VolunteerPoints.__tablename__, None, at=now, by=by, after=mended)
    return sum(mended.values())


def concerned(report: Report) -> list[int]:
    """Ids of the volunteers whose balance or progress is wrong, ascending: the order in which they are locked."""
    own = [each for each in report.mendable if each.check in ("balances", "progress")]
    return sorted({each.volunteer_id for each in own if each.volunteer_id is not None})


def portions(ids: list[int]) -> Iterator[list[int]]:
    """The ids, some hundred at a time."""
    yield from (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def mend(model: type, differences: Iterable[tuple], **stamps) -> int:
    """Rewrites the rows that are not as the facts say; how many. Differences are (keys, stored, recomputed)."""
    rows = list(differences)
    for keys, stored, recomputed in rows:
        db.session.execute(rewriting(model, keys, stored, recomputed, stamps))
    return len(rows)


def rewriting(model: type, keys: dict, stored: Mapping | None, recomputed: Mapping | None, stamps: dict):
    """The statement that makes one row as the facts say: adds, changes or removes it."""
    where = [getattr(model, key) == value for key, value in keys.items()]
    if recomputed is None:
        return delete(model).where(*where)
    values = {name: value for name, value in recomputed.items() if name != "side"} | stamps
    return insert(model).values(values) if stored is None else update(model).where(*where).values(values)


def drop_left_over() -> int:
    """Removes standings that superseded snapshots left behind; how many."""
    current = select(Leaderboard.id).where(Leaderboard.is_current)
    number = 0
    for model in (Standing, TeamStanding):
        left_over = delete(model).where(model.leaderboard_id.not_in(current)).returning(model.leaderboard_id)
        number += len(db.session.execute(left_over).all())
    return number


def mark_goals(report: Report) -> int:
    """Has the goals that are wrong looked at by the next refresh; how many."""
    wrong = {each.about["goal_id"] for each in report.mendable if each.check == "goals"}
    if wrong:
        db.session.execute(update(Goal).where(Goal.id.in_(wrong)).values(due=True))
    return len(wrong)


def rebuild(report: Report, now: datetime) -> int:
    """Has every kind of board with a difference rebuilt, ranks with it; how many boards were wrong."""
    wrong = {WHOLE if each.check == "ranks" else each.check for each in report.mendable}
    boards = [board for board in snapshots.BOARDS if check_of(board.type, board.timeframe) in wrong]
    today = organisation.today(now)
    for kind in sorted({board.type for board in boards}):
        touch(kind, {today}, now)
    if boards:
        open_missing(boards, now)
        snapshots.refresh(now=now)
    return len(boards)


def open_missing(boards: list[snapshots.Board], now: datetime) -> None:
    """Gives boards that have no current snapshot an empty one, for the rebuild to replace."""
    query = select(Leaderboard.leaderboard_type, Leaderboard.timeframe).where(Leaderboard.is_current)
    there = {tuple(row) for row in db.session.execute(query)}
    for board in boards:
        if (board.type, board.timeframe) not in there:
            start, end = snapshots.period_of(board.timeframe, organisation.today(now))
            names = {"leaderboard_type": board.type, "timeframe": board.timeframe}
            period = {"period_start": start, "period_end": end}
            db.session.add(Leaderboard(**names, **period, rankings=[], generated_at=now, is_current=True))
    db.session.flush()

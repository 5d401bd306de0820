"""Reads what the engine booked in the terms of the oracle, so that both can be compared with `==`."""

from collections import Counter, defaultdict
from fractions import Fraction

from sqlalchemy import MetaData, select, text

from portal.domain.achievements import Completion, VolunteerAchievement
from portal.domain.activities import Activity
from portal.domain.badges import VolunteerBadge
from portal.domain.leaderboards import Leaderboard, Standing
from portal.domain.points import PointsHistory, VolunteerPoints
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import oracle


def names() -> dict[int, str]:
    """What the oracle calls each volunteer: by e-mail, else external id, else name."""
    columns = (Volunteer.id, Volunteer.email, Volunteer.external_id, Volunteer.name)
    return {row.id: row.email or row.external_id or row.name for row in db.session.execute(select(*columns))}


def states() -> dict[str, oracle.State]:
    """What is booked for everybody who did anything that counts, after settling."""
    whose = set(db.session.scalars(select(Activity.volunteer_id).where(Activity.status == "counted")))
    parts = {name: read() for name, read in PARTS.items()}
    found = {}
    for balance in db.session.scalars(select(VolunteerPoints).execution_options(populate_existing=True)):
        if balance.volunteer_id in whose:
            found[balance.volunteer_id] = state(
                balance, {name: part[balance.volunteer_id] for name, part in parts.items()}
            )
    called = names()
    return {called[volunteer_id]: one for volunteer_id, one in found.items()}


def state(balance: VolunteerPoints, parts: dict) -> oracle.State:
    """One volunteer."""
    assert balance.current_points == balance.total_points
    return oracle.State(
        total_points=balance.total_points,
        longest_streak_days=balance.longest_streak_days,
        last_run_days=balance.current_streak_days,
        last_activity_date=balance.last_activity_date,
        hours=balance.total_hours,
        projects=balance.total_projects,
        **parts,
    )


def ledgers() -> dict[int, dict]:
    """Sums of the ledger by type and day, without zeros."""
    found: dict = defaultdict(Counter)
    columns = (PointsHistory.volunteer_id, PointsHistory.event_type, PointsHistory.effective_on)
    for who, kind, day, points in db.session.execute(select(*columns, PointsHistory.points_change)):
        found[who][kind, day] += points
    return defaultdict(dict, {who: {key: sum_ for key, sum_ in sums.items() if sum_} for who, sums in found.items()})


def completed() -> dict[int, set]:
    """Live completions: (achievement, nth, when)."""
    found: dict = defaultdict(set)
    columns = (Completion.volunteer_id, Completion.achievement_id, Completion.nth, Completion.completed_at)
    for who, *completion in db.session.execute(select(*columns).where(Completion.reversed_at.is_(None))):
        found[who].add(tuple(completion))
    return found


def held() -> dict[int, dict]:
    """Badges held, and since when."""
    found: dict = defaultdict(dict)
    columns = (VolunteerBadge.volunteer_id, VolunteerBadge.badge_id, VolunteerBadge.earned_at)
    for who, badge_id, earned_at in db.session.execute(select(*columns).where(VolunteerBadge.revoked_at.is_(None))):
        found[who][badge_id] = earned_at
    return found


def progress() -> dict[int, dict]:
    """Progress by achievement."""
    found: dict = defaultdict(dict)
    for row in db.session.scalars(select(VolunteerAchievement).execution_options(populate_existing=True)):
        assert row.is_completed == (row.times_completed > 0) == (row.completed_at is not None)
        found[row.volunteer_id][row.achievement_id] = oracle.Progress(
            Fraction(row.current_progress),
            Fraction(row.target_progress),
            row.times_completed,
            row.started_at,
            row.last_progress_at,
        )
    return found


PARTS = {"ledger": ledgers, "completed": completed, "badges": held, "progress": progress}


def undated(states: dict[str, oracle.State]) -> dict[str, tuple]:
    """What must not depend on any order: points, which completions, which badges, streaks, progress, sums."""
    return {
        who: (
            *(one.total_points, sorted((which, nth) for which, nth, _ in one.completed), sorted(one.badges)),
            *(one.longest_streak_days, one.last_run_days, one.last_activity_date),
            *(one.progress, one.hours, one.projects),
        )
        for who, one in states.items()
    }


def board(kind: str, timeframe: str) -> Leaderboard:
    """The current snapshot, of which there is exactly one."""
    query = select(Leaderboard).where(
        Leaderboard.leaderboard_type == kind, Leaderboard.timeframe == timeframe, Leaderboard.is_current
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def standings(kind: str = "points", timeframe: str = "all_time") -> list[tuple]:
    """Who stands where on the current board, in its order: (name or e-mail, rank, value)."""
    called = names()
    query = select(Standing).where(Standing.leaderboard_id == board(kind, timeframe).id).order_by(Standing.position)
    return [(called[one.volunteer_id], one.rank, one.value) for one in db.session.scalars(query)]


def boards() -> dict[tuple[str, str], oracle.Board]:
    """The nine current boards, each with its standings by rank, then by what the oracle calls people."""
    kinds = ("points", "hours", "projects")
    frames = ("all_time", "monthly", "weekly")
    return {(kind, frame): as_oracle(board(kind, frame)) for kind in kinds for frame in frames}


def as_oracle(snapshot: Leaderboard) -> oracle.Board:
    """A snapshot as the oracle has it."""
    rows = standings(snapshot.leaderboard_type, snapshot.timeframe)
    return oracle.Board(
        sorted(
            (oracle.Standing(who, rank, Fraction(value)) for who, rank, value in rows),
            key=lambda x: (x.rank, x.volunteer),
        ),
        snapshot.total_participants,
        None if snapshot.average_value is None else Fraction(snapshot.average_value),
        None if snapshot.median_value is None else Fraction(snapshot.median_value),
        snapshot.period_start,
        snapshot.period_end,
    )


def dump() -> dict[str, list[str]]:
    """Every row of every table, as text."""
    metadata = MetaData()
    metadata.reflect(db.session.connection())
    tables = {
        name: sorted(str(tuple(row)) for row in db.session.execute(text(f"SELECT * FROM {name}")))
        for name in metadata.tables
    }
    db.session.rollback()
    return tables

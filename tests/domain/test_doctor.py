"""The doctor finds a healthy world healthy, sees each kind of damage, mends projections and leaves facts alone.

The world is written by hand, row by row, with the figures worked out on paper: nothing of the engine is used.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select, text, update

from portal.domain import doctor
from portal.domain.accounts import User
from portal.domain.achievements import Achievement, Completion, VolunteerAchievement
from portal.domain.activities import Activity
from portal.domain.audit import AuditRecord
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.leaderboards import BoardTouch, Leaderboard, Standing
from portal.domain.notifications import Notification, OutboxRow
from portal.domain.points import Award, PointsHistory, VolunteerPoints
from portal.domain.volunteers import Volunteer
from portal.extensions import db

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)  # a Wednesday
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
APRIL, MONDAY, TUESDAY, TODAY = (datetime(2026, *day, 9, tzinfo=UTC) for day in ((4, 1), (5, 18), (5, 19), (5, 20)))
ADA, BEN, CLEO, DAN = 1, 2, 3, 4
GRACE = 1
PERIODS = {
    "all_time": (None, None),
    "monthly": (date(2026, 5, 1), date(2026, 6, 1)),
    "weekly": (date(2026, 5, 18), date(2026, 5, 25)),
}
FIRST_HOUR, FIRST_PROJECT, BRING_A_FRIEND = 1, 6, 16
HOUR_MILESTONES, STREAKS = {1: 1, 2: 10, 3: 50, 4: 100, 5: 500}, {14: 7, 15: 30}

ACTIVITIES = [  # id, whose, type, quantity, when, price
    (1, ADA, "hours_logged", "2", APRIL, "10"),
    (2, ADA, "hours_logged", "0.5", MONDAY, "2.5"),
    (3, ADA, "hours_logged", "0.5", MONDAY + timedelta(hours=2), "2.5"),  # came from Dan, who was merged into her
    (4, ADA, "project_completed", "1", TUESDAY, "100"),
    (5, ADA, "skill_certified", "1", TUESDAY + timedelta(hours=1), "0"),  # not certified
    (6, ADA, "volunteer_referred", "1", TUESDAY + timedelta(hours=2), "50"),
    (7, ADA, "task_completed", "1", TUESDAY, "10"),  # reversed
    (8, BEN, "hours_logged", "1", MONDAY, "5"),
    (9, CLEO, "hours_logged", "1", TUESDAY, "5"),
]
COMPLETIONS = [  # id, whose, which, by which activity, when; completion and badge have the same id here
    (1, ADA, FIRST_HOUR, 1, APRIL, 1),
    (2, ADA, FIRST_PROJECT, 4, TUESDAY, 5),
    (3, ADA, BRING_A_FRIEND, 6, TUESDAY + timedelta(hours=2), 11),
    (4, BEN, FIRST_HOUR, 8, MONDAY, 1),
    (5, CLEO, FIRST_HOUR, 9, TUESDAY, 1),
]
LEDGER = [  # whose, points, type, cause, when
    (ADA, 10, "hours_logged", {"activity_id": 1}, APRIL),
    (ADA, 10, "achievement_earned", {"completion_id": 1}, APRIL),
    (ADA, 10, "badge_earned", {"volunteer_badge_id": 1}, APRIL),
    (DAN, 2, "hours_logged", {"activity_id": 3}, MONDAY),
    (DAN, -2, "hours_logged", {"activity_id": 3, "undoes": True}, MONDAY),
    (ADA, 2, "hours_logged", {"activity_id": 2}, MONDAY),
    (ADA, 3, "hours_logged", {"activity_id": 3}, MONDAY),  # with the row above, floor(2.5 + 2.5)
    (ADA, 100, "project_completed", {"activity_id": 4}, TUESDAY),
    (ADA, 50, "achievement_earned", {"completion_id": 2}, TUESDAY),
    (ADA, 10, "badge_earned", {"volunteer_badge_id": 2}, TUESDAY),
    (ADA, 10, "task_completed", {"activity_id": 7}, TUESDAY),
    (ADA, -10, "task_completed", {"activity_id": 7, "undoes": True}, TUESDAY),
    (ADA, 50, "volunteer_referred", {"activity_id": 6}, TUESDAY),
    (ADA, 25, "achievement_earned", {"completion_id": 3}, TUESDAY),
    (ADA, 25, "badge_earned", {"volunteer_badge_id": 3}, TUESDAY),
    (ADA, 7, "manual_adjustment", {"award_id": 1}, TODAY),
    (BEN, 5, "hours_logged", {"activity_id": 8}, MONDAY),
    (BEN, 10, "achievement_earned", {"completion_id": 4}, MONDAY),
    (BEN, 10, "badge_earned", {"volunteer_badge_id": 4}, MONDAY),
    (CLEO, 5, "hours_logged", {"activity_id": 9}, TUESDAY),
    (CLEO, 10, "achievement_earned", {"completion_id": 5}, TUESDAY),
    (CLEO, 10, "badge_earned", {"volunteer_badge_id": 5}, TUESDAY),
]
BALANCES = {  # points, hours, projects, rank, percentile, last run, longest run, last day
    ADA: (302, "3", 1, 1, "100", 2, 2, TUESDAY),
    BEN: (25, "1", 0, 2, "50", 1, 1, MONDAY),
    CLEO: (25, "1", 0, None, None, 1, 1, TUESDAY),  # unlisted
    DAN: (0, "0", 0, None, None, 0, 0, None),
}
PLACES = {  # whose, rank, value; and average, median
    ("points", "all_time"): ([(ADA, 1, "302"), (BEN, 2, "25")], "163.5", "163.5"),
    ("points", "monthly"): ([(ADA, 1, "272"), (BEN, 2, "25")], "148.5", "148.5"),
    ("points", "weekly"): ([(ADA, 1, "272"), (BEN, 2, "25")], "148.5", "148.5"),
    ("hours", "all_time"): ([(ADA, 1, "3"), (BEN, 2, "1")], "2", "2"),
    ("hours", "monthly"): ([(BEN, 1, "1"), (ADA, 1, "1")], "1", "1"),
    ("hours", "weekly"): ([(ADA, 1, "1"), (BEN, 1, "1")], "1", "1"),
    ("projects", "all_time"): ([(ADA, 1, "1")], "1", "1"),
    ("projects", "monthly"): ([(ADA, 1, "1")], "1", "1"),
    ("projects", "weekly"): ([(ADA, 1, "1")], "1", "1"),
}


@pytest.fixture
def world(session):
    """A small world in good health."""
    return fill(session)


def fill(session):
    """Writes that world into an empty database."""
    for part in (people, deeds, earned, ledger, projections, boards):
        session.add_all(part())
        session.flush()
    move_sequences()
    session.commit()
    return session


def people():
    yield User(id=GRACE, email="grace@example.org", name="Grace", password_hash="-", role="coordinator", **MADE)
    for number, name in enumerate(("Ada L.", "Ben", "Cleo", "Dan"), start=1):
        visibility = "unlisted" if number == CLEO else "full_name"
        merged = {"status": "merged", "merged_into_id": ADA} if number == DAN else {}
        yield Volunteer(id=number, name=name, time_zone="UTC", visibility=visibility, joined_at=LONG_AGO, **merged)


MADE = {"active": True, "created_at": LONG_AGO}


def deeds():
    for number, whose, kind, quantity, when, price in ACTIVITIES:
        yield Activity(
            id=number,
            volunteer_id=whose,
            event_type=kind,
            quantity=Decimal(quantity),
            occurred_at=when,
            occurred_on=when.date(),
            certified=kind != "skill_certified",
            source="test",
            external_id=str(number),
            content_hash=b"-",
            exact=Decimal(price),
            status="reversed" if number == 7 else "counted",
            booked=number != 7,
            recorded_at=NOW,
            counted_at=NOW,
        )
    yield Award(id=1, volunteer_id=ADA, points=7, reason="The soup.", awarded_by_id=GRACE, created_at=TODAY)


def earned():
    for definition in (Achievement, Badge):
        db.session.execute(update(definition).values(updated_at=LONG_AGO))
    for number, whose, which, by, when, badge in COMPLETIONS:
        criteria = db.session.get(Achievement, which).criteria
        done = {"completed_at": when, "completed_on": when.date(), "created_at": NOW}
        kept = {"nth": 1, "criteria": criteria, "target": Decimal(1), "activity_id": by}
        yield Completion(id=number, volunteer_id=whose, achievement_id=which, **kept, **done)
        yield VolunteerBadge(
            id=number, volunteer_id=whose, badge_id=badge, completion_id=number, earned_at=when, created_at=NOW
        )
    yield Notification(id=1, volunteer_id=ADA, kind="achievement", key="c1", data={"completion_id": 1}, created_at=NOW)
    yield Notification(id=2, volunteer_id=ADA, kind="points", key="award:1", data={"award_id": 1}, created_at=NOW)
    yield from (OutboxRow(id=number, notification_id=number, created_at=NOW) for number in (1, 2))
    yield AuditRecord(id=1, at=TODAY, actor_id=GRACE, action="award", subject_type="awards", subject_id=1)


def ledger():
    balance = dict.fromkeys(BALANCES, 0)
    db.session.add_all(balances())
    db.session.flush()
    for number, (whose, change, kind, cause, when) in enumerate(LEDGER, start=1):
        balance[whose] += change
        yield PointsHistory(
            id=number,
            volunteer_points_id=10 + whose,
            volunteer_id=whose,
            points_change=change,
            event_type=kind,
            balance_after=balance[whose],
            effective_at=when,
            effective_on=when.date(),
            created_at=NOW,
            **cause,
        )


def balances():
    for whose, (points, hours, projects, rank, percentile, current, longest, last) in BALANCES.items():
        yield VolunteerPoints(
            id=10 + whose,
            volunteer_id=whose,
            total_points=points,
            current_points=points,
            total_hours=Decimal(hours),
            total_projects=projects,
            rank=rank,
            rank_percentile=percentile and Decimal(percentile),
            current_streak_days=current,
            longest_streak_days=longest,
            last_activity_date=last and last.date(),
            streak_until=last and last.date() + timedelta(days=1),
            updated_at=NOW,
        )


def projections():
    late = MONDAY + timedelta(hours=2)
    completed = {(whose, which): when for _, whose, which, _, when, _ in COMPLETIONS}
    for whose, hours, first, last in ((ADA, 3, APRIL, late), (BEN, 1, MONDAY, MONDAY), (CLEO, 1, TUESDAY, TUESDAY)):
        for which, target in HOUR_MILESTONES.items():
            yield progress(whose, which, min(hours, target), target, completed.get((whose, which)), first, last)
    friend = TUESDAY + timedelta(hours=2)
    for whose, days, first, last in ((ADA, 2, APRIL, friend), (BEN, 1, MONDAY, MONDAY), (CLEO, 1, TUESDAY, TUESDAY)):
        for which, target in STREAKS.items():
            yield progress(whose, which, days, target, None, first, last)
    yield progress(ADA, FIRST_PROJECT, 1, 1, TUESDAY, TUESDAY, TUESDAY)
    yield progress(ADA, 7, 1, 5, None, TUESDAY, TUESDAY)
    yield progress(ADA, BRING_A_FRIEND, 0, 1, friend, friend, friend)  # repeatable: on the way to the second


def progress(whose, which, value, target, completed_at, first, last):
    return VolunteerAchievement(
        volunteer_id=whose,
        achievement_id=which,
        current_progress=Decimal(value),
        target_progress=Decimal(target),
        is_completed=completed_at is not None,
        times_completed=int(completed_at is not None),
        completed_at=completed_at,
        started_at=first,
        last_progress_at=last,
    )


def boards():
    for board in db.session.scalars(select(Leaderboard)):
        places, average, median = PLACES[board.leaderboard_type, board.timeframe]
        board.period_start, board.period_end = PERIODS[board.timeframe]
        board.total_participants = len(places)
        board.average_value, board.median_value = Decimal(average), Decimal(median)
        board.rankings = [{"volunteer_id": who, "rank": rank, "value": float(value)} for who, rank, value in places]
        for position, (who, rank, value) in enumerate(places, start=1):
            yield Standing(
                leaderboard_id=board.id, volunteer_id=who, rank=rank, position=position, value=Decimal(value)
            )


def move_sequences():
    """Ids were given by hand, which PostgreSQL's sequences don't notice."""
    if db.engine.dialect.name == "postgresql":
        for name in (
            "activities",
            "notifications",
            "outbox",
            "audit_records",
            "completions",
            "volunteer_badges",
            "points_history",
            "volunteer_points",
        ):
            db.session.execute(text(f"SELECT setval('{name}_id_seq', 1000)"))


def says() -> list[str]:
    """What the doctor says now, a line for each difference."""
    return [str(difference) for difference in report().differences]


def report() -> doctor.Report:
    with doctor.consistent_read():
        return doctor.examine(NOW)


TRIGGERS = [f"{table}_no_{verb}" for table in ("points_history", "audit_records") for verb in ("update", "delete")]


def damage(*statements: str) -> None:
    """Does what neither the portal nor the database would allow."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(db.engine.url.database)) as own:  # which looks after no foreign keys
            own.executescript(";".join((*(f"DROP TRIGGER {name}" for name in TRIGGERS), *statements)))
        return
    for statement in ("SET LOCAL session_replication_role = replica", *statements):
        db.session.execute(text(statement))
    db.session.commit()


def test_a_healthy_world_has_no_difference(world):
    found = report()
    assert [str(difference) for difference in found.differences] == []
    assert found.remarks == []


def board(kind: str, timeframe: str) -> str:
    return f"(SELECT id FROM leaderboards WHERE leaderboard_type = '{kind}' AND timeframe = '{timeframe}')"


PROJECTIONS = [
    (
        "UPDATE volunteer_points SET total_points = 301 WHERE volunteer_id = 1",
        "balances: volunteer 1: total_points: stored 301, recomputed 302",
    ),
    (
        "UPDATE volunteer_points SET current_points = 24 WHERE volunteer_id = 2",
        "balances: volunteer 2: current_points: stored 24, recomputed 25",
    ),
    (
        "UPDATE volunteer_points SET total_hours = 301 WHERE volunteer_id = 1",
        "balances: volunteer 1: total_hours: stored 3.01, recomputed 3.00",
    ),
    (
        "UPDATE volunteer_points SET total_projects = 2 WHERE volunteer_id = 1",
        "balances: volunteer 1: total_projects: stored 2, recomputed 1",
    ),
    (
        "UPDATE volunteer_points SET current_streak_days = 1 WHERE volunteer_id = 1",
        "balances: volunteer 1: current_streak_days: stored 1, recomputed 2",
    ),
    (
        "UPDATE volunteer_points SET longest_streak_days = 3 WHERE volunteer_id = 1",
        "balances: volunteer 1: longest_streak_days: stored 3, recomputed 2",
    ),
    (
        "UPDATE volunteer_points SET streak_until = '2026-05-19' WHERE volunteer_id = 1",
        "balances: volunteer 1: streak_until: stored 2026-05-19, recomputed 2026-05-20",
    ),
    (
        "UPDATE volunteer_points SET last_activity_date = '2026-05-20' WHERE volunteer_id = 1",
        "balances: volunteer 1: last_activity_date: stored 2026-05-20, recomputed 2026-05-19",
    ),
    (
        "UPDATE volunteer_achievements SET current_progress = 400 WHERE volunteer_id = 1 AND achievement_id = 2",
        "progress: volunteer 1: current_progress of achievement 2: stored 4.00, recomputed 3.00",
    ),
    (
        "UPDATE volunteer_achievements SET current_progress = 100 WHERE volunteer_id = 1 AND achievement_id = 16",
        "progress: volunteer 1: current_progress of achievement 16: stored 1.00, recomputed 0.00",
    ),
    (
        "UPDATE volunteer_achievements SET target_progress = 900 WHERE volunteer_id = 1 AND achievement_id = 14",
        "progress: volunteer 1: target_progress of achievement 14: stored 9.00, recomputed 7.00",
    ),
    (
        "UPDATE volunteer_achievements SET times_completed = 2 WHERE volunteer_id = 1 AND achievement_id = 16",
        "progress: volunteer 1: times_completed of achievement 16: stored 2, recomputed 1",
    ),
    (
        "UPDATE volunteer_achievements SET completed_at = (SELECT occurred_at FROM activities WHERE id = 2)"
        " WHERE volunteer_id = 1 AND achievement_id = 1",
        "progress: volunteer 1: completed_at of achievement 1:"
        " stored 2026-05-18 09:00:00+00:00, recomputed 2026-04-01 09:00:00+00:00",
    ),
    (
        "UPDATE volunteer_achievements SET started_at = last_progress_at WHERE volunteer_id = 1 AND achievement_id = 3",
        "progress: volunteer 1: started_at of achievement 3:"
        " stored 2026-05-18 11:00:00+00:00, recomputed 2026-04-01 09:00:00+00:00",
    ),
    (
        "UPDATE volunteer_achievements SET last_progress_at = NULL WHERE volunteer_id = 2 AND achievement_id = 15",
        "progress: volunteer 2: last_progress_at of achievement 15:"
        " stored nothing, recomputed 2026-05-18 09:00:00+00:00",
    ),
    (
        "DELETE FROM volunteer_achievements WHERE volunteer_id = 1 AND achievement_id = 7",
        "progress: volunteer 1: row of achievement 7: stored nothing, recomputed current_progress 1.00, target_progress"
        " 5.00, is_completed False, completed_at nothing, times_completed 0, started_at 2026-05-19 09:00:00+00:00,"
        " last_progress_at 2026-05-19 09:00:00+00:00",
    ),
    (
        "UPDATE volunteer_achievements SET achievement_id = 8 WHERE volunteer_id = 1 AND achievement_id = 7",
        "progress: volunteer 1: row of achievement 8: stored current_progress 1.00, target_progress 5.00, is_completed"
        " False, completed_at nothing, times_completed 0, started_at 2026-05-19 09:00:00+00:00, last_progress_at"
        " 2026-05-19 09:00:00+00:00, recomputed nothing",
    ),
    (
        f"UPDATE standings SET value = 200 WHERE leaderboard_id = {board('hours', 'monthly')} AND volunteer_id = 2",
        "board hours/monthly: volunteer 2: value: stored 2.00, recomputed 1.00",
    ),
    (
        f"UPDATE standings SET rank = 2 WHERE leaderboard_id = {board('hours', 'weekly')} AND volunteer_id = 2",
        "board hours/weekly: volunteer 2: rank: stored 2, recomputed 1",
    ),
    (
        f"UPDATE standings SET position = 3 WHERE leaderboard_id = {board('points', 'weekly')} AND volunteer_id = 2",
        "board points/weekly: volunteer 2: position: stored 3, recomputed 2",
    ),
    (
        f"DELETE FROM standings WHERE leaderboard_id = {board('projects', 'weekly')}",
        "board projects/weekly: volunteer 1: row: stored nothing, recomputed value 1.00, rank 1",
    ),
    (
        "UPDATE volunteers SET visibility = 'unlisted' WHERE id = 2",
        "board points/monthly: volunteer 2: row: stored value 25.00, rank 2, recomputed nothing",
    ),
    (
        f"UPDATE leaderboards SET total_participants = 3 WHERE id = {board('points', 'all_time')}",
        "board points/all_time: total_participants: stored 3, recomputed 2",
    ),
    (
        f"UPDATE leaderboards SET average_value = 1635001 WHERE id = {board('points', 'all_time')}",
        "board points/all_time: average_value: stored 163.5001, recomputed 163.5000",
    ),
    (
        f"UPDATE leaderboards SET median_value = NULL WHERE id = {board('hours', 'all_time')}",
        "board hours/all_time: median_value: stored nothing, recomputed 2.0000",
    ),
    (
        f"UPDATE leaderboards SET rankings = '[]' WHERE id = {board('projects', 'monthly')}",
        "board projects/monthly: rankings, place 1: stored nothing, recomputed volunteer 1, rank 1, value 1.00",
    ),
    (
        f"UPDATE leaderboards SET is_current = FALSE WHERE id = {board('points', 'weekly')}",
        "board points/weekly: current snapshots: stored 0, recomputed 1",
    ),
    (
        f"UPDATE leaderboards SET is_current = FALSE WHERE id = {board('projects', 'weekly')}",
        "standings: standings of superseded snapshot 9: stored 1, recomputed 0",
    ),
    (
        "UPDATE volunteer_points SET rank = 1 WHERE volunteer_id = 3",
        "ranks: volunteer 3: rank: stored 1, recomputed nothing",
    ),
    (
        "UPDATE volunteers SET shown_name = 'Ada the Great' WHERE id = 1",
        "names: volunteer 1: found by: stored ada l, l, recomputed ada the great, great, the great",
    ),
    (
        "DELETE FROM name_beginnings WHERE volunteer_id = 2",
        "names: volunteer 2: found by: stored nothing, recomputed ben",
    ),
    (
        "INSERT INTO name_beginnings (volunteer_id, beginning) VALUES (3, 'zzz')",
        "names: volunteer 3: found by: stored cleo, zzz, recomputed cleo",
    ),
    (
        "UPDATE volunteer_points SET rank_percentile = 505 WHERE volunteer_id = 2",
        "ranks: volunteer 2: rank_percentile: stored 50.5, recomputed 50.0",
    ),
]

FACTS = [
    (
        "UPDATE points_history SET balance_after = 21 WHERE id = 2",
        "ledger: volunteer 1: balance_after of row 2 (1 such rows): stored 21, recomputed 20",
    ),
    (
        "UPDATE points_history SET volunteer_points_id = 12 WHERE id = 1",
        "ledger: volunteer 1: the balance that row 1 belongs to: stored 12, recomputed 11",
    ),
    (
        "UPDATE points_history SET points_change = -1 WHERE id = 5",
        "ledger: volunteer 4: sum of the ledger of somebody who was merged: stored 1, recomputed 0",
    ),
    (
        "UPDATE points_history SET activity_id = 99 WHERE id = 1",
        "causes: volunteer 1: cause of row 1: stored a row, recomputed nothing",
    ),
    (
        "UPDATE points_history SET event_type = 'task_completed' WHERE id = 1",
        "causes: volunteer 1: event_type of row 1: stored task_completed, recomputed hours_logged",
    ),
    (
        "UPDATE points_history SET effective_on = '2026-04-02' WHERE id = 1",
        "causes: volunteer 1: effective_on of row 1: stored 2026-04-02, recomputed 2026-04-01",
    ),
    (
        "UPDATE points_history SET activity_id = 8 WHERE id = 1",
        "causes: volunteer 1: volunteer of row 1: stored 1, recomputed 2",
    ),
    (
        "UPDATE activities SET status = 'pending', booked = FALSE WHERE id = 1",
        "causes: volunteer 1: activity of row 1: stored counted, recomputed not counted yet",
    ),
    (
        "UPDATE activities SET status = 'counted', booked = TRUE WHERE id = 7",
        "causes: volunteer 1: cause of row 12: stored undone, recomputed stands",
    ),
    (
        "UPDATE awards SET points = 8",
        "causes: volunteer 1: points of award 1: stored 7, recomputed 8",
    ),
    (
        "UPDATE points_history SET points_change = 4 WHERE id = 7",
        "pricing: volunteer 1: points for hours_logged on 2026-05-18: stored 6, recomputed 5",
    ),
    (
        "UPDATE activities SET day_cap = 40000 WHERE id IN (2, 3)",
        "pricing: volunteer 1: points for hours_logged on 2026-05-18: stored 5, recomputed 4",
    ),
    (
        "DELETE FROM points_history WHERE id = 1",
        "pricing: volunteer 1: points for hours_logged on 2026-04-01: stored 0, recomputed 10",
    ),
    (
        "UPDATE completions SET target = 400 WHERE id = 1",
        "completions: volunteer 1: times reached achievement 1, by a live completion: stored 1, recomputed 0",
    ),
    (
        "UPDATE completions SET nth = 2 WHERE id = 3",
        "completions: volunteer 1: times reached achievement 16, by a live completion: stored 2, recomputed 1",
    ),
    (
        "UPDATE completions SET nth = 2 WHERE id = 1",
        "completions: volunteer 1: highest nth of achievement 1: stored 2, recomputed 1",
    ),
    (
        "DELETE FROM points_history WHERE volunteer_badge_id = 4 OR completion_id = 4;"
        "DELETE FROM volunteer_badges WHERE id = 4; DELETE FROM completions WHERE id = 4",
        "completions: volunteer 2: completions of achievement 1: stored 0, recomputed 1",
    ),
    (
        "UPDATE completions SET completed_on = '2026-04-02' WHERE id = 1",
        "completions: volunteer 1: date of completion 1: stored 2026-04-02, recomputed 2026-04-01",
    ),
    (
        "UPDATE completions SET activity_id = 99 WHERE id = 1",
        "completions: volunteer 1: whose activity completion 1 has as its cause: stored 1, recomputed nothing",
    ),
    (
        "UPDATE completions SET activity_id = 8 WHERE id = 1",
        "completions: volunteer 1: whose activity completion 1 has as its cause: stored 1, recomputed 2",
    ),
    (
        "DELETE FROM points_history WHERE id = 2",
        "completions: volunteer 1: reward of completion 1: stored 0, recomputed 10",
    ),
    (
        "UPDATE completions SET reversed_at = created_at WHERE id = 1",
        "completions: volunteer 1: points left of completion 1, which was reversed: stored 10, recomputed 0",
    ),
    (
        "UPDATE completions SET reversed_at = created_at WHERE id = 1",
        "badges: volunteer 1: badge 1: stored held, recomputed its completion is reversed",
    ),
    (
        "UPDATE volunteer_badges SET completion_id = NULL WHERE id = 1",
        "badges: volunteer 1: badge 1: stored held, recomputed given by nobody",
    ),
    (
        "UPDATE volunteer_badges SET completion_id = 4 WHERE id = 1",
        "badges: volunteer 1: badge 1: stored held, recomputed the completion of another",
    ),
    (
        "UPDATE volunteer_badges SET completion_id = 99 WHERE id = 1",
        "badges: volunteer 1: badge 1: stored held, recomputed no completion",
    ),
    (
        "UPDATE volunteer_badges SET badge_id = 11, revoked_by_id = 1, revoked_at = '2026-05-21 09:00:00' WHERE id = 2",
        "badges: volunteer 1: badge 11: stored held, recomputed taken back by hand",
    ),
    (
        "UPDATE volunteer_badges SET badge_id = 2 WHERE id = 1",
        "badges: volunteer 1: badge 1: stored never held, recomputed earned",
    ),
    (
        "DELETE FROM points_history WHERE id = 3",
        "badges: volunteer 1: points of badge 1: stored 0, recomputed 10",
    ),
    (
        "UPDATE volunteer_badges SET revoked_at = created_at WHERE id = 1",
        "badges: volunteer 1: points left of badge held 1, which was revoked: stored 10, recomputed 0",
    ),
    (
        "DELETE FROM outbox",
        "news: volunteer 1: outbox row of notification 1: stored nothing, recomputed a row",
    ),
    (
        "INSERT INTO letters (id, volunteer_id, way, created_at, due_at, attempts) "
        "SELECT 1, 2, 'daily', created_at, created_at, 0 FROM notifications WHERE id = 1; "
        "UPDATE outbox SET letter_id = 1 WHERE notification_id = 1",
        "news: volunteer 2: to whom the letter with notification 1 goes: stored 2, recomputed 1",
    ),
    (
        "UPDATE notifications SET data = '{\"completion_id\" : 99}' WHERE id = 1",
        "news: volunteer 1: completion that notification 1 tells of: stored 99, recomputed nothing",
    ),
    *(
        (
            f"UPDATE notifications SET data = '{{\"{key}\" : 99}}' WHERE id = 2",
            f"news: volunteer 1: {fact} that notification 2 tells of: stored 99, recomputed nothing",
        )
        for key, fact in (
            ("award_id", "award"),
            ("volunteer_badge_id", "badge"),
            ("activity_id", "activity"),
            ("batch_id", "batch"),
        )
    ),
    (
        "UPDATE notifications SET data = '{}' WHERE id = 2",
        "news: volunteer 1: fact of notification 2: stored points, recomputed nothing",
    ),
    (
        "UPDATE notifications SET volunteer_id = 2 WHERE id = 1",
        "news: volunteer 2: whose completion notification 1 tells of: stored 2, recomputed 1",
    ),
    *(
        (statement, f"{check}: volunteer 1: {whose} of {deed}: stored nothing, recomputed {lacks}")
        for statement, deed in (
            (
                "DELETE FROM audit_records; DELETE FROM outbox WHERE id = 2; DELETE FROM notifications WHERE id = 2",
                "award 1",
            ),
            (
                "UPDATE volunteer_badges SET awarded_by_id = 1, completion_id = NULL WHERE id = 1",
                "badge 1, given by hand",
            ),
            (
                "UPDATE volunteer_badges SET revoked_at = created_at, revoked_by_id = 1 WHERE id = 1",
                "badge 1, taken back by hand",
            ),
            ("UPDATE completions SET given_by_id = 1, activity_id = NULL WHERE id = 2", "completion 2, given by hand"),
            (
                "UPDATE completions SET reversed_at = created_at, reversed_by_id = 1 WHERE id = 1",
                "completion 1, taken back by hand",
            ),
            ("UPDATE activities SET reviewed_by_id = 1 WHERE id = 1", "activity 1, reviewed"),
            ("UPDATE activities SET reversed_by_id = 1 WHERE id = 7", "activity 7, reversed"),
        )
        for check, whose, lacks in (("audit", "record", "a record"), ("news", "news", "a piece of news"))
    ),
    (
        "UPDATE points_history SET activity_id = NULL, award_id = 1, awarded_by_id = 1 WHERE id = 12",
        "audit: volunteer 1: record of award 1, taken back: stored nothing, recomputed a record",
    ),
    (
        "UPDATE audit_records SET subject_id = 2",
        "audit: volunteer 1: record of award 1: stored nothing, recomputed a record",
    ),
    (
        "UPDATE activities SET batch_id = 99 WHERE id = 1",
        "orphans: volunteer 1: batch_id of activities 1: stored 99, recomputed nothing",
    ),
    (
        "DELETE FROM volunteers WHERE id = 2",
        "orphans: volunteer 2: volunteer_id of volunteer_points 12: stored 2, recomputed nothing",
    ),
    (
        "UPDATE volunteers SET merged_into_id = 99 WHERE id = 4",
        "orphans: merged_into_id of volunteers 4: stored 99, recomputed nothing",
    ),
    (
        "UPDATE points_history SET completion_id = 99 WHERE id = 2",
        "orphans: volunteer 1: completion_id of points_history 2: stored 99, recomputed nothing",
    ),
    (
        "UPDATE awards SET awarded_by_id = 99",
        "orphans: volunteer 1: awarded_by_id of awards 1: stored 99, recomputed nothing",
    ),
    (
        "DELETE FROM notifications WHERE id = 1",
        "orphans: notification_id of outbox 1: stored 1, recomputed nothing",
    ),
    (
        "INSERT INTO batch_badges (volunteer_badge_id, batch_id) VALUES (1, 99)",
        "orphans: batch_id of batch_badges 1: stored 99, recomputed nothing",
    ),
    (
        "INSERT INTO batch_completions (completion_id, batch_id) VALUES (99, 1)",
        "orphans: completion_id of batch_completions 99: stored 99, recomputed nothing",
    ),
    (
        "INSERT INTO undoings (id, batch_id, requested_by_id, reason, created_at, last_volunteer_id, done, total, kept)"
        " VALUES (1, 99, 1, '-', '2026-05-01 09:00:00', 0, 0, 0, 0)",
        "orphans: batch_id of undoings 1: stored 99, recomputed nothing",
    ),
    (
        "INSERT INTO assessments (id, achievement_id, quiet, created_at, last_volunteer_id, done, total)"
        " VALUES (1, 99, FALSE, '2026-05-01 09:00:00', 0, 0, 0)",
        "orphans: achievement_id of assessments 1: stored 99, recomputed nothing",
    ),
]


TWICE = [  # what unique indexes keep from happening
    (
        "DROP INDEX uq_points_history_activity_id; UPDATE points_history SET activity_id = 2 WHERE id = 7",
        "causes: volunteer 1: rows of activity 2: stored 2, recomputed 1",
    ),
    (
        "DROP INDEX uq_volunteer_badges_held; UPDATE volunteer_badges SET badge_id = 1 WHERE id = 2",
        "badges: volunteer 1: badge 1 held how often: stored 2, recomputed 1",
    ),
]


def numbered(damages: list[tuple]) -> list[str]:
    """A name for each case: what the doctor says, up to the values."""
    return [line.split(": stored")[0].replace(": ", "-").replace(" ", "_") for _, line in damages]


@pytest.mark.parametrize(("statement", "line"), PROJECTIONS + FACTS, ids=numbered(PROJECTIONS + FACTS))
def test_each_damage_is_named_with_its_volunteer_and_both_values(world, statement, line):
    damage(*statement.split(";"))
    assert line in says()


@pytest.mark.parametrize(("statement", "line"), TWICE, ids=numbered(TWICE))
def test_what_an_index_should_have_kept_away_is_named(sqlite_session, statement, line):
    fill(sqlite_session)
    damage(*statement.split(";"))
    assert line in says()


@pytest.mark.parametrize(("statement", "line"), PROJECTIONS, ids=numbered(PROJECTIONS))
def test_damage_to_a_projection_is_mended(world, statement, line):
    damage(*statement.split(";"))
    assert mend() >= 1
    assert says() == []


@pytest.mark.parametrize(("statement", "line"), FACTS, ids=numbered(FACTS))
def test_damage_to_facts_is_named_again_after_mending(world, statement, line):
    damage(*statement.split(";"))
    before = facts()
    mend()
    assert line in says()
    assert facts() == before


def mend() -> int:
    mended = doctor.repair(report(), NOW)
    db.session.commit()
    return mended


def facts() -> dict:
    """Everything that is never mended."""
    kept = (Activity, PointsHistory, Award, Completion, VolunteerBadge, Notification, OutboxRow)
    return {model: db.session.execute(select(model.__table__).order_by(model.id)).all() for model in kept}


def test_mending_leaves_one_record_with_figures(world):
    damage(PROJECTIONS[0][0], PROJECTIONS[1][0], "DELETE FROM volunteer_achievements WHERE volunteer_id = 1")
    assert mend() == 2 + 10
    (record,) = world.scalars(select(AuditRecord).where(AuditRecord.action == "repair"))
    assert (record.action, record.subject_type, record.at) == ("repair", "volunteer_points", NOW)
    assert record.after == {"volunteer_points": 2, "volunteer_achievements": 10}


def test_a_healthy_world_is_not_touched(world):
    assert mend() == 0
    assert world.scalars(select(AuditRecord).where(AuditRecord.action == "repair")).all() == []


def test_a_balance_that_is_missing_is_made(world):
    damage(
        "INSERT INTO volunteers (id, name, shown_name,"
        " time_zone, visibility, status, joined_at) SELECT 5, 'Eve', 'Eve', 'UTC', 'unlisted', 'active', joined_at"
        " FROM volunteers WHERE id = 1",
        "UPDATE activities SET volunteer_id = 5 WHERE id = 5",
    )
    assert any(line.startswith("balances: volunteer 5: row: stored nothing") for line in says())
    mend()
    assert says() == []


def test_what_is_under_way_is_said_and_no_difference(world):
    damage("UPDATE activities SET status = 'reversed' WHERE id = 5")
    waiting = {"event_type": "hours_logged", "quantity": Decimal(1), "occurred_at": TODAY, "occurred_on": TODAY.date()}
    recorded = {"source": "test", "content_hash": b"-", "exact": Decimal(5), "recorded_at": NOW}
    for status in ("pending", "pending", "awaiting_review", "rejected"):
        number = str(len(world.new))
        world.add(Activity(volunteer_id=BEN, status=status, external_id=f"w{number}", **waiting, **recorded))
    world.commit()
    found = report()
    assert found.differences == []
    assert [str(remark) for remark in found.remarks] == [
        "2 activities are pending: they are not counted yet",
        "1 activities are reversed and not undone yet",
        "1 activities await review",
    ]


def test_boards_that_were_touched_are_due_and_not_compared(world):
    damage("UPDATE standings SET value = 7")
    world.add(BoardTouch(leaderboard_type="points", first_on=date(2026, 5, 3), last_on=APRIL.date(), touched_at=NOW))
    world.commit()
    named = {difference.check for difference in report().differences}
    assert "board points/all_time" not in named
    assert "board points/weekly" in named
    assert "board hours/monthly" in named


def test_boards_whose_period_is_over_are_due(world):
    damage("UPDATE standings SET value = 7")
    with doctor.consistent_read():
        found = doctor.examine(NOW + timedelta(days=5))
    assert {difference.check for difference in found.differences if "weekly" in difference.check} == set()
    assert "board hours/weekly is due: the next snapshot rebuilds it, so it was not compared" in [
        str(remark) for remark in found.remarks
    ]


def test_a_completion_stands_by_the_criteria_kept_in_it(world):
    damage("UPDATE achievements SET criteria = '{\"hours_required\": 2}' WHERE id = 1")
    assert {difference.check for difference in report().differences} == {"progress"}


def test_a_repeatable_run_of_days_is_completed_once_for_each_whole_run(world):
    damage("UPDATE achievements SET criteria = '{\"days_required\": 1}', is_repeatable = TRUE WHERE id = 14")
    assert "completions: volunteer 1: completions of achievement 14: stored 0, recomputed 3" in says()


def test_uncertified_skills_count_where_the_criteria_say_so(world):
    damage('UPDATE achievements SET criteria = \'{"skills_required": 1, "certified": false}\' WHERE id = 10')
    assert "completions: volunteer 1: completions of achievement 10: stored 0, recomputed 1" in says()


def test_a_retired_achievement_is_not_missed(world):
    damage(
        "UPDATE achievements SET criteria = '{\"tasks_required\": 1}', is_active = FALSE WHERE id = 8",
        "UPDATE achievements SET is_active = FALSE, criteria = '{\"hours_required\": 2}' WHERE id = 2",
    )
    assert {difference.check for difference in report().differences} == {"progress"}


def test_what_is_given_by_hand_is_taken_from_its_completions(world):
    damage(
        "UPDATE achievements SET achievement_type = 'custom', criteria = '{\"by_hand\": true}',"
        " points_reward = 0 WHERE id = 9",
        "INSERT INTO completions (id, volunteer_id, achievement_id, nth, criteria, target, completed_at, completed_on,"
        " given_by_id, created_at) SELECT 50, 2, 9, 1, '{\"by_hand\": true}', 100, completed_at, completed_on, 1,"
        " created_at FROM completions WHERE id = 1",
        "INSERT INTO audit_records (id, at, actor_id, action, subject_type, subject_id)"
        " SELECT 50, at, 1, 'confer', 'completions', 50 FROM audit_records WHERE id = 1",
        "UPDATE notifications SET volunteer_id = 2, key = 'completion:50', data = '{\"completion_id\": 50}'"
        " WHERE id = 1",
    )
    (line,) = says()
    assert line.startswith("progress: volunteer 2: row of achievement 9: stored nothing, recomputed current_progress 1")
    mend()
    assert says() == []


def test_the_number_of_statements_does_not_grow_with_what_is_there(world):
    few = statements()
    for number in range(100, 140):
        world.add(Volunteer(id=number, name="Somebody", time_zone="UTC", joined_at=LONG_AGO))
        world.add(VolunteerPoints(volunteer_id=number, updated_at=NOW))
    world.commit()
    assert statements() == few < 80


def statements() -> int:
    """How many statements an examination takes."""
    seen = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *details: seen.append(details[2]))
    report()
    event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_everything_is_read_at_one_moment(world):
    with doctor.consistent_read():
        assert doctor.examine(NOW).differences == []
        damage_from_elsewhere("UPDATE volunteer_points SET total_points = 1 WHERE volunteer_id = 1")
        assert doctor.examine(NOW).differences == []
    assert len(says()) == 1


def damage_from_elsewhere(statement: str) -> None:
    with db.engine.begin() as other:
        other.execute(text(statement))

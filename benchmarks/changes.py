"""What a change to everybody costs, and a look at it beforehand: `python -m benchmarks.changes [--volunteers 100000]`.

An organisation is made up, ten activities a volunteer, and counted by the portal; the doctor looks at it where it is
small (up to 2,000 volunteers: `--volunteers 1000` takes seconds). Then, on each database:

- who would earn an achievement, foreseen before it is saved; and everybody assessed for it once it is, with news, in
  the transactions in which the job does it
- what the reversal of one activity would take from a volunteer with 10,000 counted ones, and that reversal with its
  commit; medians

Beside each stands the time that the plain aggregate alone takes in this run, which is the least that could be asked.
"""

import argparse
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from sqlalchemy import Column, Date, Integer, MetaData, Table, text

from benchmarks.places import application, places
from benchmarks.recognition import HISTORY, nth, print_table
from portal.database import UTCDateTime
from portal.domain import (
    accounts,
    assessing,
    corrections,
    defining,
    doctor,
    foreseeing,
    imports,
    points,
    recognition,
    recording,
    snapshots,
)
from portal.domain.accounts import Role, User
from portal.domain.achievements import Achievement, Completion
from portal.domain.activities import Activity, Batch
from portal.extensions import db
from portal.jobs import worker

EACH = 10
SMALL = 2000
REVERSALS = 15
WANTED = 15
"""Hours that the new achievement asks for: one in five has them."""

PEOPLE = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :volunteers)
    INSERT INTO volunteers (name, shown_name, email, time_zone, visibility, status, joined_at)
    SELECT 'Helper ' || n || ' Bell', 'Helper B.', 'helper' || n || '@example.org', 'UTC', 'first_name_initial',
           'active', at
    FROM numbers, days
    WHERE number = 0
    ORDER BY n
"""

BALANCES = """
    INSERT INTO volunteer_points (volunteer_id, total_points, current_points, total_hours, total_projects,
                                  current_streak_days, longest_streak_days, updated_at)
    SELECT id, 0, 0, 0, 0, 0, 0, joined_at
    FROM volunteers
    ORDER BY id
"""

ACTIVITIES = """
    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :volunteers * :each - 1),
    done AS (
        SELECT n, 1 + n % :volunteers AS who, n / :volunteers AS kth FROM numbers
    ),
    kinds AS (
        SELECT done.*, 35 * kth + who * 7 % 35 AS day,
               CASE (kth + who) % 10 WHEN 6 THEN 'task_completed' WHEN 7 THEN 'project_completed'
                                     WHEN 8 THEN 'training_completed' WHEN 9 THEN 'skill_certified'
                                     ELSE 'hours_logged' END AS kind
        FROM done
    ),
    whole AS (
        SELECT kinds.*, CASE kind WHEN 'hours_logged' THEN 25 + (who * 37 + kth * 101) % 400
                                  WHEN 'task_completed' THEN 100 * (1 + who % 5)
                                  ELSE 100 END AS quantity
        FROM kinds
    )
    INSERT INTO activities (volunteer_id, event_type, quantity, occurred_at, occurred_on, reference_type, certified,
                            source, external_id, content_hash, exact, day_cap, status, booked, batch_id, recorded_at)
    SELECT who, kind, quantity, at, day_on, '', TRUE, 'made up', CAST(n AS VARCHAR(20)), :hash, quantity * per_unit,
           100 * daily_cap, 'pending', FALSE, :batch, at
    FROM whole
    JOIN days ON number = day
    JOIN point_rules ON event_type = kind
    ORDER BY n
"""
"""As they come in: what everybody did first, then what everybody did next. Prices are the rules' of today."""

HOURS_OF_ALL = """
    SELECT volunteer_id, sum(quantity), min(occurred_at), max(occurred_at)
    FROM activities
    WHERE event_type = 'hours_logged' AND status IN ('pending', 'counted')
    GROUP BY volunteer_id
    HAVING sum(quantity) >= :wanted
"""

SUMS_OF_ONE = """
    SELECT event_type, certified, count(*), sum(quantity), min(occurred_at), max(occurred_at)
    FROM activities
    WHERE volunteer_id = :who AND status IN ('pending', 'counted')
    GROUP BY event_type, certified
"""


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.changes")
    parser.add_argument("--volunteers", type=int, default=100_000)
    number = parser.parse_args().volunteers
    print(f"{number:,} volunteers with {EACH * number:,} activities, and one with {HISTORY:,}\n")
    with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name, places(Path(name)) as found:
        print_table([(place.name, measured(place.fresh(), number)) for place in found])


def measured(url: str, number: int) -> dict[str, str]:
    """The table's column for one database."""
    worker.load_everything()
    with application(url):
        furnish(number)
        veteran, admin = add_veteran()
        examine(number)
        figures = taken_back(veteran, admin) | defined(admin)
        examine(number)
        return figures


def furnish(number: int) -> None:
    """So many volunteers with a year of activity, counted, on boards."""
    now = datetime.now(UTC)
    batch = Batch(kind="import", name="a year", source="made up", quiet=True, created_at=now, finished_at=now)
    db.session.add(batch)
    db.session.flush()
    make_days(now.date() - timedelta(days=EACH * 35))
    how = {"volunteers": number, "each": EACH, "hash": bytes(32), "batch": batch.id}
    for statement in (PEOPLE, BALANCES, ACTIVITIES):
        db.session.execute(text(statement), how)
    db.session.commit()
    imports.count([(one, EACH) for one in range(1, number + 1)], now=now, each=lambda _number: None)
    snapshots.refresh(now=now, everything=True)
    db.session.commit()
    look_at_tables()


def make_days(first: date) -> None:
    """A table of the days of that year, for as long as this connection is open."""
    columns = (Column("number", Integer), Column("at", UTCDateTime), Column("day_on", Date))
    table, connection = Table("days", MetaData(), *columns, prefixes=["TEMPORARY"]), db.session.connection()
    table.create(connection)
    days = [first + timedelta(days=number) for number in range(EACH * 35)]
    noon = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in days]
    rows = [{"number": number, "at": noon[number], "day_on": day} for number, day in enumerate(days)]
    connection.execute(table.insert(), rows)


def look_at_tables() -> None:
    """What PostgreSQL does by itself within a minute after so much was written."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def add_veteran() -> tuple[int, User]:
    """The volunteer with 10,000 counted activities, and an admin."""
    now = datetime.now(UTC)
    verdicts = recording.record([nth(number) for number in range(HISTORY)], source="csv", now=now, creates_people=True)
    admin = accounts.add_user(email="linus@example.org", name="Linus", password="a password", role=Role.ADMIN, now=now)
    db.session.commit()
    (volunteer_id,) = points.lock([verdicts[0].volunteer_id])
    recognition.settle([volunteer_id], now=now, quiet=True)
    db.session.commit()
    look_at_tables()
    return volunteer_id, admin


def examine(number: int) -> None:
    """Raises RuntimeError if the doctor finds a difference; asked only of few, since it looks at everything."""
    if number <= SMALL:
        with doctor.consistent_read():
            report = doctor.examine(datetime.now(UTC))
        if report.differences:
            raise RuntimeError("; ".join(str(one) for one in report.differences[:5]))


def taken_back(veteran: int, admin: User) -> dict[str, str]:
    """One activity of many is reversed, some times over."""
    query = db.select(Activity.id).where(Activity.volunteer_id == veteran).order_by(Activity.id)
    ids = db.session.scalars(query).all()[:: HISTORY // REVERSALS]
    db.session.rollback()
    looks, reversals, sums = [], [], []
    for activity_id in ids:
        looks.append(timed(lambda one=activity_id: preview(one, admin.id)))
        reversals.append(timed(lambda one=activity_id: reverse(one, admin.id)))
        sums.append(timed(lambda: asked(SUMS_OF_ONE, who=veteran)))
    reversal, look, least = (Took(*map(median, zip(*some, strict=True))) for some in (reversals, looks, sums))
    return {
        "reverse one of 10,000, ms": f"{reversal.seconds * 1000:.0f}",
        "... of which in its own process": f"{reversal.own * 1000:.0f}",
        "its preview, ms": f"{look.seconds * 1000:.0f}",
        "... of which in that process": f"{look.own * 1000:.0f}",
        "the sums alone, ms": f"{least.seconds * 1000:.1f}",
        "reversal : sums": f"{reversal.seconds / least.seconds:.1f}",
        "preview : sums": f"{look.seconds / least.seconds:.1f}",
    }


def preview(activity_id: int, by: int) -> None:
    """A look at a reversal, as its page takes it."""
    activity, user = db.session.get_one(Activity, activity_id), db.session.get_one(User, by)
    corrections.preview(activity, by=user, now=datetime.now(UTC))
    db.session.rollback()


def reverse(activity_id: int, by: int) -> None:
    """A reversal, with its commit."""
    activity, user = db.session.get_one(Activity, activity_id), db.session.get_one(User, by)
    corrections.reverse(activity, by=user, reason="a mistake", now=datetime.now(UTC))
    db.session.commit()


def defined(admin: User) -> dict[str, str]:
    """A new achievement, foreseen and then assessed for everybody."""
    found: list[foreseeing.Earner] = []
    look = timed(lambda: found.extend(foreseen()))
    least = min(timed(lambda: asked(HOURS_OF_ALL, wanted=100 * WANTED)) for _ in range(3))
    now = datetime.now(UTC)
    made = defining.save_achievement(Achievement(), DEFINITION, by=admin, now=now, quiet=False)
    db.session.commit()
    assessment = timed(assess)
    earned = db.session.scalar(db.select(db.func.count()).where(Completion.achievement_id == made.id))
    if earned != len(found):
        raise RuntimeError(f"{len(found)} were foreseen, {earned} earned it")
    return {
        "assess a new achievement, seconds": f"{assessment.seconds:.1f}",
        "... of which in the worker's process": f"{assessment.own:.1f}",
        "foresee it, seconds": f"{look.seconds:.2f}",
        "... of which in the page's process": f"{look.own:.2f}",
        "the sums alone, seconds": f"{least.seconds:.2f}",
        "assessment : sums": f"{assessment.seconds / least.seconds:.0f}",
        "foreseeing : sums": f"{look.seconds / least.seconds:.1f}",
        "who earned it": f"{earned:,}",
    }


DEFINITION = {
    "name": "Fifteen Hours",
    "description": "Gave fifteen hours.",
    "achievement_type": "hours_logged",
    "criteria": {"hours_required": WANTED},
    "points_reward": 20,
    "badge_id": 2,
    "is_repeatable": False,
    "is_active": True,
}


def foreseen() -> list[foreseeing.Earner]:
    """Who would earn it."""
    draft = Achievement(id=0, **DEFINITION)
    draft.badge = db.session.get(defining.Badge, draft.badge_id)
    found = foreseeing.look(draft, after=0, enough=lambda: False).earners
    db.session.rollback()
    return found


def assess() -> None:
    """Everybody, as the job does it."""
    while assessing.go_on(datetime.now(UTC)):
        db.session.commit()
    db.session.commit()


def asked(statement: str, **how: object) -> None:
    """The answer to a question, read to its end."""
    db.session.execute(text(statement), how).all()
    db.session.rollback()


class Took(NamedTuple):
    """How long something took, and how much of that this process was at work: on a busy machine that says more."""

    seconds: float
    own: float


def timed(work: Callable[[], object]) -> Took:
    """How long something takes."""
    began, own = perf_counter(), process_time()
    work()
    return Took(perf_counter() - began, process_time() - own)


if __name__ == "__main__":
    main()

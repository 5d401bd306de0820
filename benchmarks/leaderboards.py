"""What boards cost: `python -m benchmarks.leaderboards [--volunteers 1000000]`.

An organisation is made up by the database itself, ten activities a volunteer with their rows in the ledger over the
last 350 days; SQLite gets a tenth of a million volunteers at the most. Then, on each database:

- all nine boards are rebuilt as the job does it, in a process of its own, whose memory is looked at
- the database alone ranks the same rows into a table of the same shape and keys: the least that could be asked
- pages of the largest board are read: how long the database takes for it, and with how many statements; medians
"""

import argparse
import gc
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import event, text

from benchmarks.changes import EACH, look_at_tables, make_days
from benchmarks.places import application, places
from benchmarks.recognition import print_table
from portal.domain import places as boards
from portal.domain import snapshots
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.periods import BOARDS, period_of
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.jobs import worker

FILE_HOLDS = 100_000
"""Volunteers of whom an organisation goes from SQLite to PostgreSQL, at the latest."""

ROUNDS = 3
READS = 100
PAGE = 50
DEEP = 10_000
"""Which page is looked at far down, or the last one where there are fewer."""

PEOPLE = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :volunteers)
    INSERT INTO volunteers (name, shown_name, email, time_zone, visibility, status, joined_at)
    SELECT 'Helper' || n || ' Bell', 'Helper' || n || ' B.', 'helper' || n || '@example.org', 'UTC',
           'first_name_initial', 'active', at
    FROM numbers, days
    WHERE number = 0
    ORDER BY n
"""

NAMES = """
    INSERT INTO name_beginnings (volunteer_id, beginning)
    SELECT id, lower(replace(shown_name, '.', '')) FROM volunteers
    UNION ALL
    SELECT id, 'b' FROM volunteers
"""

ACTIVITIES = """
    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows - 1),
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
    INSERT INTO activities (id, volunteer_id, event_type, quantity, occurred_at, occurred_on, reference_type, certified,
                            source, external_id, content_hash, exact, status, booked, recorded_at, counted_at)
    SELECT n + 1, who, kind, quantity, at, day_on, '', TRUE, 'made up', CAST(n AS VARCHAR(20)), :hash,
           quantity * per_unit, 'counted', TRUE, at, at
    FROM whole
    JOIN days ON number = day
    JOIN point_rules ON event_type = kind
    ORDER BY n
"""

LEDGER = """
    INSERT INTO points_history (volunteer_points_id, volunteer_id, points_change, event_type, balance_after,
                                description, activity_id, undoes, effective_at, effective_on, created_at)
    SELECT volunteer_id, volunteer_id, exact / 10000, event_type,
           sum(exact / 10000) OVER (PARTITION BY volunteer_id ORDER BY id), '', id, FALSE, occurred_at, occurred_on,
           counted_at
    FROM activities
    WHERE exact >= 10000
    ORDER BY id
"""

BALANCES = """
    INSERT INTO volunteer_points (id, volunteer_id, total_points, current_points, total_hours, total_projects,
                                  current_streak_days, longest_streak_days, updated_at)
    SELECT volunteer_id, volunteer_id, 0, 0, sum(CASE event_type WHEN 'hours_logged' THEN quantity ELSE 0 END),
           sum(CASE event_type WHEN 'project_completed' THEN 1 ELSE 0 END), 1, 1, max(counted_at)
    FROM activities
    GROUP BY volunteer_id
    ORDER BY volunteer_id
"""

TOTALS = """
    UPDATE volunteer_points
    SET total_points = total, current_points = total
    FROM (SELECT volunteer_id AS who, sum(points_change) AS total FROM points_history GROUP BY volunteer_id) AS sums
    WHERE volunteer_id = who
"""

RANKED = """
    INSERT INTO plain (leaderboard_id, volunteer_id, rank, position, value)
    SELECT :number, volunteers.id, rank() OVER (ORDER BY value DESC),
           row_number() OVER (ORDER BY value DESC, shown_name {bytewise}, volunteers.id), value
    FROM volunteers
    JOIN ({values}) AS summed ON volunteer_id = volunteers.id
    WHERE status = 'active' AND visibility <> 'unlisted' AND value > 0
"""

ALL_TIME = "SELECT volunteer_id, {column} AS value FROM volunteer_points"
OF_LEDGER = """
    SELECT volunteer_id, 100 * sum(points_change) AS value FROM points_history
    WHERE effective_on >= :start AND effective_on < :end GROUP BY volunteer_id
"""
OF_ACTIVITIES = """
    SELECT volunteer_id, {value} AS value FROM activities
    WHERE event_type = '{kind}' AND status = 'counted' AND occurred_on >= :start AND occurred_on < :end
    GROUP BY volunteer_id
"""
ROWS = {
    LeaderboardType.POINTS: (ALL_TIME.format(column="100 * total_points"), OF_LEDGER),
    LeaderboardType.HOURS: (
        ALL_TIME.format(column="total_hours"),
        OF_ACTIVITIES.format(value="sum(quantity)", kind="hours_logged"),
    ),
    LeaderboardType.PROJECTS: (
        ALL_TIME.format(column="100 * total_projects"),
        OF_ACTIVITIES.format(value="100 * count(*)", kind="project_completed"),
    ),
}
"""What a board ranks, as one would write it by hand: of all time, and of a period."""


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.leaderboards")
    parser.add_argument("--volunteers", type=int, default=1_000_000)
    number = parser.parse_args().volunteers
    with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name, places(Path(name)) as found:
        sizes = [min(number, FILE_HOLDS) if place.name == "SQLite" else number for place in found]
        columns = zip(found, sizes, strict=True)
        print_table([(place.name, measured(place.fresh(), size)) for place, size in columns])


def measured(url: str, number: int) -> dict[str, str]:
    """The table's column for one database."""
    with application(url):
        furnish(number)
    figures = {"volunteers": f"{number:,}", "ledger and activities, each": f"{EACH * number:,}"}
    return figures | rebuilt(url) | read(url)


def furnish(number: int) -> None:
    """So many volunteers with 350 days of counted activity."""
    now = datetime.now(UTC)
    make_days(now.date() - timedelta(days=EACH * 35 - 1))
    how = {"volunteers": number, "rows": EACH * number, "hash": bytes(32)}
    for statement in (PEOPLE, NAMES, ACTIVITIES, BALANCES, LEDGER, TOTALS):
        db.session.execute(text(statement), how)
    db.session.commit()
    look_at_tables()


def rebuilt(url: str) -> dict[str, str]:
    """All nine boards by the job, and by the database alone; rounds alternate, the first does not count."""
    ours, plain, memory = [], [], 0.0
    for _ in range(ROUNDS + 1):
        seconds, used = apart(url, by_the_job)
        ours, memory = [*ours, seconds], max(memory, used)
        plain.append(apart(url, by_the_database_alone)[0])
    ours, plain = ours[1:], plain[1:]
    return {
        "rebuild all nine, seconds": f"{median(ours):.1f}",
        "the database alone, seconds": f"{median(plain):.1f}",
        "rebuild : database alone": f"{median(ours) / median(plain):.2f}",
        "memory of the job, MB": f"{memory:.0f}",
    }


def apart(url: str, work: Callable[[], None]) -> tuple[float, float]:
    """How many seconds some work takes in a process of its own, and that one's memory at the most, in MB."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=timed, args=(url, work, theirs))
    process.start()
    figures = mine.recv()
    process.join()
    return figures


def timed(url: str, work: Callable[[], None], answer) -> None:
    """Works, and says how long that took and what it needed."""
    worker.load_everything()
    with application(url):
        began = perf_counter()
        work()
        db.session.commit()
        answer.send((perf_counter() - began, memory()))


def memory() -> float:
    """How much this process has needed at the most, in MB."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def by_the_job() -> None:
    """Everything anew."""
    snapshots.refresh(now=datetime.now(UTC), everything=True)


def by_the_database_alone() -> None:
    """The same rows ranked into an empty table of the same shape, with the same keys."""
    is_file = db.engine.dialect.name == "sqlite"
    for statement in EMPTY_TABLE["sqlite" if is_file else "postgresql"]:
        db.session.execute(text(statement))
    today = datetime.now(UTC).date()
    for number, board in enumerate(BOARDS):
        period = period_of(board.timeframe, today)
        rows = ROWS[board.type][board.timeframe != Timeframe.ALL_TIME]
        statement = RANKED.format(values=rows, bytewise="" if is_file else 'COLLATE "C"')
        db.session.execute(text(statement), {"number": number, "start": period.start, "end": period.end})


EMPTY_TABLE = {
    "postgresql": ["DROP TABLE IF EXISTS plain", "CREATE TABLE plain (LIKE standings INCLUDING ALL)"],
    "sqlite": [
        "DROP TABLE IF EXISTS plain",
        "CREATE TABLE plain (leaderboard_id INTEGER NOT NULL, volunteer_id INTEGER NOT NULL, rank INTEGER NOT NULL, "
        "position INTEGER NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (leaderboard_id, volunteer_id))",
        "CREATE INDEX plain_position ON plain (leaderboard_id, position)",
        "CREATE INDEX plain_value ON plain (leaderboard_id, value)",
    ],
}


def read(url: str) -> dict[str, str]:
    """How long the database takes for what a page asks of the largest board."""
    with application(url):
        look_at_tables()
        board = boards.board(LeaderboardType.POINTS, Timeframe.ALL_TIME)
        last = (board.total_participants - 1) // PAGE
        deep = PAGE * min(DEEP - 1, last)
        one = db.session.get_one(Volunteer, boards.page(board, after=deep, limit=1)[0].volunteer_id)
        name = one.shown_name
        asked = {
            "page 1": lambda: boards.page(board, limit=PAGE),
            f"page {DEEP:,} or the last": lambda: boards.page(board, after=deep, limit=PAGE),
            "own place, and what is missing": lambda: boards.to_next(boards.of(one, board), board),
            "search, thousands found": lambda: boards.search(board, "helper"),
            "search, one found": lambda: boards.search(board, name),
        }
        gc.collect()
        return {f"{name}, ms": took(work) for name, work in asked.items()}


def took(work: Callable[[], object]) -> str:
    """The median of what the database takes for it, in milliseconds, and with how many statements."""
    found = []
    for _ in range(READS):
        with listening() as heard:
            work()
        found.append(sum(heard))
        db.session.rollback()
    return f"{1000 * median(found):.2f} ({len(heard)})"


@contextmanager
def listening() -> Iterator[list[float]]:
    """How long each statement takes until its rows are there."""
    heard: list[float] = []
    began: list[float] = []

    def before(_connection, _cursor, statement, *_more) -> None:
        began.append(0.0 if statement.startswith("BEGIN") else perf_counter())

    def after(*_said) -> None:
        if (start := began.pop()) > 0:
            heard.append(perf_counter() - start)

    event.listen(db.engine, "before_cursor_execute", before)
    event.listen(db.engine, "after_cursor_execute", after)
    yield heard
    event.remove(db.engine, "before_cursor_execute", before)
    event.remove(db.engine, "after_cursor_execute", after)


if __name__ == "__main__":
    main()

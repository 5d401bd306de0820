"""How fast activity becomes recognition: `python -m benchmarks.recognition [FILE] [--runs 3]`.

FILE is a table as `flask import` takes it, such as ../shared/data/activity.csv.gz. The default is the sample of real
activity in tests/data, thirty times over, each time of other people.

The first table sets three ways beside each other, on each database, in this one run, since machines differ and have
their moods: the runs alternate after one that does not count, and the medians are shown.

- an import: `flask import` in a process of its own, from its first line to its last, boards included
- the database alone: the same finished rows, `INSERT ... SELECT` into empty tables with the same indexes, checks,
  foreign keys and triggers, in one transaction
- the naive way: one activity, one ORM transaction, every achievement looked at (`naive.py`); on the first activities
  of the file, when everybody has few, which is kind to it

The second says where the time goes when one more activity is recorded and settled for somebody who has 10,000.
"""

import argparse
import csv
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import naive
from benchmarks.places import application, places
from portal.config import ROOT
from portal.domain import booking, points, recognition, recording
from portal.domain.submissions import Submission
from portal.extensions import db

SAMPLE = ROOT / "tests" / "data" / "activity.csv"
COPIES = 30
NAIVE_SAMPLE = 400
HISTORY = 10_000
ONE_MORE = 40


def main() -> None:
    """Measures and prints both tables."""
    options = arguments()
    if options.timed:
        return timed_import(options.file)
    with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name, places(Path(name)) as found:
        file = options.file or copies(SAMPLE, Path(name) / "activity.csv")
        rows = sum(1 for _ in rows_of(file))
        print(f"{rows:,} activities; medians of {options.runs} runs\n")
        print_table([(place.name, three_ways(place, file, rows, options.runs)) for place in found])
        print(f"\nOne activity of a volunteer with {HISTORY:,} counted ones; medians of {ONE_MORE}\n")
        print_table([(place.name, one_more(place)) for place in found])
    return None


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recognition")
    parser.add_argument("file", nargs="?", type=Path, help="a table of activities; the sample if left out")
    parser.add_argument("--runs", type=int, default=3, help="how often each way is measured")
    parser.add_argument("--timed", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def rows_of(file: Path) -> Iterator[dict[str, str]]:
    """The rows of a file, gzip or not."""
    with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8-sig", newline="") as text:
        yield from csv.DictReader(text)


def copies(file: Path, to: Path) -> Path:
    """The rows of a file many times over, sorted by time as they were, each time with other ids and people."""
    rows = list(rows_of(file))
    with to.open("w", newline="", encoding="utf-8") as out:
        lines = csv.DictWriter(out, rows[0].keys())
        lines.writeheader()
        for row in rows:
            for number in range(COPIES):
                changed = {name: f"{number}-{row[name]}" for name in ("external_id", "volunteer_email")}
                lines.writerow(row | changed)
    return to


def three_ways(place, file: Path, rows: int, runs: int) -> dict[str, str]:
    """The first table's column for one database."""
    url = place.fresh()
    timed(url, file)
    place.keep(url)
    imported, alone = [], []
    for _ in range(runs):
        imported.append(timed(place.fresh(), file))
        alone.append(place.alone())
    slow = naively(place.fresh(), file)
    seconds, database = median(one["seconds"] for one in imported), median(alone)
    return {
        "import, activities a second": f"{rows / seconds:,.0f}",
        "the database alone": f"{rows / database:,.0f}",
        "the naive way": f"{slow:,.0f}",
        "import : database alone": f"{database / seconds:.2f}",
        "import : naive way": f"{rows / seconds / slow:,.0f}",
        "import, seconds": f"{seconds:.1f}",
        "... of which in its own process": f"{median(one['cpu'] for one in imported):.1f}",
        "the database alone, seconds": f"{database:.1f}",
        "peak memory of the import, MB": f"{max(one['peak'] for one in imported):.0f}",
        "starting flask (not included), seconds": f"{median(one['start'] for one in imported):.1f}",
    }


def timed(url: str, file: Path) -> dict[str, float]:
    """Imports a file in a process of its own: seconds, processor seconds, peak memory in MB, and seconds to start."""
    program = [sys.executable, "-m", "benchmarks.recognition", str(file), "--timed"]
    began = perf_counter()
    done = subprocess.run(
        program, cwd=ROOT, env=os.environ | {"DATABASE_URL": url}, check=True, stdout=subprocess.PIPE, text=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return found | {"start": perf_counter() - began - found["seconds"]}


def timed_import(file: Path) -> None:
    """Runs `flask import` in this process, and says what it took."""
    from portal import create_app

    app = create_app()
    with app.app_context():
        began, cpu = perf_counter(), process_seconds()
        app.cli.main(["import", str(file)], prog_name="flask", standalone_mode=False)
        took = {"seconds": perf_counter() - began, "cpu": process_seconds() - cpu}
    print(json.dumps(took | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def process_seconds() -> float:
    """Processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def naively(url: str, file: Path) -> float:
    """Activities a second by the naive way; the first ones warm it up."""
    rows = list(islice(rows_of(file), NAIVE_SAMPLE + 20))
    with application(url):
        for row in rows[:20]:
            naive.take(row, datetime.now(UTC))
        began = perf_counter()
        for row in rows[20:]:
            naive.take(row, datetime.now(UTC))
        return NAIVE_SAMPLE / (perf_counter() - began)


def one_more(place) -> dict[str, str]:
    """The second table's column for one database."""
    now = datetime.now(UTC)
    with application(place.fresh()):
        recording.record([nth(number) for number in range(HISTORY)], source="csv", now=now, creates_people=True)
        db.session.commit()
        (volunteer_id,) = points.lock([1])
        recognition.settle([volunteer_id], now=now)
        db.session.commit()
        laps = [one_lap(volunteer_id, HISTORY + number) for number in range(ONE_MORE + 5)][5:]
    steps = {step: median(lap[step] for lap in laps) * 1000 for step in laps[0]}
    steps["from recorded to settled"] = median(sum(lap.values()) for lap in laps) * 1000
    return {f"{step}, ms": f"{took:.1f}" for step, took in steps.items()}


def nth(number: int) -> Submission:
    """The nth thing that Ada did: on each day some hours, and a task."""
    day = date(2010, 1, 1) + timedelta(days=number // 2)
    kind = "task_completed" if number % 2 else "hours_logged"
    return Submission(
        event_type=kind,
        quantity="1" if number % 2 else "1.5",
        occurred_at=f"{day}T18:00:00Z",
        volunteer_email="ada@example.org",
        volunteer_name="Ada Bell",
        external_id=str(number),
    )


def one_lap(volunteer_id: int, number: int) -> dict[str, float]:
    """Seconds for each step of recording and settling one activity."""
    now, lap = datetime.now(UTC), {}
    with clocked(lap, "record"):
        recording.record([nth(number)], source="csv", now=now)
    with clocked(lap, "commit"):
        db.session.commit()
    with clocked(lap, "lock"):
        points.lock([volunteer_id])
    with clocked(lap, "work out"):
        outcomes = recognition.work_out([volunteer_id])
    with clocked(lap, "book"):
        booking.book(outcomes, now=now)
    with clocked(lap, "commit again"):
        db.session.commit()
    return lap


@contextmanager
def clocked(lap: dict[str, float], step: str) -> Iterator[None]:
    """Notes how many seconds a step took."""
    began = perf_counter()
    yield
    lap[step] = perf_counter() - began


def print_table(columns: list[tuple[str, dict[str, str]]]) -> None:
    """Prints one column for each database, one line for each figure."""
    print(f"{'':40}" + "".join(f"{name:>14}" for name, _ in columns))
    for line in columns[0][1]:
        print(f"{line:40}" + "".join(f"{column[line]:>14}" for _, column in columns))


if __name__ == "__main__":
    main()

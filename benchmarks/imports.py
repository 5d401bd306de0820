"""What an import of a spreadsheet takes: `python -m benchmarks.imports [FILE] [--rows 100000]`.

FILE is a table as the page takes it, CSV or XLSX, such as ../shared/data/activity.csv.gz; without it, --rows made-up
rows of a volunteer system's export (names, dates with slashes, hours in several spellings, no ids), of twenty thousand
people. A million take some minutes.

Everything goes through the code of the page, in a process of its own: a file is uploaded, read, checked, confirmed,
recorded and counted, each step timed, with the peak of its memory. Beside it, in the same run: Python's `csv` reader
alone over the same text, and the database alone, which writes the finished rows into empty tables.
"""

import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.places import places
from benchmarks.recognition import print_table
from portal.config import ROOT

PEOPLE = 20_000
HOURS = ("1", "1.5", "2", "1,25", "0:45", "1h 15m", "2 hours", "3")
PROJECTS = ("Food bank", "Reading hour", "Beach clean-up", "Night shelter")
HEADINGS = ["First Name", "Last Name", "Email", "Date Hours Occurred", "Total Hours Worked", "Project", "Notes"]


def main() -> None:
    """Measures and prints one column for each database."""
    options = arguments()
    if options.timed:
        return timed(options.file)
    with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name, places(Path(name)) as found:
        file = options.file or made_up(Path(name) / "hours.csv", options.rows)
        reading = csv_alone(file)
        print(f"{file.name}, {file.stat().st_size / 1e6:,.0f} MB\n")
        print_table([(place.name, measured(place, file, reading)) for place in found])
    return None


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports")
    parser.add_argument("file", nargs="?", type=Path, help="a table; made-up rows if left out")
    parser.add_argument("--rows", type=int, default=100_000, help="how many rows are made up")
    parser.add_argument("--timed", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def made_up(to: Path, rows: int) -> Path:
    """What a volunteer system exports: some hours on some day of the last years, of somebody."""
    with to.open("w", newline="", encoding="utf-8") as out:
        lines = csv.writer(out)
        lines.writerow(HEADINGS)
        for number in range(rows):
            who, day = number * 7919 % PEOPLE, date(2024, 1, 1) + timedelta(days=number // PEOPLE * 7 + number % 7)
            name = (f"Volunteer{who % 131}", f"Somebody{who}", f"v{who}@example.org")
            what = (f"{day:%m/%d/%Y}", HOURS[number % 8], PROJECTS[number % 4], f"Shift {number % 977}")
            lines.writerow([*name, *what])
    return to


def csv_alone(file: Path) -> float | None:
    """Seconds that Python's reader takes for the text, in memory; None for a workbook."""
    content = file.read_bytes()
    if content[:2] == b"PK":
        return None
    text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8-sig")
    best = None
    for _ in range(3):
        began = perf_counter()
        for _row in csv.reader(text.splitlines(keepends=True)):
            pass
        best = min(best or 1e9, perf_counter() - began)
    return best


def measured(place, file: Path, reading: float | None) -> dict[str, str]:
    """The column of one database."""
    url = place.fresh()
    program = [sys.executable, "-m", "benchmarks.imports", str(file), "--timed"]
    env = os.environ | {"DATABASE_URL": url}
    done = subprocess.run(program, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
    took = json.loads(done.stdout.splitlines()[-1])
    place.keep(url)
    alone, rows = place.alone(), took["rows"]
    whole = sum(took[step] for step in ("take", "read", "check", "record", "count"))
    found = {
        "rows": f"{rows:,}",
        "of them with problems": f"{took['rejected']:,}",
        "taking it in, seconds": f"{took['take']:.1f}",
        "reading, rows a second": f"{rows / took['read']:,.0f}",
        "checking, rows a second": f"{rows / took['check']:,.0f}",
        "recording, rows a second": f"{rows / took['record']:,.0f}",
        "counting, rows a second": f"{rows / took['count']:,.0f}",
        "recording and counting together": f"{rows / (took['record'] + took['count']):,.0f}",
        "the whole, rows a second": f"{rows / whole:,.0f}",
        "the whole, seconds": f"{whole:.1f}",
        "the database alone, rows a second": f"{rows / alone:,.0f}",
        "peak memory before checking, MB": f"{took['peaks'][0]:.0f}",
        "peak memory of checking, MB": f"{took['peaks'][1]:.0f}",
        "peak memory in all, MB": f"{took['peaks'][2]:.0f}",
    }
    if reading is not None:
        found["csv alone, rows a second"] = f"{rows / reading:,.0f}"
        found["checking : csv alone"] = f"{reading / took['check']:.3f}"
    return found


def timed(file: Path) -> None:
    """Takes a file in as the page and its workers do, in this process, and says what each step took."""
    from portal import create_app
    from portal.domain import accounts, importing, layouts, uploads
    from portal.domain.activities import Batch
    from portal.domain.cells import DateOrder
    from portal.domain.uploads import Stage
    from portal.extensions import db

    now = lambda: datetime.now(UTC)  # noqa: E731
    took, peaks = {}, []

    def step(name: str, work):
        began = perf_counter()
        found = work()
        took[name] = perf_counter() - began
        return found

    def go_on() -> None:
        batch_id = uploads.lease(now())
        db.session.commit()
        importing.work_off(batch_id, now)

    with create_app().app_context():
        given = {"email": "grace@example.org", "name": "Grace", "password": "a password of her own"}
        grace = accounts.add_user(**given, role="coordinator", volunteer=None, now=now())
        db.session.commit()
        importing.TURN = float("inf")

        def take() -> int:
            with file.open("rb") as binary:
                batch = uploads.take(binary, file.name, quiet=True, by=grace, now=now())
                db.session.commit()
                return batch.id

        number = step("take", take)
        step("read", go_on)
        peaks.append(peak())
        upload = uploads.of(number)
        if upload.stage == Stage.MAPPING:
            layout = layouts.known(uploads.facts_of(upload))
            layout = layouts.replace(layout, date_order=DateOrder.MONTH_FIRST)
            uploads.understand(number, upload.version, layout, makes_people=True, quiet=True, by=grace, now=now())
            db.session.commit()
        step("check", go_on)
        peaks.append(peak())
        upload = uploads.of(number)
        outlook = dict(upload.outlook)
        uploads.confirm(number, upload.version, by=grace, now=now())
        db.session.commit()
        counting = importing.Work.count  # follows recording in the same turn
        importing.Work.count = lambda self: step("count", lambda: counting(self))
        step("record", go_on)
        took["record"] -= took["count"]
        peaks.append(peak())
        db.session.execute(db.update(Batch).values(recorded_by_id=None))  # who is no part of the finished rows
        db.session.commit()
    rows = outlook["accepted"] + outlook["same"] + outlook["rejected"]
    print(json.dumps(took | {"peaks": peaks, "rows": rows, "rejected": outlook["rejected"]}))


def peak() -> float:
    """The most memory that this process had so far, in MB. What `getrusage` says is its parent's, if that had more."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()

"""Files of activities: read row by row, recorded in parts that are committed one by one, then counted.

An import that is killed and run again goes on where it was: rows that stand already are the same again, and what is
still pending of them is counted.
"""

import csv
import gc
import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from io import TextIOWrapper
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.database import reading, retried
from portal.domain import recognition, recording
from portal.domain.accounts import User
from portal.domain.activities import Activity, Batch, BatchKind
from portal.domain.judging import Judge, Rejected, Verdict
from portal.domain.submissions import COLUMNS, FIELDS, Submission
from portal.extensions import db

PART = 10_000
"""Rows that are recorded in one transaction."""

AT_ONCE = 2
"""Groups of volunteers for which PostgreSQL counts at the same time."""
SETTLED_AT_ONCE = 12_000
"""Activities that are counted in one transaction, about."""

GZIP = b"\x1f\x8b"
LONGEST_CELL = 1_000_000
LONGEST_SOURCE = 64
NEEDED = ("event_type", "occurred_at")


class NotReadable(ValueError):
    """A file that is no table of activities; the message says why and what to do."""


@dataclass(slots=True)
class Summary:
    """What became of the rows so far."""

    accepted: int = 0
    same: int = 0
    refused: int = 0
    conflicts: int = 0
    volunteers: set[int] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return self.accepted + self.same + self.rejected

    @property
    def rejected(self) -> int:
        """How many rows do not stand."""
        return self.refused + self.conflicts

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Adds what became of a part."""
        for verdict in verdicts:
            if isinstance(verdict, Rejected):
                self.conflicts += verdict.conflict
                self.refused += not verdict.conflict
            else:
                self.same += verdict.same
                self.accepted += not verdict.same
                if verdict.volunteer_id:
                    self.volunteers.add(verdict.volunteer_id)


class Row(NamedTuple):
    """A row of a file: its number, the first after the headings being 2, what stands in it, and what it says."""

    number: int
    cells: Sequence[str]
    submission: Submission


@contextmanager
def no_garbage_collection() -> Generator[None]:
    """Keeps Python from looking for cycles: among the many thousand rows of a part it would look again and again, a
    fifth of the time of an import, and find none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def opened(path: Path) -> Generator[tuple[TextIO, BinaryIO]]:
    """The file as text, gzip or not, and as bytes, whose position tells how far one is."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == GZIP
        raw.seek(0)
        unzipped = gzip.GzipFile(fileobj=raw) if zipped else raw
        yield TextIOWrapper(unzipped, encoding="utf-8-sig", newline=""), raw


def read_rows(text: TextIO) -> tuple[list[str], Iterator[Row]]:
    """The headings, and the rows that follow. Raises NotReadable for what is no table of activities."""
    csv.field_size_limit(LONGEST_CELL)
    lines = csv.reader(text)
    try:
        headings = [heading.strip().lower() for heading in next(lines, [])]
    except READING_ERRORS as error:
        raise unreadable(error) from None
    refuse_headings(headings)
    return headings, _rows(lines, headings)


READING_ERRORS = (csv.Error, UnicodeDecodeError, OSError, EOFError, zlib.error)


def refuse_headings(headings: Sequence[str]) -> None:
    """Raises NotReadable unless these are headings of activities."""
    missing = [name for name in NEEDED if name not in headings]
    if missing:
        raise NotReadable(_("The first row must name the columns; missing: %(names)s.", names=", ".join(missing)))
    twice = [name for name, times in Counter(headings).items() if times > 1 and name]
    if twice:
        raise NotReadable(_("A column stands there twice: %(names)s.", names=", ".join(twice)))


def unreadable(error: Exception) -> NotReadable:
    """What to say of a file that cannot be read on."""
    if isinstance(error, UnicodeDecodeError):
        return NotReadable(_("This is not text in UTF-8. Save it as CSV UTF-8 and try again."))
    return NotReadable(_("This is not a table of comma-separated values: %(error)s.", error=error))


def _rows(lines: Iterator[list[str]], headings: Sequence[str]) -> Iterator[Row]:
    # Where each field stands; what is not there stands nowhere: in an empty cell behind the last one.
    places = [headings.index(name) if name in COLUMNS and name in headings else -1 for name in FIELDS]
    width, fields, number = len(headings), itemgetter(*places), 1
    try:
        for cells in lines:
            if not cells:
                continue
            number += 1
            short = width - len(cells)
            whole = [*cells, *[""] * short, ""] if short > 0 else [*cells, ""]
            yield Row(number, cells, Submission(*fields(whole)))
    except READING_ERRORS as error:
        raise unreadable(error) from None


def parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows, so many at a time as one transaction records. While the database writes a part, the next is read."""
    here = copy_context()  # who reads speaks the language of who asked
    with ThreadPoolExecutor(1, "reader") as reader:
        coming: Future[list[Row]] = reader.submit(here.run, next_part, rows)
        while part := coming.result():
            coming = reader.submit(here.run, next_part, rows)
            yield part


def next_part(rows: Iterator[Row]) -> list[Row]:
    """As many rows as one transaction records, with their fingerprints; none at the end."""
    part = list(islice(rows, PART))
    for row in part:
        row.submission.fingerprint()
    return part


def open_batch(name: str, *, source: str, quiet: bool, now: datetime) -> Batch:
    """A new batch, committed so that its activities can point to it."""
    batch = Batch(kind=BatchKind.IMPORT, name=name[:200], source=source, quiet=quiet, created_at=now)
    db.session.add(batch)
    db.session.commit()
    return batch


def close_batch(batch_id: int, summary: Summary, now: datetime) -> None:
    """Writes down what became of a batch, or takes it away if it brought nothing."""
    batch = db.session.get_one(Batch, batch_id)
    if summary.accepted:
        batch.rows = batch.done = summary.rows
        batch.accepted, batch.same, batch.refused = summary.accepted, summary.same, summary.rejected
        batch.finished_at = now
    else:
        db.session.delete(batch)
    db.session.commit()


@no_garbage_collection()
def record_part(part: Sequence[Row], *, batch_id: int, source: str, now: datetime, numbers: Counter) -> list[Verdict]:
    """Records a part of a file in one transaction of its own, tried again where others were in the way.

    `numbers` is of the file, and goes on from part to part.
    """
    rows = [row.submission for row in part]

    def work() -> tuple[list[Verdict], Counter]:
        tried = numbers.copy()
        batch = db.session.get_one(Batch, batch_id)
        by = db.session.get(User, batch.recorded_by_id) if batch.recorded_by_id else None
        whose = {"batch": batch, "not_about": by and by.volunteer_id}
        verdicts = recording.record(rows, source=source, now=now, creates_people=True, numbers=tried, **whose)
        db.session.commit()
        return verdicts, tried

    verdicts, tried = retried(work, rollback=db.session.rollback, also=(IntegrityError,))
    numbers.update(tried - numbers)
    return verdicts


def rehearse_part(
    part: Sequence[Row], judge: Judge | None, *, source: str, now: datetime
) -> tuple[list[Verdict], Judge]:
    """What `record_part` would say, after the parts that `judge` has seen; writes nothing."""
    rows = [row.submission for row in part]
    token = reading.set(True)
    try:
        if judge is None:
            judge = recording.open_judge(rows, source=source, now=now, creates_people=True)
        else:
            recording.learn(judge, rows, source)
        verdicts = [judge.judge(row) for row in rows]
    finally:
        db.session.rollback()
        reading.reset(token)
    judge.drafts.clear()
    return verdicts, judge


def count(waiting: Sequence[tuple[int, int]], *, now: datetime, each: Callable[[int], None]) -> None:
    """Settles (volunteer, how many activities wait), so many at a time as one transaction takes.

    `each` hears how many activities were counted; what it raises ends the counting. PostgreSQL counts for several
    groups of volunteers at once, as several workers would; SQLite has one writer.
    """
    if db.engine.dialect.name == "sqlite":
        for ids, size in groups(waiting):
            settle(ids, now)
            each(size)
        return
    app = current_app._get_current_object()

    def settle_apart(ids: Sequence[int]) -> None:
        with app.app_context():
            settle(ids, now)

    counters = ThreadPoolExecutor(AT_ONCE, "counter")
    try:
        for counted, size in [(counters.submit(settle_apart, ids), size) for ids, size in groups(waiting)]:
            counted.result()
            each(size)
    finally:
        counters.shutdown(cancel_futures=True)


def groups(waiting: Sequence[tuple[int, int]]) -> Iterator[tuple[list[int], int]]:
    """The volunteers, so many as have about SETTLED_AT_ONCE activities; and how many they have."""
    group, size = [], 0
    for volunteer_id, number in waiting:
        group.append(volunteer_id)
        size += number
        if size >= SETTLED_AT_ONCE:
            yield group, size
            group, size = [], 0
    if group:
        yield group, size


def pending_of(volunteer_ids: set[int]) -> list[tuple[int, int]]:
    """Of these volunteers those who have something pending, ascending, and how many activities that is."""
    query = (
        select(Activity.volunteer_id, func.count())
        .where(Activity.status == "pending")
        .group_by(Activity.volunteer_id)
        .order_by(Activity.volunteer_id)
    )
    found = [(who, number) for who, number in db.session.execute(query) if who in volunteer_ids]
    db.session.rollback()
    return found


@no_garbage_collection()
def settle(volunteer_ids: Sequence[int], now: datetime) -> None:
    """Settles some volunteers in one transaction of its own, tried again where others were in the way."""

    def work() -> None:
        recognition.settle(volunteer_ids, now=now)
        db.session.commit()

    retried(work, rollback=db.session.rollback)

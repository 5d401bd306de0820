"""Files of activities: read row by row, recorded in parts that are committed one by one, then counted.

An import that is killed and run again goes on where it was: rows that stand already are the same again, and what is
still pending of them is counted.
"""

import gc
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.database import retried
from portal.domain import layouts, recognition, recording, sheets
from portal.domain.accounts import User
from portal.domain.activities import Activity, Batch, BatchKind
from portal.domain.judging import Rejected, Verdict
from portal.domain.layouts import Layout, Problem
from portal.domain.refusals import NotReadable
from portal.domain.sheets import Facts
from portal.domain.submissions import Refused, Submission, read
from portal.domain.tallies import OnTop, Tallies
from portal.extensions import db

PART = 10_000
"""Rows that are recorded in one transaction."""

AT_ONCE = 2
"""Groups of volunteers for which PostgreSQL counts at the same time."""
SETTLED_AT_ONCE = 12_000
"""Activities that are counted in one transaction, about."""

LONGEST_SOURCE = 64


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
    """A row of a file: its number, what stands in it, what it says, and what is wrong with its cells."""

    number: int
    cells: Sequence[str]
    submission: Submission
    problems: tuple[Problem, ...] = ()


@contextmanager
def no_garbage_collection() -> Generator[None]:
    """Keeps Python from looking for cycles: among the many thousand rows of a part it would look again and again, a
    fifth of the time of an import, and find none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Table:
    """A file as rows that say what somebody did, by what was found in it and what its columns mean."""

    def __init__(self, file: BinaryIO, facts: Facts, layout: Layout):
        self.file, self.facts, self.layout = file, facts, layout
        self.source = layouts.source_of(facts.headings, layout)

    def rows(self) -> Iterator[Row]:
        """The rows in their order. Raises NotReadable."""
        reader = layouts.reader(self.layout, len(self.facts.headings))
        for number, cells in sheets.rows_of(self.file, self.facts):
            yield Row(number, cells, *reader.read(cells))

    def heading(self, field: str) -> str:
        """The heading of the column that says a field, for people who look for it in their file."""
        column = self.layout.column_of(field)
        return field if column is None else self.facts.headings[column]


def table_of(file: BinaryIO) -> Table:
    """The table in a file whose columns are known by their headings, or from an earlier time. Raises NotReadable,
    also where somebody would have to be asked."""
    facts = sheets.look_through(file)
    if facts.how.encoding in sheets.GUESSED:
        raise NotReadable(_("This is not text in UTF-8. Save it as CSV UTF-8 and try again."))
    layout = layouts.known(facts)
    missing = layout.missing()
    if missing:
        needed = {"who": _("who it was"), "date": _("the date"), "hours": _("the hours")}
        names = ", ".join(needed[one] for one in missing)
        raise NotReadable(_("The first row must name the columns; missing: %(names)s.", names=names))
    if twice := facts.doubled(layout.columns.values()):
        raise NotReadable(_("A column stands there twice: %(names)s.", names=", ".join(twice)))
    if layout.asks_order(facts):
        raise NotReadable(_("Its dates may be read in two ways, as 3/4/2026. Write them like 2026-04-03."))
    return Table(file, facts, layout)


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
def record_part(
    part: Sequence[Row],
    *,
    batch_id: int,
    source: str,
    now: datetime,
    numbers: Counter | Tallies,
    creates_people: bool = True,
    then: Callable[[list[Verdict]], None] | None = None,
) -> list[Verdict]:
    """Records a part of a file in one transaction of its own, tried again where others were in the way.

    `numbers` is of the file, and goes on from part to part. `then` is done in the same transaction.
    """
    sound = [row.submission for row in part if not row.problems]

    def work() -> tuple[list[Verdict], OnTop]:
        tried = OnTop(numbers)
        batch = db.session.get_one(Batch, batch_id)
        by = db.session.get(User, batch.recorded_by_id) if batch.recorded_by_id else None
        whose = {"batch": batch, "not_about": by and by.volunteer_id}
        how = {"creates_people": creates_people, "numbers": tried}
        verdicts = in_order(part, recording.record(sound, source=source, now=now, **how, **whose))
        if then is not None:
            then(verdicts)
        db.session.commit()
        return verdicts, tried

    verdicts, tried = retried(work, rollback=db.session.rollback, also=(IntegrityError,))
    tried.settle()
    return verdicts


def in_order(part: Sequence[Row], judged: Iterable[Verdict]) -> list[Verdict]:
    """What becomes of each row: what was judged of those that could be read, the first problem of the others."""
    rest = iter(judged)
    return [Rejected(*row.problems[0]) if row.problems else next(rest) for row in part]


def count_on(part: Iterable[Row], numbers: Tallies) -> None:
    """Goes on with the numbers of rows without an id past rows that are recorded already."""
    for row in part:
        if not row.problems and not row.submission.external_id and makes_sense(row.submission):
            numbers[row.submission.fingerprint()] += 1


def makes_sense(submission: Submission) -> bool:
    """Whether a row got as far as to be given a number."""
    try:
        read(submission)
    except Refused:
        return False
    return True


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


def pending_in(batch_id: int) -> list[tuple[int, int]]:
    """Whose activities of a batch wait, ascending, and how many."""
    query = select(Activity.volunteer_id, func.count()).where(Activity.batch_id == batch_id)
    query = query.where(Activity.status == "pending").group_by(Activity.volunteer_id).order_by(Activity.volunteer_id)
    found = [(who, number) for who, number in db.session.execute(query)]
    db.session.rollback()
    return found


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

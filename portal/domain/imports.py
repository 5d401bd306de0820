"""Files of activities: read row by row, recorded in parts that are committed one by one, then counted.

An import that is killed and run again goes on where it was: rows that stand already are the same again, and what is
still pending of them is counted.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.database import retried
from portal.domain import recognition, recording
from portal.domain.activities import Activity, Batch, BatchKind
from portal.domain.judging import Accepted, Rejected, Verdict
from portal.domain.submissions import FIELDS, Submission
from portal.extensions import db

PART = 4000
"""Rows that are recorded in one transaction."""

SETTLED_AT_ONCE = 12_000
"""Activities that are counted in one transaction, about."""

LONGEST_LINE = 1_000_000
NEEDED = ("event_type", "occurred_at")


class NotReadable(ValueError):
    """A file that is no table of activities; the message says why and what to do."""


@dataclass(slots=True)
class Progress:
    """What became of the rows so far."""

    accepted: int = 0
    same: int = 0
    refused: int = 0
    conflicts: int = 0
    new_volunteers: int = 0
    volunteers: set[int] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return self.accepted + self.same + self.refused + self.conflicts


@dataclass(slots=True, frozen=True)
class Row:
    """A row of a file: its number, the first after the headings being 2, what stands in it, and what it says."""

    number: int
    cells: Sequence[str]
    submission: Submission


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """The file as text: gzip or not, with or without a byte order mark, whatever its line ends."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    opener = gzip.open if zipped else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as text:
        yield text


def read_rows(text: IO[str]) -> tuple[list[str], Iterator[Row]]:
    """The headings, and the rows that follow. Raises NotReadable for what is no table of activities."""
    csv.field_size_limit(LONGEST_LINE)
    lines = csv.reader(text, strict=False)
    try:
        headings = [heading.strip().lower() for heading in next(lines, [])]
    except (csv.Error, UnicodeDecodeError, OSError, EOFError) as error:
        raise unreadable(error) from None
    refuse_headings(headings)
    return headings, _rows(lines, headings)


def refuse_headings(headings: Sequence[str]) -> None:
    """Raises NotReadable unless these are headings of activities."""
    missing = [name for name in NEEDED if name not in headings]
    if missing:
        raise NotReadable(f"The first row must name the columns; missing: {', '.join(missing)}.")
    twice = [name for name, times in Counter(headings).items() if times > 1 and name]
    if twice:
        raise NotReadable(f"A column stands there twice: {', '.join(twice)}.")


def unreadable(error: Exception) -> NotReadable:
    """What to say of a file that cannot be read on."""
    if isinstance(error, UnicodeDecodeError):
        return NotReadable("This is not text in UTF-8. Save it as CSV UTF-8 and try again.")
    return NotReadable(f"This is not a table of comma-separated values: {error}.")


def _rows(lines: Iterator[list[str]], headings: Sequence[str]) -> Iterator[Row]:
    places = {name: headings.index(name) for name in FIELDS if name in headings}
    number = 1
    try:
        for cells in lines:
            if not cells:
                continue
            number += 1
            said = {name: cells[place] for name, place in places.items() if place < len(cells)}
            yield Row(number, cells, Submission(**said))
    except (csv.Error, UnicodeDecodeError, OSError, EOFError) as error:
        raise unreadable(error) from None


def parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows, so many at a time as one transaction records."""
    while part := list(islice(rows, PART)):
        yield part


def open_batch(name: str, *, source: str, quiet: bool, now: datetime) -> Batch:
    """A new batch, committed so that its activities can point to it."""
    batch = Batch(kind=BatchKind.IMPORT, name=name[:200], source=source, quiet=quiet, created_at=now)
    db.session.add(batch)
    db.session.commit()
    return batch


def record_part(part: Sequence[Row], *, batch_id: int, source: str, now: datetime, numbers: Counter) -> list[Verdict]:
    """Records a part of a file in one transaction of its own, tried again where others were in the way."""
    counted_so_far = numbers.copy() if any(not row.submission.external_id for row in part) else None

    def work() -> list[Verdict]:
        if counted_so_far is not None:
            numbers.clear()
            numbers.update(counted_so_far)
        verdicts = recording.record(
            [row.submission for row in part],
            source=source,
            now=now,
            batch=db.session.get_one(Batch, batch_id),
            creates_people=True,
            numbers=numbers,
        )
        db.session.commit()
        return verdicts

    return retried(work, rollback=db.session.rollback, also=(IntegrityError,))


def note_verdicts(progress: Progress, verdicts: Sequence[Verdict]) -> None:
    """Adds what became of a part to the progress."""
    for verdict in verdicts:
        if isinstance(verdict, Rejected):
            progress.conflicts += verdict.conflict
            progress.refused += not verdict.conflict
        else:
            progress.same += verdict.same
            progress.accepted += not verdict.same


def waiting_of(verdicts: Sequence[Verdict]) -> set[int]:
    """The volunteers of a part who have something that waits for being counted."""
    ids = [verdict.activity_id for verdict in verdicts if isinstance(verdict, Accepted)]
    query = select(Activity.volunteer_id).where(Activity.status == "pending")
    return set(db.session.scalars(query.where(_among_ids(ids)).distinct()))


def _among_ids(ids: Sequence[int]):
    from portal.database import among

    return among(Activity.id, ids)


def count(volunteer_ids: set[int], *, now: datetime, each: Callable[[int], None]) -> None:
    """Settles these volunteers, so many at a time as one transaction takes; `each` hears how many activities it was."""
    query = (
        select(Activity.volunteer_id, func.count())
        .where(Activity.status == "pending")
        .group_by(Activity.volunteer_id)
        .order_by(Activity.volunteer_id)
    )
    waiting = [(who, number) for who, number in db.session.execute(query) if who in volunteer_ids]
    db.session.rollback()
    group, size = [], 0
    for who, number in waiting:
        group.append(who)
        size += number
        if size >= SETTLED_AT_ONCE:
            settle_group(group, now)
            each(size)
            group, size = [], 0
    settle_group(group, now)
    each(size)


def settle_group(volunteer_ids: Sequence[int], now: datetime) -> None:
    """Settles some volunteers in one transaction of its own, tried again where others were in the way."""

    def work() -> None:
        recognition.settle(volunteer_ids, now=now)
        db.session.commit()

    if volunteer_ids:
        retried(work, rollback=db.session.rollback)

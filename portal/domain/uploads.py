"""Files that were uploaded to be imported: kept until a worker has recorded them, whoever dies in between."""

import gzip
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from flask_babel import gettext as _
from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Text, delete, func, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Id, UTCDateTime
from portal.domain import imports, sheets
from portal.domain.accounts import User
from portal.domain.activities import Activity, Batch, BatchKind
from portal.domain.imports import NotReadable, Row, Summary
from portal.domain.judging import Rejected, Verdict
from portal.extensions import Model, db

LEASE = timedelta(seconds=8)
"""How long a worker may be silent before another goes on with its file."""
LONGEST_REASON = 500
log = logging.getLogger(__name__)


class TakenOver(Exception):
    """Another worker goes on with the file."""


class Upload(Model):
    """A file that waits to be recorded. `leased_until` says that a worker is at it."""

    __tablename__ = "uploads"

    batch_id: Mapped[int] = mapped_column(Id, ForeignKey("batches.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    leased_until: Mapped[datetime | None] = mapped_column(UTCDateTime)

    batch: Mapped[Batch] = relationship(lazy="joined")


class RejectedRow(Model):
    """A row of an import that does not stand, with its number, column and reason."""

    __tablename__ = "rejected_rows"
    __table_args__ = (Index("uq_rejected_rows_number", "batch_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    batch_id: Mapped[int] = mapped_column(Id, ForeignKey("batches.id"))
    number: Mapped[int]
    column: Mapped[str] = mapped_column("column_name", Text)
    reason: Mapped[str] = mapped_column(Text)
    cells: Mapped[dict] = mapped_column(JSON)


def take(content: bytes, name: str, *, rows: int, quiet: bool, by: User, now: datetime) -> Batch:
    """Keeps an uploaded file for the workers; `rows` is how many `sheets.looked_through` found in it."""
    batch = Batch(
        kind=BatchKind.IMPORT,
        name=name[:200],
        source="csv",
        quiet=quiet,
        recorded_by_id=by.id,
        created_at=now,
        rows=rows,
    )
    db.session.add(batch)
    db.session.flush()
    db.session.add(Upload(batch_id=batch.id, content=gzip.compress(content, compresslevel=1)))
    db.session.flush()
    return batch


def fingerprint(content: bytes) -> str:
    """SHA-256 of a file, by which it is known to be the same."""
    return hashlib.sha256(content).hexdigest()


def lease(now: datetime) -> int | None:
    """Takes the oldest file that nobody is at; its batch's id, or None. Commit before going on."""
    free = or_(Upload.leased_until.is_(None), Upload.leased_until < now)
    oldest = select(Upload.batch_id).where(free).order_by(Upload.batch_id).limit(1)
    batch_id = db.session.scalar(oldest)
    if batch_id is None:
        return None
    mine = update(Upload).where(Upload.batch_id == batch_id, free).values(leased_until=now + LEASE)
    taken = db.session.execute(mine, execution_options={"synchronize_session": False}).rowcount
    return batch_id if taken else None


class Work:
    """One worker's work at one file: parts that are recorded and committed, then the counting."""

    def __init__(self, upload: Upload, clock: Callable[[], datetime]):
        self.batch_id, self.clock = upload.batch_id, clock
        self.began, self.source = upload.batch.created_at, upload.batch.source
        self.held_until = upload.leased_until
        self.content = gzip.decompress(upload.content)
        self.summary = Summary()

    def record(self) -> None:
        """Records the rows part by part, and keeps what does not stand. Raises TakenOver."""
        headings, rows = sheets.table_of(self.content)
        numbers: Counter = Counter()
        for part in imports.parts(rows):
            how = {"batch_id": self.batch_id, "source": self.source, "numbers": numbers}
            verdicts = imports.record_part(part, now=max(self.began, self.clock()), **how)
            self.summary.add(verdicts)
            self.hold()
            keep_rejected(self.batch_id, headings, part, verdicts)
            note_progress(self.batch_id, self.summary)
            db.session.commit()

    def count(self) -> None:
        """Counts whatever waits of those whom the file names. Raises TakenOver."""
        waiting = imports.pending_of(self.summary.volunteers)
        imports.count(waiting, now=max(self.began, self.clock()), each=self.go_on)

    def go_on(self, _number: int) -> None:
        """Says, between two transactions, that somebody is at it. Raises TakenOver."""
        self.hold()
        db.session.commit()

    def hold(self) -> None:
        """Keeps the file for some seconds more. Raises TakenOver if it was thought that nobody is at it any more."""
        until = self.clock() + LEASE
        mine = update(Upload).where(Upload.batch_id == self.batch_id, Upload.leased_until == self.held_until)
        held = db.session.execute(mine.values(leased_until=until), execution_options={"synchronize_session": False})
        if not held.rowcount:
            db.session.rollback()
            raise TakenOver(self.batch_id)
        self.held_until = until


def work_off(batch_id: int, clock: Callable[[], datetime]) -> None:
    """Records and counts a leased file, a part at a time, each committed; `clock()` is the present instant.

    Begun again after a crash it finds what stands already to be the same, and counts what still waits.
    """
    upload = db.session.get(Upload, batch_id, populate_existing=True)
    if upload is None:
        return
    work = Work(upload, clock)
    db.session.rollback()
    try:
        work.record()
        work.count()
        finish(batch_id, clock())
    except TakenOver:
        log.info("another worker goes on with import %s", batch_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        fail(batch_id, error, clock())


def fail(batch_id: int, error: Exception, now: datetime) -> None:
    """Gives a file up, and says why: tried again and again it would keep all others waiting."""
    db.session.rollback()
    told = str(error) if isinstance(error, NotReadable) else _("Something went wrong; the log knows more.")
    if not isinstance(error, NotReadable):
        log.error("import %s cannot be worked off", batch_id, exc_info=error)
    db.session.get_one(Batch, batch_id).failure = told
    finish(batch_id, now)


def keep_rejected(batch_id: int, headings: Sequence[str], part: Sequence[Row], verdicts: Sequence[Verdict]) -> None:
    """Keeps the rows of a part that do not stand, in place of what an earlier try said of them."""
    numbers = [row.number for row in part]
    these = RejectedRow.number.between(numbers[0], numbers[-1])
    db.session.execute(delete(RejectedRow).where(RejectedRow.batch_id == batch_id, these))
    for row, verdict in zip(part, verdicts, strict=True):
        if isinstance(verdict, Rejected):
            cells = dict(zip_longest(headings, row.cells[: len(headings)], fillvalue=""))
            reason = verdict.reason.replace("\0", "")[:LONGEST_REASON]  # no database keeps a NUL in a text
            kept = {"number": row.number, "column": verdict.field, "reason": reason, "cells": cells}
            db.session.add(RejectedRow(batch_id=batch_id, **kept))


def note_progress(batch_id: int, summary: Summary) -> None:
    """Writes down how far a file is; begun again, it does not go back."""
    batch = db.session.get_one(Batch, batch_id)
    batch.done = max(batch.done, summary.rows)
    batch.refused = db.session.scalar(select(func.count()).where(RejectedRow.batch_id == batch_id))
    batch.accepted = db.session.scalar(select(func.count()).where(Activity.batch_id == batch_id))
    batch.same = max(0, batch.done - batch.accepted - batch.refused)


def finish(batch_id: int, now: datetime) -> None:
    """The file is done with; what it brought stays."""
    batch = db.session.get_one(Batch, batch_id)
    batch.finished_at = now
    db.session.execute(delete(Upload).where(Upload.batch_id == batch_id))
    db.session.commit()


def rejected(batch_id: int, limit: int = 200, *, after: int = 0) -> list[RejectedRow]:
    """The rows of a batch that do not stand, in the order of the file; those behind row number `after`."""
    query = select(RejectedRow).where(RejectedRow.batch_id == batch_id, RejectedRow.number > after)
    return list(db.session.scalars(query.order_by(RejectedRow.number).limit(limit)))


def recent(limit: int = 30, *, before: int | None = None) -> list[tuple[Batch, User | None]]:
    """Imports with who brought them, the newest first; those older than number `before`."""
    query = (
        select(Batch, User)
        .outerjoin(User, User.id == Batch.recorded_by_id)
        .where(Batch.kind == BatchKind.IMPORT)
        .order_by(Batch.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Batch.id < before)
    return [(batch, user) for batch, user in db.session.execute(query)]


def worth_a_look(since: datetime, limit: int = 5) -> list[Batch]:
    """Uploaded files under way, and those since an instant of which rows were refused, or that failed."""
    under_way = Batch.id.in_(select(Upload.batch_id))
    trouble = (Batch.created_at >= since) & or_(Batch.refused > 0, Batch.failure.is_not(None))
    query = select(Batch).where(Batch.kind == BatchKind.IMPORT, or_(under_way, trouble))
    return list(db.session.scalars(query.order_by(Batch.id.desc()).limit(limit)))

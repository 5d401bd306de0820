"""Files that were uploaded to be imported: kept until a worker has recorded them, whoever dies in between."""

import gzip
from collections import Counter
from datetime import datetime, timedelta
from io import BytesIO, TextIOWrapper

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Text, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Id, UTCDateTime
from portal.domain import imports
from portal.domain.accounts import User
from portal.domain.activities import Activity, Batch, BatchKind
from portal.domain.imports import Row, Summary
from portal.domain.judging import Rejected, Verdict
from portal.extensions import Model, db

LEASE = timedelta(seconds=8)
"""How long a worker may be silent before another goes on with its file."""


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


def take(content: bytes, name: str, *, quiet: bool, by: User, now: datetime) -> Batch:
    """Keeps an uploaded file for the workers. Raises imports.NotReadable if it is no table of activities."""
    rows = sum(1 for _row in rows_of(content))
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
    db.session.add(Upload(batch_id=batch.id, content=gzip.compress(content)))
    return batch


def rows_of(content: bytes):
    """The rows in an uploaded file, gzip or not. Raises imports.NotReadable."""
    return table_of(content)[1]


def table_of(content: bytes) -> tuple[list[str], object]:
    """Headings and rows of an uploaded file. Raises imports.NotReadable."""
    raw = BytesIO(content)
    plain = gzip.GzipFile(fileobj=raw) if content[:2] == imports.GZIP else raw
    return imports.read_rows(TextIOWrapper(plain, encoding="utf-8-sig", newline=""))


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


def work_off(batch_id: int, clock) -> None:
    """Records and counts a leased file, a part at a time, each committed; `clock()` is the present instant.

    Begun again after a crash it finds what stands already to be the same, and counts what still waits.
    """
    upload = db.session.get_one(Upload, batch_id)
    began, source = upload.batch.created_at, upload.batch.source
    headings, rows = table_of(gzip.decompress(upload.content))
    db.session.rollback()
    summary, numbers = Summary(), Counter()
    try:
        for part in imports.parts(rows):
            verdicts = imports.record_part(part, batch_id=batch_id, source=source, now=clock(), numbers=numbers)
            summary.add(verdicts)
            keep_rejected(batch_id, headings, part, verdicts)
            note_progress(batch_id, summary, clock())
    except imports.NotReadable as error:
        db.session.rollback()
        db.session.get_one(Batch, batch_id).failure = str(error)
    imports.count(imports.pending_of(summary.volunteers), now=max(began, clock()), each=lambda _number: None)
    finish(batch_id, clock())


def keep_rejected(batch_id: int, headings: list[str], part: list[Row], verdicts: list[Verdict]) -> None:
    """Keeps the rows of a part that do not stand, in place of what an earlier try said of them."""
    numbers = [row.number for row in part]
    these = RejectedRow.number.between(numbers[0], numbers[-1])
    db.session.execute(delete(RejectedRow).where(RejectedRow.batch_id == batch_id, these))
    for row, verdict in zip(part, verdicts, strict=True):
        if isinstance(verdict, Rejected):
            cells = dict(zip(headings, row.cells, strict=False))
            kept = {"number": row.number, "column": verdict.field, "reason": verdict.reason, "cells": cells}
            db.session.add(RejectedRow(batch_id=batch_id, **kept))


def note_progress(batch_id: int, summary: Summary, now: datetime) -> None:
    """Writes down how far a file is, and holds on to it."""
    batch = db.session.get_one(Batch, batch_id)
    batch.done = summary.rows
    batch.refused = summary.rejected
    batch.accepted = db.session.scalar(select(func.count()).where(Activity.batch_id == batch_id))
    batch.same = summary.rows - batch.accepted - batch.refused
    db.session.execute(update(Upload).where(Upload.batch_id == batch_id).values(leased_until=now + LEASE))
    db.session.commit()


def finish(batch_id: int, now: datetime) -> None:
    """The file is done with; what it brought stays."""
    batch = db.session.get_one(Batch, batch_id)
    batch.finished_at = now
    db.session.execute(delete(Upload).where(Upload.batch_id == batch_id))
    db.session.commit()


def rejected(batch_id: int, limit: int = 200) -> list[RejectedRow]:
    """The rows of a batch that do not stand, in the order of the file."""
    query = select(RejectedRow).where(RejectedRow.batch_id == batch_id).order_by(RejectedRow.number).limit(limit)
    return list(db.session.scalars(query))

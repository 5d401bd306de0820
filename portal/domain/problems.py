"""Cells of an import that keep their row from standing: what is wrong with each, to be mended and sent again."""

from collections.abc import Iterable, Sequence
from itertools import groupby, zip_longest

from sqlalchemy import JSON, ForeignKey, Index, Text, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id, bulk_insert
from portal.domain.activities import Batch
from portal.extensions import Model, db

LONGEST_REASON = 500
LONGEST_KEPT = 5000
"""Letters of a cell that are kept with what is wrong."""


class RejectedRow(Model):
    """A problem of an import: the number of its row, its column, the reason, and all that stands in the row. A row
    with several has several of these."""

    __tablename__ = "rejected_rows"
    __table_args__ = (Index("uq_rejected_rows_number", "batch_id", "number", "column_name", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    batch_id: Mapped[int] = mapped_column(Id, ForeignKey("batches.id"))
    number: Mapped[int]
    column: Mapped[str] = mapped_column("column_name", Text)
    reason: Mapped[str] = mapped_column(Text)
    cells: Mapped[dict] = mapped_column(JSON)


def keep(batch_id: int, headings: Sequence[str], found: Iterable[tuple[int, Sequence[str], str, str]]) -> None:
    """Keeps problems: number of the row, its cells, the column, the reason. No database keeps a NUL in a text."""
    rows, seen = [], set()
    for number, cells, column, reason in found:
        if (number, column) not in seen:
            seen.add((number, column))
            kept = [cell[:LONGEST_KEPT].encode(errors="replace").decode() for cell in cells[: len(headings)]]
            whole = dict(zip_longest(headings, kept, fillvalue=""))
            rows.append((number, column, reason.replace("\0", "")[:LONGEST_REASON], whole))
    names = ("number", "column_name", "reason", "cells")
    bulk_insert(db.session.connection(), RejectedRow.__table__, names, rows, batch_id=batch_id)


def forget(batch_id: int, first: int = 0, last: int | None = None) -> None:
    """Forgets the problems of a batch, or those of its rows from one number to another."""
    these = delete(RejectedRow).where(RejectedRow.batch_id == batch_id, RejectedRow.number >= first)
    if last is not None:
        these = these.where(RejectedRow.number <= last)
    db.session.execute(these, execution_options={"synchronize_session": False})


def of(batch_id: int, limit: int = 200, *, after: int = 0, column: str | None = None) -> list[RejectedRow]:
    """Problems of a batch in the order of the file; those behind problem number `after`, or only of one column."""
    query = select(RejectedRow).where(RejectedRow.batch_id == batch_id, RejectedRow.id > after)
    if column is not None:
        query = query.where(RejectedRow.column == column)
    return list(db.session.scalars(query.order_by(RejectedRow.id).limit(limit)))


def by_column(batch: Batch) -> dict[str, int]:
    """How many problems each column has."""
    query = select(RejectedRow.column, func.count()).where(RejectedRow.batch_id == batch.id)
    return {one.column: one[1] for one in db.session.execute(query.group_by(RejectedRow.column))}


def rows(found: Iterable[RejectedRow]) -> Iterable[tuple[RejectedRow, list[RejectedRow]]]:
    """Problems row by row: the first of a row, and all of it."""
    for _number, group in groupby(found, key=lambda one: one.number):
        these = list(group)
        yield these[0], these

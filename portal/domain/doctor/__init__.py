"""The doctor: recomputes from the facts, in plain SQL, what is stored twice, and names each difference.

It shares no arithmetic with the engine: that works out runs, prices and progress in Python and books differences;
here windows and sums in the database look at what stands in the end, and `one_by_one` at what they cannot decide.
Facts that contradict each other are named and stay; projections (balances, progress, standings, goals, current
snapshots) can be mended.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy import text

from portal.database import reading
from portal.domain import organisation
from portal.domain.doctor import (
    boards,
    by_hand,
    earned,
    found_names,
    goals,
    ledger,
    news,
    one_by_one,
    orphans,
    projections,
    snapshots,
    standings,
    teams,
)
from portal.domain.doctor.mending import repair
from portal.domain.doctor.report import Difference, Remark, Report
from portal.extensions import db

__all__ = ["Difference", "Remark", "Report", "consistent_read", "examine", "repair"]


@contextmanager
def consistent_read() -> Generator[None]:
    """Everything read inside belongs to one moment, whatever others commit meanwhile; what is not committed is dropped.

    SQLite's transactions are like that by themselves; PostgreSQL's have to be asked.
    """
    db.session.rollback()
    before = reading.set(True)
    try:
        if db.engine.dialect.name == "postgresql":
            ask_postgresql()
        yield
    finally:
        db.session.rollback()
        reading.reset(before)


def ask_postgresql() -> None:
    """One snapshot for the transaction, and no loops over whole tables: right after an import PostgreSQL has not looked
    at them yet, takes them for small, and would compare everybody with everybody."""
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    for setting in ("enable_nestloop", "jit"):
        db.session.execute(text(f"SET LOCAL {setting} = off"))


def examine(now: datetime, *, each: Callable[[int, int], object] = lambda done, of: None) -> Report:
    """Everything that is stored twice, compared; nothing is written. The number of statements is always the same.

    `each` is told after each part how many are done, and of how many.
    """
    current = boards.current(organisation.today(now))
    parts = (
        *(part.examine for part in (ledger, earned, projections, one_by_one, found_names, news, by_hand, orphans)),
        *(partial(part.examine, current) for part in (standings, teams, snapshots)),
        partial(goals.examine, current.touches),
    )
    differences = []
    for number, part in enumerate(parts, start=1):
        differences.extend(part())
        each(number, len(parts))
    return Report(differences, list(news.remarks([boards.name_of(board) for board in current.due])))

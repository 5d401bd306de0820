"""Leaderboards follow what was counted: those that something has touched, and all at the turn of a period."""

from datetime import UTC, datetime

from portal.database import reading, retried
from portal.domain import snapshots
from portal.extensions import db


def refresh_boards() -> None:
    """Rebuilds what is touched or due, in one transaction; costs next to nothing when that is nothing."""
    if anything_due():
        retried(refresh_and_commit, rollback=db.session.rollback)


def anything_due() -> bool:
    """Whether there is something to rebuild. Keeps no writer waiting while it looks."""
    before = reading.set(True)
    try:
        return snapshots.anything_due(datetime.now(UTC))
    finally:
        db.session.rollback()
        reading.reset(before)


def refresh_and_commit() -> None:
    """One transaction; it may be tried again as a whole."""
    snapshots.refresh(now=datetime.now(UTC))
    db.session.commit()

"""Leaderboards follow what was counted: those that something has touched, and all at the turn of a period."""

import time
from datetime import UTC, datetime

from portal.database import reading, retried
from portal.domain import keeping_boards, snapshots
from portal.extensions import db
from portal.writing import write

WORTH_SAYING = 1.0
"""Seconds: of a rebuild that takes as long as the last one, less long ones are over before anybody looks."""


def refresh_boards() -> None:
    """Rebuilds what is touched or due, in one transaction; costs next to nothing when that is nothing.

    If it fails, the boards stay as they were, and admins see that it did.
    """
    due, seconds = look()
    if not due:
        return
    if seconds is None or seconds >= WORTH_SAYING:
        write(lambda: keeping_boards.begin(datetime.now(UTC)))
    try:
        retried(refresh_and_commit, rollback=db.session.rollback)
    except Exception:
        db.session.rollback()
        write(lambda: keeping_boards.give_up(datetime.now(UTC)))
        raise


def look() -> tuple[bool, float | None]:
    """Whether there is something to rebuild, and how long that took last. Keeps no writer waiting meanwhile."""
    before = reading.set(True)
    try:
        return snapshots.anything_due(datetime.now(UTC)), keeping_boards.state().seconds
    finally:
        db.session.rollback()
        reading.reset(before)


def refresh_and_commit() -> None:
    """One transaction; it may be tried again as a whole."""
    began = time.monotonic()
    snapshots.refresh(now=datetime.now(UTC))
    keeping_boards.finish(time.monotonic() - began, datetime.now(UTC))
    db.session.commit()

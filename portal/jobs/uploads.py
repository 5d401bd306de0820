"""Importing uploaded files, one after the other; killed, another worker begins again and finds what stands."""

from datetime import UTC, datetime

from portal.database import retried
from portal.domain import uploads
from portal.extensions import db
from portal.jobs.queue import ring


def import_files() -> None:
    """Works off the files that nobody is at."""
    while batch_id := retried(lease_and_commit, rollback=db.session.rollback):
        uploads.work_off(batch_id, now)
        ring("boards.refresh_boards")


def lease_and_commit() -> int | None:
    """One transaction; it may be tried again as a whole."""
    batch_id = uploads.lease(now())
    db.session.commit()
    return batch_id


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)

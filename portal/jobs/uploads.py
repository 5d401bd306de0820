"""Importing uploaded files, one after the other; killed, another worker goes on at the very row."""

import time
from datetime import UTC, datetime

from portal.database import retried
from portal.domain import importing, uploads
from portal.extensions import db
from portal.jobs.queue import ring

TURN = 60.0
"""Seconds after which no other file is begun: a job must come to its end."""


def import_files() -> None:
    """Goes on with the files that nobody is at."""
    ends = time.monotonic() + TURN
    while time.monotonic() < ends and (batch_id := retried(lease_and_commit, rollback=db.session.rollback)):
        importing.work_off(batch_id, now)
        ring("boards.refresh_boards")


def lease_and_commit() -> int | None:
    """One transaction; it may be tried again as a whole."""
    batch_id = uploads.lease(now())
    db.session.commit()
    return batch_id


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)

"""Importing uploaded files, one after the other; killed, another worker goes on at the very row."""

import time
from datetime import UTC, datetime

from flask_babel import force_locale

from portal import languages
from portal.database import retried
from portal.domain import importing, uploads
from portal.domain.accounts import User
from portal.domain.activities import Batch
from portal.extensions import db
from portal.jobs.queue import ring

TURN = 60.0
"""Seconds after which no other file is begun: a job must come to its end."""


def import_files() -> None:
    """Goes on with the files that nobody is at."""
    ends = time.monotonic() + TURN
    while time.monotonic() < ends and (batch_id := retried(lease_and_commit, rollback=db.session.rollback)):
        with force_locale(language_of(batch_id)):
            importing.work_off(batch_id, now)
        ring("boards.refresh_boards")


def language_of(batch_id: int) -> str:
    """In which language is said what does not stand: that of whoever brought the file."""
    batch = db.session.get(Batch, batch_id)
    by = db.session.get(User, batch.recorded_by_id) if batch is not None and batch.recorded_by_id else None
    language = languages.of_reader(by)
    db.session.rollback()
    return language


def lease_and_commit() -> int | None:
    """One transaction; it may be tried again as a whole."""
    batch_id = uploads.lease(now())
    db.session.commit()
    return batch_id


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)

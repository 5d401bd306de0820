"""Importing uploaded files, one after the other; killed, another worker begins again and finds what stands."""

from datetime import UTC, datetime

from flask_babel import force_locale

from portal import languages
from portal.database import retried
from portal.domain import uploads
from portal.domain.accounts import User
from portal.domain.activities import Batch
from portal.extensions import db
from portal.jobs.queue import ring


def import_files() -> None:
    """Works off the files that nobody is at."""
    while batch_id := retried(lease_and_commit, rollback=db.session.rollback):
        with force_locale(language_of(batch_id)):
            uploads.work_off(batch_id, now)
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

"""Counting: whatever was recorded, or reversed, and is not settled yet."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy.exc import InterfaceError, OperationalError

from portal.database import reading, retried
from portal.domain import activities, recognition
from portal.extensions import db
from portal.jobs.queue import ring

ROUND = 1000
"""Volunteers looked up at once: enough that workers beside each other find some whom nobody is at."""
BATCH = 100
"""Volunteers settled in one transaction."""
TURN = 2.0
"""Seconds after which this makes room for other jobs: a mountain of imports must not keep a board from changing."""
BOARDS_REST = 2
"""Seconds after one request for new boards in which there is no other; the schedule takes what comes meanwhile."""
log = logging.getLogger(__name__)


def count_pending() -> None:
    """Settles batch by batch until nothing is left but what other workers are at; then the boards follow."""
    ends = time.monotonic() + TURN
    settled = 0
    for count in rounds():
        settled += count
        if time.monotonic() > ends:
            ring("counting.count_pending")
            break
    if settled:
        log.info("counted for %s volunteers", settled)
        ring("boards.refresh_boards", quiet_for=BOARDS_REST)


def rounds() -> Iterator[int]:
    """Settles, and says after each batch how many were; stops when a whole round finds nobody who is free."""
    while ids := unsettled():
        found = 0
        for start in range(0, len(ids), BATCH):
            found += (count := settle(ids[start : start + BATCH]))
            yield count
        if not found:
            return


def unsettled() -> list[int]:
    """Volunteers who have something to settle. Leaves no transaction open that others would wait for."""
    before = reading.set(True)
    try:
        return activities.unsettled_volunteers(ROUND)
    finally:
        db.session.rollback()
        reading.reset(before)


def settle(ids: list[int]) -> int:
    """Settles those of these volunteers whom no other worker is at; says how many. Each batch is one transaction.

    What goes wrong with one volunteer must not keep the others waiting: the batch is then halved until it is alone.
    Raises what says that the database is away.
    """
    try:
        return retried(lambda: settle_and_commit(ids), rollback=db.session.rollback)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        db.session.rollback()
        if len(ids) == 1:
            log.exception("volunteer %s cannot be settled", ids[0])
            return 0
    half = len(ids) // 2
    return settle(ids[:half]) + settle(ids[half:])


def settle_and_commit(ids: list[int]) -> int:
    """One transaction; it may be tried again as a whole."""
    settled = recognition.settle(ids, now=datetime.now(UTC), skip_locked=True)
    db.session.commit()
    return len(settled)

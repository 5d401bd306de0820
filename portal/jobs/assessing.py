"""Assessing what was defined anew for everybody, some volunteers a transaction; killed, it goes on where it was."""

import time
from datetime import UTC, datetime

from portal.database import retried
from portal.domain import assessing
from portal.extensions import db
from portal.jobs.queue import ring

TURN = 2.0
"""Seconds after which this makes room for other jobs."""


def assess() -> None:
    """Goes on with what is to be assessed; then the boards follow."""
    ends = time.monotonic() + TURN
    went_on = False
    while retried(go_on_and_commit, rollback=db.session.rollback):
        went_on = True
        if time.monotonic() > ends:
            ring("assessing.assess")
            break
    if went_on:
        ring("boards.refresh_boards")


def go_on_and_commit() -> bool:
    """One transaction; it may be tried again as a whole."""
    more = assessing.go_on(datetime.now(UTC))
    db.session.commit()
    return more

"""Work in many small transactions: some seconds of it at a time, so that other jobs have their turn."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from portal.database import retried
from portal.extensions import db
from portal.jobs.queue import ring

TURN = 2.0
"""Seconds after which a job makes room for others."""


def take_turn(job: str, go_on: Callable[[datetime], bool]) -> None:
    """Goes on with `go_on`, a transaction each time, until it says False or the turn is over; then the boards follow.

    `job` is who rings for itself if there is more to do.
    """

    def one() -> bool:
        more = go_on(datetime.now(UTC))
        db.session.commit()
        return more

    ends, went_on = time.monotonic() + TURN, False
    while retried(one, rollback=db.session.rollback):
        went_on = True
        if time.monotonic() > ends:
            ring(job)
            break
    if went_on:
        ring("boards.refresh_boards")

"""What happens by itself, in one table, and the loop that rings for it.

The loop is our own: RQ's has no lock, ends when Redis does, and speaks of minutes. Time is cut into slots; whoever is
first in a slot rings, so that two schedules ring once, and one that starts late makes up for a slot that was missed.
Each job may come twice nevertheless: it finds out in the database what there is to do.
"""

import logging
import threading
import time
from dataclasses import dataclass

from flask import Flask
from redis.exceptions import RedisError

from portal.jobs.queue import claim, connection, ring

SECOND, DAY = 1, 24 * 3600
LOOKS_EVERY = 0.5
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Periodic:
    """A job by its place in this package, how often it comes, and for daily ones the hour of the day, in UTC."""

    job: str
    seconds: int
    hour: int = 0

    def slot(self, now: float) -> int:
        """The number of the slot that an instant (seconds since 1970) falls into."""
        return int(now - self.hour * 3600) // self.seconds


TABLE = (
    Periodic("counting.count_pending", 3 * SECOND),
    Periodic("boards.refresh_boards", 2 * SECOND),
    Periodic("uploads.import_files", 3 * SECOND),
    Periodic("assessing.assess", 5 * SECOND),
    Periodic("undoing.undo", 5 * SECOND),
    Periodic("checkups.look", 5 * SECOND),
    Periodic("mail.send_waiting", 10 * SECOND),
    Periodic("door_mails.send_waiting", 5 * SECOND),
    Periodic("nightly.look_after", DAY, hour=3),
)


def run(app: Flask, ended: threading.Event | None = None) -> None:
    """Rings for what is due, until `ended` is set. Raises NoAddress; a Redis that is away is waited for."""
    ended = ended or threading.Event()
    rung: dict[str, int] = {}
    away = False
    while not ended.wait(LOOKS_EVERY):
        with app.app_context():
            was_away, away = away, not ring_due(rung, time.time())
        if away != was_away:
            log.warning("Redis is away: nothing is rung for" if away else "Redis is back")


def ring_due(rung: dict[str, int], now: float) -> bool:
    """Rings for each job whose slot at `now` (seconds since 1970) is not in `rung`, and notes it there.

    False if Redis is away.
    """
    try:
        for row in TABLE:
            if rung.get(row.job) != (slot := row.slot(now)):
                if claim(connection(), f"slot:{row.job}:{slot}", 2 * row.seconds):
                    ring(row.job)
                rung[row.job] = slot
    except RedisError:
        return False
    return True

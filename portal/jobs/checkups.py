"""Looking everything over when somebody asked for it; killed, another worker begins again."""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import Flask, current_app
from sqlalchemy.exc import InterfaceError, OperationalError

from portal.database import reading, retried
from portal.domain import checkups, doctor
from portal.domain.checkups import Checkup
from portal.domain.doctor import Report
from portal.extensions import db
from portal.writing import note, write

SAYS_SO_EVERY = 2.0
"""Seconds between two signs of life: less than a lease, more than nothing."""
LINES_LOGGED = 100
log = logging.getLogger(__name__)


def look() -> None:
    """Looks everything over if somebody asked for it and nobody is at it; costs next to nothing otherwise."""
    one = retried(lease_and_commit, rollback=db.session.rollback) if anybody_asked() else None
    if one is None:
        return
    try:
        with alive(one.number) as each:
            report = look_over(one, each)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("check-up %s did not come to an end", one.number)
        write(lambda: checkups.give_up(one.number, now()))
        return
    write(lambda: checkups.finish(one.number, report, now()))
    for difference in report.differences[:LINES_LOGGED]:
        log.error("doctor: %s", difference)


def anybody_asked() -> bool:
    """Whether there is something to do. Keeps no writer waiting while it looks."""
    before = reading.set(True)
    try:
        return checkups.waits(now())
    finally:
        db.session.rollback()
        reading.reset(before)


def lease_and_commit() -> Checkup | None:
    """One transaction; it may be tried again as a whole."""
    one = checkups.lease(now())
    db.session.commit()
    return one


def look_over(one: Checkup, each: Callable[[int, int], object]) -> Report:
    """What is found; where that was asked for, after mending."""
    report = examine(each)
    if not one.mends or not report.mendable:
        return report
    write(lambda: checkups.mend(one.number, report, now()))
    return examine(each)


def examine(each: Callable[[int, int], object]) -> Report:
    """Everything as of one moment."""
    with doctor.consistent_read():
        return doctor.examine(now(), each=each)


@contextmanager
def alive(number: int) -> Generator[Callable[[int, int], object]]:
    """Says every few seconds that somebody is at it, beside the work: a single statement may take long.

    Gives a function that is told how far the work is.
    """
    far, ended = [0, 0], threading.Event()

    def each(*parts: int) -> None:
        far[:] = parts

    beside = threading.Thread(target=say_so, args=(current_app._get_current_object(), number, far, ended), daemon=True)
    beside.start()
    try:
        yield each
    finally:
        ended.set()
        beside.join()


def say_so(app: Flask, number: int, far: list[int], ended: threading.Event) -> None:
    """Goes on saying so until it has ended."""
    with app.app_context():
        while not ended.wait(SAYS_SO_EVERY):
            note(checkups.holding(number, now(), *far))


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)

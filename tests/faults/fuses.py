"""A fuse in a process: lit from outside, it goes off at a given moment of what the process says to its database.

A moment is before or after a statement, and before or after a commit. Memory is shared with whoever lights it, and with
all children of the process: jobs of a worker burn the same fuse.
"""

import mmap
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from enum import IntEnum

import time_machine
from flask import Flask
from sqlalchemy import event

from portal.extensions import db


class Kind(IntEnum):
    """What happens when the fuse goes off."""

    NONE = 0
    DIE = 1
    """SIGKILL; a job takes its worker along."""
    DIE_UNSAID = 2
    """SIGKILL after the commit, before anybody is told."""
    SERIALIZATION = 3
    """PostgreSQL itself refuses the statement as it does where two were in each other's way."""


KIND, MOMENTS, OFFSET, FULL, CALLED_OFF = range(5)
REFUSE = "DO $$ BEGIN RAISE EXCEPTION 'provoked' USING ERRCODE = '40001'; END $$"


class Fuse:
    """One process's, or one post's: who takes the place of a killed one has its fuse, burnt out."""

    def __init__(self):
        self.cells = memoryview(mmap.mmap(-1, 8 * 5)).cast("q")
        self.clock: time_machine.travel | None = None
        self.worker = 0

    def light(self, kind: Kind, *, moments: int = 0) -> None:
        """It goes off after so many moments."""
        self.cells[KIND], self.cells[MOMENTS] = kind, moments

    def is_lit(self) -> bool:
        """Whether it is still to go off."""
        return self.cells[KIND] != Kind.NONE

    def put_out(self) -> None:
        """It does not go off any more."""
        self.cells[KIND] = Kind.NONE

    def set_clock(self, offset: int, pid: int | None) -> None:
        """The process with this pid sees a time so many seconds off from now on; so do who come after it."""
        self.cells[OFFSET] = offset
        if pid is not None:
            os.kill(pid, signal.SIGUSR1)

    def fill_disk(self, *, full: bool) -> None:
        """For this process there is no more room in a SQLite database."""
        self.cells[FULL] = full

    def call_off(self) -> None:
        """The process ends after what it is at."""
        self.cells[CALLED_OFF] = True

    def is_called_off(self) -> bool:
        """Whether it is to end."""
        return bool(self.cells[CALLED_OFF])

    # What happens in the process itself:

    def lay(self, app: Flask) -> None:
        """From now on the process hears what it says."""
        self.worker = os.getpid()
        self.put_out()
        signal.signal(signal.SIGUSR1, lambda *_: self.keep_time())
        self.keep_time()
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", self.before, retval=True)
        event.listen(engine, "after_cursor_execute", lambda *_: self.moment())
        event.listen(engine, "commit", lambda _connection: self.moment())
        event.listen(db.session, "after_commit", lambda _session: self.moment())

    def before(self, connection, cursor, statement, parameters, context, executemany):
        """As a statement is about to be said."""
        if connection.dialect.name == "sqlite":
            self.measure_disk(connection, cursor)
        refuses = self.cells[KIND] == Kind.SERIALIZATION and not executemany and context is not None
        if refuses and self.burnt():
            return REFUSE, ()
        self.moment()
        return statement, parameters

    def measure_disk(self, connection, cursor) -> None:
        """SQLite takes the size that a database has already for its largest."""
        if connection.info.get("full", 0) != (full := self.cells[FULL]):
            cursor.connection.execute(f"PRAGMA max_page_count = {1 if full else 2**31}")
            connection.info["full"] = full

    def moment(self) -> None:
        """One more went by."""
        if self.cells[KIND] == Kind.DIE and self.burnt():
            self.die()

    def commit_unsaid(self) -> bool:
        """Whether this is where it dies: committed, and nobody was told."""
        return self.cells[KIND] == Kind.DIE_UNSAID and self.burnt()

    def burnt(self) -> bool:
        """Counts down; whether it goes off now."""
        self.cells[MOMENTS] -= 1
        if self.cells[MOMENTS] > 0:
            return False
        self.put_out()
        return True

    def die(self) -> None:
        """SIGKILL."""
        if os.getpid() != self.worker:
            os.kill(self.worker, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    def keep_time(self) -> None:
        """Sees the time as far off as it was told."""
        if self.clock is not None:
            self.clock.stop()
            self.clock = None
        if offset := self.cells[OFFSET]:
            seen = datetime.fromtimestamp(time.time(), UTC) + timedelta(seconds=offset)
            self.clock = time_machine.travel(seen, tick=True)
            self.clock.start()

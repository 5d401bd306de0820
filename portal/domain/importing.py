"""A worker's work at an uploaded file: reading it, checking every row, recording, counting; begun again after a crash,
it goes on at the very row."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.exc import InterfaceError, OperationalError

from portal.domain import imports, layouts, problems, sheets, uploads
from portal.domain.accounts import User
from portal.domain.activities import Batch
from portal.domain.imports import Row, Table
from portal.domain.judging import Accepted, Rejected, Verdict
from portal.domain.refusals import NotReadable
from portal.domain.rehearsing import Rehearsal
from portal.domain.sheets import Facts, How
from portal.domain.tallies import Tallies
from portal.domain.uploads import LEASE, Stage, Upload
from portal.extensions import db

TURN = 240.0
"""Seconds after which a worker makes room for others, as long as it can go on at the very row."""
log = logging.getLogger(__name__)


class TakenOver(Exception):
    """Somebody else goes on with the file: another worker, or who decided something about it."""


class Work:
    """One worker's work at one file, for one stage."""

    def __init__(self, upload: Upload, clock: Callable[[], datetime]):
        self.batch_id, self.clock, self.stage = upload.batch_id, clock, Stage(upload.stage)
        self.began, self.source = upload.batch.created_at, upload.batch.source
        self.held_until, self.how, self.facts = upload.leased_until, upload.how, upload.facts
        self.layout, self.makes_people = upload.layout, upload.makes_people
        self.done = upload.batch.done
        by = db.session.get(User, upload.batch.recorded_by_id) if upload.batch.recorded_by_id else None
        self.not_about = by and by.volunteer_id
        self.ends = time.monotonic() + TURN

    @property
    def now(self) -> datetime:
        """The present instant, never before the file came."""
        return max(self.began, self.clock())

    def go_on(self) -> None:
        """Does what is next, to its end. Raises TakenOver, NotReadable."""
        if self.stage == Stage.COUNTING:
            return self.count()
        with closing(uploads.unpacked(self.batch_id)) as file:
            if self.stage == Stage.READING:
                return self.look(file)
            facts = Facts.from_kept(self.facts) if self.facts else sheets.look_through(file, each=self.beat)
            layout = layouts.Layout.from_kept(self.layout) if self.layout else layouts.own(facts.headings)
            table = Table(file, facts, layout)
            if self.stage == Stage.CHECKING:
                return self.check(table)
            self.record(table)
        return self.count()

    def look(self, file) -> None:
        """Finds out what is in the file. Where nobody has to be asked, its rows are checked next."""
        facts = sheets.look_through(file, self.how and How(**self.how), each=self.beat)
        layout = layouts.known(facts)
        asked = layout.missing() or layout.asks_order(facts) or facts.doubled(layout.columns.values())
        self.hold()
        upload = db.session.get_one(Upload, self.batch_id, populate_existing=True)
        upload.facts, upload.layout, upload.batch.rows = facts.as_kept(), layout.as_kept(), facts.rows
        uploads.move(upload, Stage.MAPPING if asked else Stage.CHECKING, self.clock())
        db.session.commit()

    def check(self, table: Table) -> None:
        """Says of every row what would become of it."""
        how = {"creates_people": self.makes_people, "not_about": self.not_about}
        rehearsal = Rehearsal(source=table.source, now=self.now, **how)
        self.hold()
        problems.forget(self.batch_id)
        db.session.commit()
        for part in imports.parts(table.rows()):
            verdicts = rehearsal.part(part)
            self.hold(done=rehearsal.outlook.accepted + rehearsal.outlook.same + rehearsal.outlook.rejected)
            keep_rejected(self.batch_id, table, part, verdicts)
            db.session.commit()
        self.hold()
        upload = db.session.get_one(Upload, self.batch_id, populate_existing=True)
        upload.outlook = rehearsal.outlook.as_kept()
        uploads.move(upload, Stage.CHECKED, self.clock())
        db.session.commit()

    def record(self, table: Table) -> None:
        """Records the rows that are not recorded yet, part by part, and keeps what does not stand. Counting follows."""
        rows, numbers = table.rows(), Tallies()
        if not self.done:  # what the check said is said again as it comes true
            self.hold()
            problems.forget(self.batch_id)
            db.session.commit()
        left = self.done
        while left > 0 and (part := list(islice(rows, min(left, imports.PART)))):
            imports.count_on(part, numbers)
            left -= len(part)
            self.beat()
        for part in imports.parts(rows):

            def keep(verdicts: list[Verdict], part: Sequence[Row] = part) -> None:
                self.hold(done=self.done + len(part))
                keep_rejected(self.batch_id, table, part, verdicts)
                note_progress(self.batch_id, verdicts)

            how = {"batch_id": self.batch_id, "source": self.source, "numbers": numbers}
            imports.record_part(part, now=self.now, creates_people=self.makes_people, then=keep, **how)
            self.done += len(part)
            self.rest()
        self.hold()
        upload = db.session.get_one(Upload, self.batch_id, populate_existing=True)
        uploads.move(upload, Stage.COUNTING, self.clock())
        upload.leased_until = self.held_until  # it goes on at once
        db.session.commit()

    def count(self) -> None:
        """Counts what waits of those whom the file names, and is done."""
        waiting = imports.pending_in(self.batch_id)
        total, done = sum(number for _who, number in waiting), 0
        self.hold(done=0, total=total)
        db.session.commit()

        def counted(number: int) -> None:
            nonlocal done
            done += number
            self.hold(done=done)
            db.session.commit()
            self.rest()

        imports.count(waiting, now=self.now, each=counted)
        finish(self.batch_id, self.clock())

    def beat(self, done: int = 0) -> None:
        """Says, between two transactions, that somebody is at it. Raises TakenOver."""
        self.hold(**({"done": done} if done else {}))
        db.session.commit()

    def hold(self, **progress: int) -> None:
        """Keeps the file for some seconds more. Raises TakenOver if it was thought that nobody is at it any more."""
        until = self.clock() + LEASE
        mine = update(Upload).where(Upload.batch_id == self.batch_id, Upload.leased_until == self.held_until)
        values = {"leased_until": until, **progress}
        held = db.session.execute(mine.values(**values), execution_options={"synchronize_session": False})
        if not held.rowcount:
            db.session.rollback()
            raise TakenOver(self.batch_id)
        self.held_until = until

    def rest(self) -> None:
        """Lets others have their turn after a while: it goes on with what is left. Raises TakenOver."""
        if time.monotonic() > self.ends:
            self.ends = float("inf")
            mine = update(Upload).where(Upload.batch_id == self.batch_id, Upload.leased_until == self.held_until)
            free = mine.values(leased_until=self.clock())
            db.session.execute(free, execution_options={"synchronize_session": False})
            db.session.commit()
            raise TakenOver(self.batch_id)


def work_off(batch_id: int, clock: Callable[[], datetime]) -> None:
    """Goes on with a leased file, a part at a time, each committed; `clock()` is the present instant."""
    upload = uploads.of(batch_id)
    if upload is None or upload.leased_until is None:
        db.session.rollback()
        return
    work = Work(upload, clock)
    db.session.rollback()
    try:
        work.go_on()
    except TakenOver:
        log.info("somebody else goes on with import %s", batch_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        fail(work, error)


def fail(work: Work, error: Exception) -> None:
    """Says what is wrong with a file: tried again and again it would keep all others waiting. Before anything is
    recorded it waits for somebody to say what to do with it."""
    db.session.rollback()
    told = str(error) if isinstance(error, NotReadable) else _("Something went wrong; the log knows more.")
    if not isinstance(error, NotReadable):
        log.error("import %s cannot be worked off", work.batch_id, exc_info=error)
    upload = uploads.of(work.batch_id)
    if upload is None or upload.leased_until != work.held_until:
        db.session.rollback()
        return
    upload.batch.failure = told[: problems.LONGEST_REASON]
    if work.stage in (Stage.RECORDING, Stage.COUNTING):
        finish(work.batch_id, work.clock())
        return
    uploads.move(upload, Stage.UNREADABLE, work.clock())
    db.session.commit()


def keep_rejected(batch_id: int, table: Table, part: Sequence[Row], verdicts: Sequence[Verdict]) -> None:
    """Keeps what is wrong with the rows of a part, in place of what was said of them before."""
    problems.forget(batch_id, part[0].number, part[-1].number)
    problems.keep(batch_id, table.facts.headings, wrong(table, part, verdicts))


def wrong(table: Table, part: Sequence[Row], verdicts: Sequence[Verdict]) -> Iterator[tuple]:
    """Every problem of a part: of a cell that cannot be read, or of a row that does not fit to what is there."""
    for row, verdict in zip(part, verdicts, strict=True):
        if isinstance(verdict, Rejected):
            for field, reason in row.problems or [(verdict.field, verdict.reason)]:
                yield row.number, row.cells, table.heading(field), reason


def note_progress(batch_id: int, verdicts: Sequence[Verdict]) -> None:
    """Writes down how far a file is, with the rows themselves."""
    batch = db.session.get_one(Batch, batch_id)
    same = sum(isinstance(one, Accepted) and one.same for one in verdicts)
    refused = sum(isinstance(one, Rejected) for one in verdicts)
    batch.done, batch.same, batch.refused = batch.done + len(verdicts), batch.same + same, batch.refused + refused
    batch.accepted += len(verdicts) - same - refused


def finish(batch_id: int, now: datetime) -> None:
    """The file is done with; what it brought stays."""
    batch = db.session.get_one(Batch, batch_id)
    batch.finished_at = now
    uploads.release(batch_id)
    db.session.commit()

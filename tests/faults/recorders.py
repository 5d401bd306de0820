"""A process that records what its plan says, as doors do, and notes what was acknowledged."""

import json
import os
import random
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from portal.domain import corrections, idempotency, recording
from portal.domain.accounts import User
from portal.domain.activities import Activity
from portal.domain.judging import Rejected
from portal.domain.refusals import NotPossible
from portal.domain.submissions import Submission
from portal.extensions import db
from portal.jobs.queue import ring
from portal.writing import write
from tests.faults.fuses import Fuse
from tests.faults.plan import Mistake, Send

SOURCE = "storm"


class NotYet(Exception):
    """What is to be taken back has not counted yet."""


class NotPlanned(Exception):
    """A row does not stand, though it was planned to."""


class Notes:
    """A file of lines, each written at once: what was written outlives a killed process."""

    def __init__(self, path: Path):
        self.path = path

    def add(self, **note) -> None:
        """One more line."""
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(handle, json.dumps(note).encode() + b"\n")
        os.close(handle)

    def read(self) -> list[dict]:
        """All lines."""
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []


class Recorder:
    """One recorder's steps and files; the process that takes the place of a killed one goes on where that was.

    `answers` are what somebody was told, `unsaid` what was committed and not told, `turned_away` what a door would
    answer 503 to, `troubles` anything that must not be.
    """

    def __init__(self, number: int, steps: list[Send | Mistake], folder: Path):
        self.steps = steps
        self.answers, self.unsaid, self.turned_away, self.troubles = (
            Notes(folder / f"recorder-{number}.{name}") for name in ("answers", "unsaid", "turned_away", "troubles")
        )

    def work(self, app: Flask, fuse: Fuse) -> None:
        """Does every step until it is acknowledged, unless it is called off."""
        fuse.lay(app)
        done = {note["step"] for note in self.answers.read()}
        waiting = deque(number for number in range(len(self.steps)) if number not in done)
        while waiting and not fuse.is_called_off():
            number = waiting.popleft()
            try:
                with app.app_context():
                    self.attempt(number, fuse)
            except NotYet:
                waiting.append(number)
                time.sleep(0.05)
            except NotPlanned as error:
                self.troubles.add(kind="refused", said=str(error)[:200])
            except SQLAlchemyError as error:
                self.complain(error)
                waiting.appendleft(number)
                time.sleep(random.uniform(0.02, 0.2))

    def complain(self, error: SQLAlchemyError) -> None:
        """Notes why somebody was turned away."""
        said = " ".join(str(getattr(error, "orig", error)).split())[:200]
        expected = isinstance(error, (OperationalError, InterfaceError)) or "File too large" in said
        (self.turned_away if expected else self.troubles).add(kind=type(error).__name__, said=said)

    def attempt(self, number: int, fuse: Fuse) -> None:
        """One request, from its transaction to its answer."""
        step = self.steps[number]
        ids = write(lambda: done(step))
        if fuse.commit_unsaid():
            self.unsaid.add(step=number, ids=ids)
            fuse.die()
        if isinstance(step, Send):  # what is put right is settled at once
            ring("counting.count_pending")
        self.answers.add(step=number, ids=ids)


def done(step: Send | Mistake) -> dict[str, int]:
    """Does a step, in the transaction of whoever asks; the ids of activities by their external ids."""
    now = datetime.now(UTC)
    return send(step, now) if isinstance(step, Send) else put_right(step, now)


def send(step: Send, now: datetime) -> dict[str, int]:
    """Records a list, all of which stands."""
    verdicts = recording.record([Submission(**row) for row in step.rows], source=SOURCE, now=now)
    refused = [verdict for verdict in verdicts if isinstance(verdict, Rejected)]
    if refused:
        raise NotPlanned(refused)
    return {row["external_id"]: verdict.activity_id for row, verdict in zip(step.rows, verdicts, strict=True)}


def put_right(step: Mistake, now: datetime) -> dict[str, int]:
    """Takes back an activity, once, whoever asks how often; raises NotYet while it does not count."""
    by = db.session.scalars(select(User)).one()
    key, content = f"mistake-{step.external_id}", step.instead
    earlier = idempotency.answered(key, by=by, content=content)
    if earlier is not None:
        return earlier
    query = select(Activity).where(Activity.source == SOURCE, Activity.external_id == step.external_id)
    try:
        answer = take_back(db.session.scalars(query.limit(1)).one(), step, by, now)
    except NotPossible as error:
        raise NotYet from error
    idempotency.keep(key, by=by, content=content, answer=answer, now=now)
    return answer


def take_back(activity: Activity, step: Mistake, by: User, now: datetime) -> dict[str, int]:
    """A reversal, or a correction."""
    if step.instead is None:
        corrections.reverse(activity, by=by, reason="a mistake", now=now)
        return {}
    other = Submission(**step.instead)
    new_id = corrections.correct(activity, other, by=by, reason="a slip", source=SOURCE, now=now)
    return {step.instead["external_id"]: new_id}

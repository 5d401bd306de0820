"""A storm: recorders, workers and schedules at work, each at its post, while things go wrong as planned.

Who falls is replaced at once, as a supervisor does. How long the work of a fallen worker lies is measured: from its
fall until somebody else has done all that waited then, not counting while nobody could have done it.
"""

import heapq
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random

from flask import Flask
from redis import Redis as Connection
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.database import reading
from portal.domain import points
from portal.domain.activities import IS_UNSETTLED, Activity
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.jobs import schedule, worker
from tests import people
from tests.faults.fuses import Fuse
from tests.faults.plan import Fault, Plan
from tests.faults.recorders import Recorder
from tests.machinery.postgresql import Server
from tests.machinery.processes import Crew, Process, Redis

LOOKS_EVERY, LOOKS_AT_WORK_EVERY = 0.04, 0.2


class NotNow(Exception):
    """A fault has nobody to befall at the moment."""


@dataclass
class Post:
    """A place at which some process works."""

    work: Callable[[Flask, Fuse], object]
    fuse: Fuse
    process: Process | None = None

    def stands(self) -> bool:
        """Whether somebody works there."""
        return self.process is not None and not self.process.ended()

    def is_done(self) -> bool:
        """Whether all of its work is done."""
        return self.process is not None and self.process.ended() and self.process.status == 0


@dataclass
class Fallen:
    """What waited when a worker fell, and for how many seconds since somebody could have done it."""

    waiting: set[int]
    seconds: float = 0.0


class Storm:
    """One storm over one application. `reckon` it afterwards."""

    def __init__(
        self,
        app: Flask,
        plan: Plan,
        folder: Path,
        *,
        redis: Redis,
        server: Server | None = None,
        schedules: int = 2,
        patience: float = 30,
        one_at_a_time: bool = False,
    ):
        self.app, self.plan, self.redis, self.server, self.patience = app, plan, redis, server, patience
        self.one_at_a_time = one_at_a_time
        self.crew = Crew(app, folder / "crew.log")
        self.recorders = [Recorder(number, steps, folder) for number, steps in enumerate(plan.steps)]
        self.recording = [Post(one.work, Fuse()) for one in self.recorders]
        self.working = [Post(work, Fuse()) for _ in range(plan.workers)]
        self.scheduling = [Post(keep_schedule, Fuse()) for _ in range(schedules)]
        self.happened: Counter = Counter()
        self.hindrances = self.workers_lost = 0
        self.endings: list = []
        self.numbers = count()
        self.fallen: list[Fallen] = []
        self.longest = 0.0
        self.read_to: dict[Path, int] = {}
        self.acknowledged = 0
        self.complaints: list[str] = []

    @property
    def posts(self) -> list[Post]:
        """All of them."""
        return [*self.recording, *self.working, *self.scheduling]

    # --- Before, while, after -------------------------------------------------------------------------------------

    def rage(self, faults: dict[str, Callable]) -> None:
        """Everything that is planned happens; then there is calm, and whoever can count has time to."""
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # until a new process listens to it
        self.began = time.monotonic()
        with self.app.app_context():
            gather(self.plan)
        try:
            self.go_through(faults)
            self.wait_for_calm()
        except KeyboardInterrupt:
            self.call_off()
        finally:
            self.crew.end()
            self.seconds = time.monotonic() - self.began

    def go_through(self, faults: dict[str, Callable]) -> None:
        """Until every recorder is done and every fault is over."""
        due, moved = list(self.plan.faults), time.monotonic()
        while due or self.endings or not all(post.is_done() for post in self.recording):
            before = self.acknowledged, len(due)
            self.tick()
            due = self.let_happen(due, faults)
            if (self.acknowledged, len(due)) != before:
                moved = time.monotonic()
            if time.monotonic() - moved > self.patience:
                self.complaints.append(f"nothing moved for {self.patience} s")
                break
        while self.endings:
            self.tick()

    def call_off(self) -> None:
        """Somebody has seen enough: nothing more is sent, no more goes wrong, and what there is is counted."""
        for post in self.recording:
            post.fuse.call_off()
        self.plan.faults.clear()
        self.go_through({})
        self.wait_for_calm()

    def let_happen(self, due: list[Fault], faults: dict[str, Callable]) -> list[Fault]:
        """Lets the next fault happen for which it is time; those that are still to come."""
        for place, fault in enumerate([] if self.has_to_wait() else due[:8]):
            if fault.after > self.acknowledged and not all(post.is_done() for post in self.recording):
                break
            try:
                faults[fault.kind](self, Random(fault.seed))
            except NotNow:
                continue
            self.happened[fault.kind] += 1
            return due[:place] + due[place + 1 :]
        return due

    def has_to_wait(self) -> bool:
        """Whether the next fault has to wait for the one before to be over, with all its consequences."""
        return self.one_at_a_time and bool(
            self.fallen or self.endings or any(post.fuse.is_lit() for post in self.posts)
        )

    def wait_for_calm(self) -> None:
        """Until nothing waits to be counted any more, or patience ends."""
        last = time.monotonic() + self.patience
        while (self.fallen or self.unsettled()) and time.monotonic() < last:
            self.tick()

    # --- What is looked after all the time ------------------------------------------------------------------------

    def tick(self) -> None:
        """Ends what is over, replaces who fell, looks at what lies."""
        began = time.monotonic()
        time.sleep(LOOKS_EVERY)
        while self.endings and self.endings[0][0] <= time.monotonic():
            heapq.heappop(self.endings)[2]()
        for post in self.posts:
            if not post.stands() and not post.is_done():
                self.replace(post)
        self.acknowledged += sum(self.answers_more(one.answers.path) for one in self.recorders)
        self.look_at_work(time.monotonic() - began)

    def replace(self, post: Post) -> None:
        """Puts somebody at a post."""
        if post in self.working and post.process is not None:
            self.somebody_fell()
        post.process = self.crew.start(lambda app: post.work(app, post.fuse))

    def somebody_fell(self) -> None:
        """A worker, or one of its jobs."""
        self.workers_lost += 1
        if waiting := self.unsettled():
            self.fallen.append(Fallen(waiting))

    def answers_more(self, path: Path) -> int:
        """How many activities were acknowledged in this file since the last look."""
        if not path.exists():
            return 0
        with path.open("rb") as file:
            file.seek(self.read_to.get(path, 0))
            said = file.read()
        self.read_to[path] = self.read_to.get(path, 0) + len(said)
        return said.count(b'": ') - 2 * said.count(b"\n")

    def look_at_work(self, seconds: float) -> None:
        """How long the work of fallen workers lies."""
        if not self.hindrances:
            for one in self.fallen:
                one.seconds += seconds
        if self.fallen and next(self.numbers) % int(LOOKS_AT_WORK_EVERY / LOOKS_EVERY) == 0:
            still = self.unsettled()
            self.longest = max([self.longest, *(one.seconds for one in self.fallen)])
            self.fallen = [one for one in self.fallen if one.waiting & still]

    def unsettled(self) -> set[int]:
        """Activities that wait to be counted; while the database is away, whatever waited before."""
        before = reading.set(True)
        try:
            with self.app.app_context():
                return set(db.session.scalars(select(Activity.id).where(IS_UNSETTLED)))
        except DBAPIError:
            return {number for one in self.fallen for number in one.waiting}
        finally:
            reading.reset(before)

    # --- What faults are made with ----------------------------------------------------------------------------------

    def later(self, seconds: float, ending: Callable[[], object], *, hinders: bool = False) -> None:
        """Ends a fault after so many seconds; meanwhile, if it hinders, nobody can be expected to count."""
        self.hindrances += hinders

        def end() -> None:
            ending()
            self.hindrances -= hinders

        heapq.heappush(self.endings, (time.monotonic() + seconds, next(self.numbers), end))

    def one_of(self, posts: list[Post], random: Random) -> Post:
        """Some post at which somebody stands. Raises NotNow."""
        standing = [post for post in posts if post.stands()]
        if not standing:
            raise NotNow
        return random.choice(standing)

    def redis_answers(self) -> bool:
        """Whether it is there."""
        try:
            with Connection.from_url(self.redis.url, socket_timeout=1, retry=None) as redis:
                return bool(redis.ping())
        except RedisError:
            return False


def work(app: Flask, fuse: Fuse) -> None:
    """A worker with a fuse."""
    fuse.lay(app)
    worker.work(app)


def keep_schedule(app: Flask, fuse: Fuse) -> None:
    """A schedule with a fuse."""
    fuse.lay(app)
    schedule.run(app)


def gather(plan: Plan) -> None:
    """The people of a plan, and somebody who coordinates."""
    everybody = [
        Volunteer(name=f"V {place}", email=email, time_zone=zone, joined_at=people.NOW)
        for place, (email, zone) in enumerate(plan.people.items())
    ]
    db.session.add_all(everybody)
    db.session.flush()
    points.open_balances([one.id for one in everybody], people.NOW)
    people.grace()

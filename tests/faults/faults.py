"""What goes wrong, a function for each: it befalls a storm, and `random` draws whom, when, and for how long."""

import os
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from random import Random

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.extensions import db
from portal.jobs.queue import NAME, RINGS_FOR, connection, queue
from tests.faults.fuses import Kind
from tests.faults.storm import NotNow, Post, Storm
from tests.machinery.postgresql import become_postgres
from tests.machinery.processes import Process

STATEMENTS = 160
"""Moments within which a worker that is to die does: about those of one job."""
HOUR, DAY = 3600, 86400


# --- Workers --------------------------------------------------------------------------------------------------------


def worker_killed(storm: Storm, random: Random) -> None:
    """At any moment."""
    storm.one_of(storm.working, random).process.kill()


def busy_worker_killed(storm: Storm, random: Random) -> None:
    """In the middle of a job."""
    busy = [post for post in storm.working if post.stands() and children(post.process)]
    storm.one_of(busy, random).process.kill()


def worker_killed_at_a_statement(storm: Storm, random: Random) -> None:
    """Before or after a statement or a commit of its jobs."""
    post = storm.one_of([post for post in storm.working if not post.fuse.is_lit()], random)
    post.fuse.light(Kind.DIE, moments=random.randint(1, STATEMENTS))


def job_killed(storm: Storm, random: Random) -> None:
    """The process of a job; its worker goes on."""
    busy = [child for post in storm.working if post.stands() for child in children(post.process)]
    if not busy or not signalled(random.choice(busy), signal.SIGKILL):
        raise NotNow
    storm.somebody_fell()


def worker_frozen(storm: Storm, random: Random) -> None:
    """With all that it holds; then it goes on as if nothing was."""
    sleep_well(storm, random, random.choice((0.3, 1, 2, 3)))


def worker_frozen_past_its_lease(storm: Storm, random: Random) -> None:
    """The same for longer than its bell is silent: somebody else was asked to do its work meanwhile."""
    sleep_well(storm, random, RINGS_FOR + 2)


def sleep_well(storm: Storm, random: Random, seconds: float) -> None:
    """A worker that has a job, if there is one, is frozen for so long."""
    busy = [post for post in storm.working if post.stands() and children(post.process)]
    process = storm.one_of(busy or storm.working, random).process
    freeze(process)
    storm.later(seconds, partial(wake, process), hinders=True)


def freeze(process: Process) -> None:
    """SIGSTOP to it and its children."""
    process.signal(signal.SIGSTOP)
    for child in children(process):
        signalled(child, signal.SIGSTOP)


def wake(process: Process) -> None:
    """SIGCONT to it and its children."""
    for child in children(process):
        signalled(child, signal.SIGCONT)
    process.signal(signal.SIGCONT)


def signalled(pid: int, number: int) -> bool:
    """Whether there was still somebody to get this signal."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def children(process: Process) -> list[int]:
    """The pids of its children."""
    if process.ended():
        return []
    if (listed := Path(f"/proc/{process.pid}/task/{process.pid}/children")).exists():
        return [int(pid) for pid in listed.read_text().split()]
    said = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid in said.split()]


# --- Redis and the schedule -----------------------------------------------------------------------------------------


def redis_emptied(storm: Storm, random: Random) -> None:
    """Killed, and back at once, with nothing in it."""
    if storm.redis.process.ended():
        raise NotNow
    storm.redis.kill()
    storm.redis.start()


def redis_away(storm: Storm, random: Random) -> None:
    """Killed, and back after a while."""
    if storm.redis.process.ended():
        raise NotNow
    storm.redis.kill()
    storm.later(random.choice((0.5, 1, 2, 4)), storm.redis.start, hinders=True)


def schedule_killed(storm: Storm, random: Random) -> None:
    """One of two."""
    storm.one_of(storm.scheduling, random).process.kill()


def tick_doubled(storm: Storm, random: Random) -> None:
    """Every job waits twice, whatever bells say."""
    if not storm.redis_answers():
        raise NotNow
    with storm.app.app_context():
        for job in ("counting.count_pending", "boards.refresh_boards") * 2:
            queue(connection()).enqueue(f"portal.jobs.{job}", description=job, result_ttl=0)


def tick_missed(storm: Storm, random: Random) -> None:
    """Every bell is taken by somebody who never rings it."""
    if not storm.redis_answers():
        raise NotNow
    with storm.app.app_context():
        connection().delete(queue(connection()).key)
        for job in ("counting.count_pending", "boards.refresh_boards"):
            connection().set(f"{NAME}:bell:{job}", 1, ex=RINGS_FOR)


def clock_stepped(storm: Storm, random: Random) -> None:
    """For one process, by minutes, an hour or a day, forward or back."""
    post = storm.one_of(storm.posts, random)
    offset = random.choice((300, HOUR, DAY)) * random.choice((-1, 1))
    post.fuse.set_clock(offset, post.process.pid)
    storm.later(random.uniform(0.5, 4), partial(set_right, post))


def set_right(post: Post) -> None:
    """Its clock says the time again."""
    post.fuse.set_clock(0, post.process.pid if post.stands() else None)


# --- Recorders ------------------------------------------------------------------------------------------------------


def recorder_killed(storm: Storm, random: Random) -> None:
    """At any moment."""
    storm.one_of(storm.recording, random).process.kill()


def recorder_killed_at_a_statement(storm: Storm, random: Random) -> None:
    """Before or after a statement or a commit."""
    post = storm.one_of([post for post in storm.recording if not post.fuse.is_lit()], random)
    post.fuse.light(Kind.DIE, moments=random.randint(1, 60))


def recorder_killed_before_it_answers(storm: Storm, random: Random) -> None:
    """What it did is committed, and nobody knows."""
    post = storm.one_of([post for post in storm.recording if not post.fuse.is_lit()], random)
    post.fuse.light(Kind.DIE_UNSAID)


# --- Disks ----------------------------------------------------------------------------------------------------------


def database_full(storm: Storm, random: Random) -> None:
    """A SQLite database may not grow any more, for one who records or counts."""
    post = storm.one_of([*storm.recording, *storm.working], random)
    post.fuse.fill_disk(full=True)
    make_room = partial(post.fuse.fill_disk, full=False)
    storm.later(random.uniform(0.2, 2), make_room, hinders=post in storm.working)


def disk_full(storm: Storm, random: Random) -> None:
    """Files take nothing beyond a certain size, from one who records or counts into SQLite."""
    post = storm.one_of([*storm.recording, *storm.working], random)
    limit_files(post.process.pid, kilobytes=(largest_note(storm) >> 10) + random.choice((64, 256, 1024)))
    release = partial(release_files, post.process)
    storm.later(random.uniform(0.2, 2), release, hinders=post in storm.working)


def largest_note(storm: Storm) -> int:
    """The size of the largest file that recorders and workers write beside the database."""
    files = [storm.crew.log, *(one.answers.path for one in storm.recorders)]
    return max(file.stat().st_size for file in files if file.exists())


def limit_files(pid: int, *, kilobytes: int) -> None:
    """No file grows beyond that for this process and the children it has from now on."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (kilobytes << 10, resource.RLIM_INFINITY))


def release_files(process: Process) -> None:
    """Files may grow again, unless the process ended."""
    for pid in () if process.ended() else (process.pid, *children(process)):
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def postgresql_disk_full(storm: Storm, random: Random) -> None:
    """One of the server's processes can write no more of its log: it panics, and the server starts anew."""
    pid, kilobytes = random.choice(backends(storm)), random.choice((0, 256))
    storm.crew.start(lambda _app: limit_server(pid, kilobytes))
    storm.later(2, lambda: None, hinders=True)


def limit_server(pid: int, kilobytes: int) -> None:
    """A limit for a process that belongs to somebody else."""
    become_postgres()
    limit_files(pid, kilobytes=kilobytes)


def backends(storm: Storm) -> list[int]:
    """The processes of the server that work for us. Raises NotNow while there are none."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    found = [pid for (pid,) in at_postgresql(storm, query)]
    if not found:
        raise NotNow
    return found


def at_postgresql(storm: Storm, query: str) -> list:
    """What the server answers. Raises NotNow while it is away."""
    try:
        with storm.app.app_context(), db.engine.connect() as one:
            return list(one.execute(text(query)))
    except Exception as error:
        raise NotNow from error


# --- Databases ------------------------------------------------------------------------------------------------------


def sqlite_locked(storm: Storm, random: Random) -> None:
    """Somebody else writes, and takes their time."""
    seconds = random.choice((0.3, 1, 2, 4))
    path = storm.app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    storm.crew.start(lambda _app: hold_sqlite(path, seconds))
    storm.later(seconds, lambda: None, hinders=True)


def hold_sqlite(path: str, seconds: float) -> None:
    """Nobody else writes meanwhile."""
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as one:
        one.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        one.execute("ROLLBACK")


def postgresql_restarted(storm: Storm, random: Random) -> None:
    """At once, in the middle of everything."""
    storm.server.end()
    storm.later(random.uniform(0, 1.5), storm.server.start, hinders=True)


def connections_cut(storm: Storm, random: Random) -> None:
    """All of them."""
    ours = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    at_postgresql(storm, f"SELECT pg_terminate_backend(pid) FROM ({ours}) AS ours")


def deadlock(storm: Storm, random: Random) -> None:
    """Somebody locks volunteers in the other order; PostgreSQL ends whom it finds first, which is one of ours."""
    backends(storm)
    storm.crew.start(hold_in_the_other_order)
    storm.later(2, lambda: None, hinders=True)


def hold_in_the_other_order(app: Flask) -> None:
    """Takes the upper half, waits until somebody wants one of those, then takes the lower half.

    Whoever began to wait last finds out; if everybody else began long ago, that is us.
    """
    half = "SELECT id FROM volunteer_points WHERE volunteer_id {} (SELECT avg(id) FROM volunteers) ORDER BY 1 DESC"
    blocked = text("SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    with app.app_context(), db.engine.connect() as one:
        one.execute(text("SET deadlock_timeout = '1s'"))
        one.execute(text(f"{half.format('>')} FOR UPDATE"))
        last = time.monotonic() + 1
        while not one.scalar(blocked) and time.monotonic() < last:
            time.sleep(0.01)
        with suppress(DBAPIError):
            one.execute(text(f"{half.format('<=')} FOR UPDATE"))


def serialization_failure(storm: Storm, random: Random) -> None:
    """A statement is refused as it is where two were in each other's way."""
    posts = [post for post in [*storm.recording, *storm.working] if not post.fuse.is_lit()]
    storm.one_of(posts, random).fuse.light(Kind.SERIALIZATION, moments=random.randint(1, 40))


# --- How often ------------------------------------------------------------------------------------------------------

EVERYWHERE = {
    worker_killed: 12,
    worker_killed_at_a_statement: 16,
    job_killed: 8,
    worker_frozen: 3,
    worker_frozen_past_its_lease: 1,
    redis_emptied: 4,
    redis_away: 3,
    schedule_killed: 3,
    tick_doubled: 3,
    tick_missed: 3,
    clock_stepped: 8,
    recorder_killed: 6,
    recorder_killed_at_a_statement: 8,
    recorder_killed_before_it_answers: 8,
}
ON_SQLITE = {sqlite_locked: 4, database_full: 5, disk_full: 5 if hasattr(resource, "prlimit") else 0}
ON_POSTGRESQL = {
    connections_cut: 5,
    deadlock: 4,
    serialization_failure: 8,
    postgresql_restarted: 1,
    postgresql_disk_full: 1 if hasattr(resource, "prlimit") else 0,
}


def weights(*, postgresql: bool) -> dict[str, int]:
    """How often each fault comes on such a database, by its name."""
    return named(EVERYWHERE | (ON_POSTGRESQL if postgresql else ON_SQLITE))


def named(faults: dict[Callable, int]) -> dict[str, int]:
    """Those that come at all, by name."""
    return {fault.__name__: weight for fault, weight in faults.items() if weight}


BLOWS = {busy_worker_killed: 2, job_killed: 1}
"""What fells a worker."""


def by_name() -> dict[str, Callable[[Storm, Random], None]]:
    """All faults."""
    return {fault.__name__: fault for fault in [*EVERYWHERE, *ON_SQLITE, *ON_POSTGRESQL, *BLOWS]}

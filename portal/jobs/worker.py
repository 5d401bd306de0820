"""The worker: RQ's own, in the application, ending with its parent, and outliving its Redis."""

import gc
import logging
import os
import signal
import time
from importlib import import_module

from flask import Flask
from redis.exceptions import RedisError
from rq import Queue, worker_registration
from rq import Worker as RQWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.orm import configure_mappers

from portal.extensions import db
from portal.jobs import leash
from portal.jobs.queue import JOBS, add, answered, connect, connection, is_ours, queue

TRIES_AGAIN_AFTER = 1.0
"""Seconds between two looks for a Redis that is away: it may come back at any moment, and people wait."""
log = logging.getLogger(__name__)


class Worker(RQWorker):
    """Takes jobs from the queue, each in a process of its own with a context of its own."""

    max_connection_wait_time = TRIES_AGAIN_AFTER
    asked_to_stop = False

    def __init__(self, app: Flask):
        redis = connect(app)
        super().__init__(
            [queue(redis)],
            connection=redis,
            serializer=JSONSerializer,
            worker_ttl=20,
            job_monitoring_interval=2,
            maintenance_interval=5,
        )
        self.app = app
        self.parent = os.getpid()

    def request_stop(self, signum, frame) -> None:
        """SIGTERM, SIGINT: ends after the job that is running."""
        self.asked_to_stop = True
        super().request_stop(signum, frame)

    def subscribe(self) -> None:
        """Takes no commands by Redis: it would need a thread, and threads and forks don't go together."""

    def run_maintenance_tasks(self) -> None:
        """RQ's, every few seconds; a Redis that came back empty has forgotten that we are here."""
        worker_registration.register(self)
        super().run_maintenance_tasks()

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """The process that runs a job: a worker that is killed takes it along."""
        leash.end_with(self.parent)
        super().main_work_horse(job, queue)

    def perform_job(self, job: Job, queue: Queue) -> bool:
        """Runs one job inside the application, from where its bell can be rung again."""
        if not is_ours(job):
            log.error("job %s was not asked for by the portal: refused", job.id)
            raise PermissionError(job.id)
        with self.app.app_context():
            answered(self.connection, job)
            return super().perform_job(job, queue)


def work(app: Flask, *, burst: bool = False) -> None:
    """Works until it is asked to stop; in a burst, until nothing is left to do. Raises NoAddress, and in a burst
    RedisError."""
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    load_everything()
    with app.app_context():
        db.engine.dispose()  # jobs run in forked processes: a connection open by now would be shared by all of them
    if burst:
        work_off(app)
        return
    while not has_stopped(app):
        time.sleep(TRIES_AGAIN_AFTER)


def load_everything() -> None:
    """Loads what jobs need before processes are forked for them: otherwise each would load it anew, every time.

    What is there by then stays, so Python need not go through it whenever it looks for garbage.
    """
    for job in JOBS:
        import_module(f"portal.jobs.{job.partition('.')[0]}")
    configure_mappers()
    gc.collect()
    gc.freeze()


def work_off(app: Flask) -> None:
    """Counts what is pending whether or not a bell was rung for it, then brings the boards up to date."""
    for job in ("counting.count_pending", "boards.refresh_boards"):
        with app.app_context():
            add(connection(), job)
        Worker(app).work(burst=True)


def has_stopped(app: Flask) -> bool:
    """Works until it is asked to stop, or until RQ gives up for want of a Redis; says whether to stop."""
    worker = None
    try:
        worker = Worker(app)
        worker.work()
    except StopRequested:  # while RQ was starting or tidying up
        return True
    except RedisError as error:
        log.warning("Redis is away (%s); trying again", error)
    finally:
        if worker is not None and worker.horse_pid:
            worker.wait_for_horse()  # its job goes on without Redis; we take no other meanwhile
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return worker is not None and worker.asked_to_stop

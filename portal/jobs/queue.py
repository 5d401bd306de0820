"""The bell: Redis tells workers at once that there is work. Best effort: what it forgets, the sweep finds."""

from uuid import uuid4

from flask import Flask, current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

NAME = "laurels"
"""The one queue: a worker that listens to several loses the job that it dies with."""
JOBS = frozenset(
    (
        *("counting.count_pending", "boards.refresh_boards", "assessing.assess", "uploads.import_files"),
        *("undoing.undo", "checkups.look", "nightly.look_after", "mail.send_waiting", "door_mails.send_waiting"),
    )
)
"""What workers do, by its place in this package. They do nothing else, whatever somebody writes into Redis."""
ANSWERS_WITHIN = 0.5
"""Seconds that a door waits for Redis before it does without."""
RINGS_FOR = 6
"""Seconds after which a bell that nobody answered may be rung again: its job may have died with a worker."""
LASTS_AT_MOST = 600
KEPT_WHEN_FAILED = 24 * 3600


class NoAddress(RuntimeError):
    """REDIS_URL is not set or none, and this cannot do without."""


def connect(app: Flask, *, answers_within: float | None = None) -> Redis:
    """A connection to the application's Redis that never waits to try again. Raises NoAddress."""
    if not app.config["REDIS_URL"]:
        raise NoAddress("REDIS_URL is not set. `flask up` brings a Redis of its own; anything else needs to be told.")
    try:
        return Redis.from_url(
            app.config["REDIS_URL"],
            socket_timeout=answers_within,
            socket_connect_timeout=ANSWERS_WITHIN,
            retry=Retry(NoBackoff(), 1),  # once more, for a connection that Redis closed since
        )
    except ValueError as error:
        raise NoAddress(f"REDIS_URL is no address of a Redis: {error}") from None


def connection() -> Redis:
    """The application's own connection, for doors: they don't wait long. Raises NoAddress."""
    app = current_app._get_current_object()
    if "redis" not in app.extensions:
        app.extensions["redis"] = connect(app, answers_within=ANSWERS_WITHIN)
    return app.extensions["redis"]


def queue(redis: Redis) -> Queue:
    """The queue that workers listen to."""
    return Queue(NAME, connection=redis, serializer=JSONSerializer)


def ring(job: str, *, quiet_for: int = 0) -> bool:
    """Asks for a job by its place in this package, as in `ring("counting.count_pending")`; says whether one was added.

    While one is waiting there is no second, however often it is asked for. With `quiet_for` (seconds) nor is there
    one so soon after another that was asked for like this. Without Redis nothing is rung, and nothing goes wrong.
    """
    try:
        redis = connection()
        if quiet_for and not claim(redis, f"quiet:{job}", quiet_for):
            return False
        return claim(redis, f"bell:{job}", RINGS_FOR) and add(redis, job)
    except (RedisError, NoAddress) as error:
        current_app.logger.debug("no bell for %s: %s", job, error)
        return False


def claim(redis: Redis, name: str, seconds: int) -> bool:
    """Whether we are the first to ask for this name for so many seconds. Raises RedisError."""
    return bool(redis.set(f"{NAME}:{name}", 1, nx=True, ex=seconds))


def add(redis: Redis, job: str) -> bool:
    """Adds the job unless one is waiting still: a busy worker may take longer than a bell rings.

    Raises RedisError, and ValueError if there is no such job.
    """
    if job not in JOBS:
        raise ValueError(f"{job} is not among the JOBS")
    if any(is_for(job, job_id) for job_id in queue(redis).get_job_ids()):
        return False
    queue(redis).enqueue(
        f"portal.jobs.{job}",
        job_id=f"{job.replace('.', '-')}-{uuid4().hex[:8]}",
        description=job,
        job_timeout=LASTS_AT_MOST,
        result_ttl=0,
        failure_ttl=KEPT_WHEN_FAILED,
    )
    return True


def is_for(job: str, job_id: str) -> bool:
    """Whether a job in the queue is this one."""
    return job_id.rpartition("-")[0] == job.replace(".", "-")


def is_ours(job: Job) -> bool:
    """Whether it is a job of the portal, and not one that somebody else wrote into Redis. Raises if unreadable."""
    return name_of(job) in JOBS and not job.args and not job.kwargs


def name_of(job: Job) -> str:
    """'counting.count_pending' for the job that runs that. Raises if it is unreadable."""
    package, _, name = (job.func_name or "").partition("portal.jobs.")
    return "" if package else name


def answered(redis: Redis, job: Job) -> None:
    """Lets the bell of a job be rung again. Comes before its work: who rings from now on may have brought something
    that it does not see any more, and who rang before has committed what it is going to find. Raises RedisError."""
    redis.delete(f"{NAME}:bell:{name_of(job)}")

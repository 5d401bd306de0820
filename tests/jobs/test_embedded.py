"""The private Redis: found in this order, on a socket for us alone, gone with its parent."""

import os
import shutil
import signal
import stat
from pathlib import Path

import pytest

from portal.jobs import embedded, leash
from tests.machinery.processes import Process, eventually


def on_path(folder: Path, *names: str) -> str:
    """A PATH on which these programs are, and nothing else."""
    for name in names:
        (folder / name).touch(mode=0o755)
    return str(folder)


def test_valkey_comes_before_redis_and_redis_before_ours(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", on_path(tmp_path))
    assert embedded.binary() == embedded.packaged()
    monkeypatch.setenv("PATH", on_path(tmp_path, "redis-server"))
    assert embedded.binary() == str(tmp_path / "redis-server")
    monkeypatch.setenv("PATH", on_path(tmp_path, "valkey-server"))
    assert embedded.binary() == str(tmp_path / "valkey-server")


def test_where_there_is_none_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", on_path(tmp_path))
    monkeypatch.setattr(embedded, "packaged", lambda: None)
    with pytest.raises(embedded.NoRedis, match="set REDIS_URL, or install"):
        embedded.binary()


def test_it_answers_on_a_socket_that_only_we_can_open():
    with embedded.running() as url:
        assert embedded.answers(url)
        path = Path(url.removeprefix("unix://").removesuffix("?db=0"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert len(str(path)) < 100
    assert not embedded.answers(url)
    assert not path.parent.exists()


def test_a_redis_that_does_not_start_is_named(monkeypatch):
    monkeypatch.setattr(embedded, "STARTS_WITHIN", 0.3)
    with pytest.raises(embedded.NoRedis, match="does not start"), embedded.running("/bin/false"):
        pass


@pytest.mark.parametrize("kernel", [True, False], ids=["by the kernel", "by a watcher"])
def test_it_ends_with_a_parent_that_is_killed(tmp_path, kernel):
    folder, server = embedded.new_folder(), embedded.binary()

    def parent() -> None:
        if not kernel:
            leash._libc = None  # in this process alone
        leash.fork(lambda: embedded.become(server, folder))
        signal.pause()

    process = Process(parent, log=tmp_path / "log")
    embedded.wait_for(embedded.url(folder))
    process.kill()
    eventually(lambda: not embedded.answers(embedded.url(folder)), within=3)
    shutil.rmtree(folder)


def test_a_child_on_a_leash_ends_as_its_work_does(tmp_path):
    def ends_with(work) -> int | None:
        process = Process(work, log=tmp_path / "log")
        eventually(process.ended, within=5)
        return process.status

    def fails() -> None:
        raise RuntimeError("said in the log")

    assert ends_with(lambda: None) == 0
    assert ends_with(lambda: exit(3)) == 3
    assert ends_with(fails) == 1
    assert "said in the log" in (tmp_path / "log").read_text()
    assert ends_with(lambda: os.kill(os.getpid(), signal.SIGKILL)) == -signal.SIGKILL

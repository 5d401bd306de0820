"""Child processes that end with their parent, even if it is killed: Linux itself sees to it, elsewhere a watcher.

Children are forked, not started anew: what is loaded already is shared, and they are there at once.
"""

import ctypes
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

LOOKS_EVERY = 0.3
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def fork(work: Callable[[], object], *, output: int | None = None) -> int:
    """Runs `work` in a child process whose output goes to the file descriptor `output`; returns its pid.

    The child ends with status 0, or 1 if `work` raised, which it prints. Call it from the main thread: the kernel
    takes the end of the thread for that of the parent.
    """
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    if pid := os.fork():
        return pid
    status = 1
    try:
        _settle_in(output)
        end_with(parent)
        status = _result(work)
    finally:
        os._exit(status)


def _settle_in(output: int | None) -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C, which all hear, is for the parent to answer
    if output is not None:
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        speak()


def speak() -> None:
    """What this process logs goes to its output, plainly: who reads it knows where it comes from."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout, force=True)


def _result(work: Callable[[], object]) -> int:
    try:
        work()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def end_with(parent: int) -> None:
    """From now on this process is killed as soon as its parent, whose pid is given, ends."""
    if _libc is None:
        _watch(parent)
        return
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def _watch(parent: int) -> None:
    """Goes on in a child of its own, and stays behind to kill that when `parent` is gone."""
    child = os.fork()
    if child == 0:
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: os.kill(child, number))
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if os.getppid() != parent:
            os.kill(child, signal.SIGKILL)
        time.sleep(LOOKS_EVERY)
    os._exit(abs(os.waitstatus_to_exitcode(ended[1])))

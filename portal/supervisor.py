"""Keeps processes running together: what they print gets their name, who dies is started again, none outlives us."""

import os
import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import click

from portal.jobs import leash

LIVED_WELL = 10
"""Seconds after which a child's end says nothing about its next life."""
LONGEST_PAUSE = 30
GRACE = 8
"""Seconds that children have to finish what they are at."""


@dataclass
class Child:
    """One of the processes, dead or alive."""

    name: str
    work: Callable[[], object]
    pid: int = 0
    started: float = 0
    failures: int = 0
    next_start: float = 0

    def ended(self) -> int | None:
        """How it ended, if it just did: its exit status, or the negative number of a signal."""
        if not self.pid:
            return None
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def pause(self, now: float) -> float:
        """Seconds until it may start again: longer each time that it ends soon."""
        self.failures = 0 if now - self.started > LIVED_WELL else self.failures + 1
        return min(LONGEST_PAUSE, 0.25 * 2**self.failures)


class Supervisor:
    """Runs children until it is told to end. `look` is called a few times a second."""

    def __init__(self, children: list[Child], look: Callable[[], object]):
        self.children, self.look = children, look
        self.outputs = selectors.DefaultSelector()
        self.ending = False

    def run(self) -> None:
        """Returns when SIGTERM or SIGINT came and every child has ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.end_soon)
        while not self.ending:
            self.start_due()
            self.pass_on(0.1)
            if not self.ending:  # who heard Ctrl-C too and went is not missed
                self.bury()
                self.look()
        self.end()

    def end_soon(self, _number, _frame) -> None:
        """What a signal asks for."""
        self.ending = True

    def start_due(self) -> None:
        """Starts whoever is not running and has paused long enough."""
        for child in self.children:
            if not child.pid and child.next_start <= time.monotonic():
                self.start(child)

    def start(self, child: Child) -> None:
        """Starts one, listening to what it prints."""
        ours, its = os.pipe()
        child.pid, child.started = leash.fork(child.work, output=its), time.monotonic()
        os.close(its)
        os.set_blocking(ours, False)
        self.outputs.register(ours, selectors.EVENT_READ, Lines(child.name))

    def pass_on(self, seconds: float) -> None:
        """Prints what children said, each line with the name of who said it; waits for that for so many seconds."""
        for key, _ in self.outputs.select(seconds):
            said = os.read(key.fd, 65536)
            key.data.add(said)
            if not said:
                self.outputs.unregister(key.fd)
                os.close(key.fd)

    def bury(self) -> None:
        """Notices who ended, says so, and decides when they start again."""
        now = time.monotonic()
        for child in self.children:
            if (status := child.ended()) is not None:
                child.pid = 0
                pause = child.pause(now)
                child.next_start = now + pause
                say("up", f"{child.name} ended ({how(status)}); starting it again in {pause:g} s")

    def end(self) -> None:
        """Ends all children: asks first, Redis last, and kills who takes too long."""
        say("up", "ending")
        self.ask([child for child in self.children if child.name != "redis"], signal.SIGTERM, GRACE)
        self.ask(self.children, signal.SIGTERM, 2)
        self.ask(self.children, signal.SIGKILL, 2)

    def ask(self, children: list[Child], number: int, seconds: float) -> None:
        """Sends a signal to those that live and waits for their end, so many seconds at most."""
        last = time.monotonic() + seconds
        for child in children:
            if child.pid:
                os.kill(child.pid, number)
        while any(child.pid for child in children) and time.monotonic() < last:
            self.pass_on(0.05)
            for child in children:
                if child.ended() is not None:
                    child.pid = 0


class Lines:
    """Puts what a child prints together to lines."""

    def __init__(self, name: str):
        self.name, self.rest = name, b""

    def add(self, said: bytes) -> None:
        """Prints the lines that are complete; at the end of the output (nothing said) also the last one."""
        *lines, self.rest = (self.rest + said).split(b"\n")
        if not said and self.rest:
            lines.append(self.rest)
        for line in lines:
            say(self.name, line.decode(errors="replace"))


def say(name: str, line: str) -> None:
    """Prints a line of one of us."""
    click.echo(f"{name:<9}| {line}")


def how(status: int) -> str:
    """An exit status in words."""
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"

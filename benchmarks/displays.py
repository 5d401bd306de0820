"""How televisions fare: `python -m benchmarks.displays [--displays 200] [--seconds 60] [--rounds 5] [--awards 20]`.

On each database the portal runs whole, as `flask up` runs it. 200 displays, each with a secret of its own, ask once a
second whether something is new, while points are awarded all the time; every answer has to be right, and none may
fail. Then, in alternating rounds, one asks as fast as eight connections go: the unchanged poll, and a bare Flask view
that answers "hello" under the same gunicorn. At last, with the demonstration that `make run` starts: how long it takes
from a coordinator's click to the changed row in a real browser that shows the television's page.
"""

import argparse
import asyncio
import os
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from flask import Flask
from sqlalchemy import select

from benchmarks import pages
from benchmarks.pages import Asked, bare, complete, served
from benchmarks.places import application, places
from benchmarks.recognition import print_table
from portal import create_app, up
from portal.demo.people import HERO
from portal.domain import accounts, awarding, displays, snapshots
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.periods import Board
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests.browser.house import CHROMIUM, TELEVISION, House, chromium, free_port, running
from tests.browser.places import GRACE
from tests.machinery.processes import Process, eventually

VOLUNTEERS = 1000
ADMIN = "linus@example.org"
PANELS = ["points/monthly", "hours/monthly", "medals", "join"]


def main() -> None:
    """Measures and prints."""
    options = arguments()
    print(f"{options.displays} displays, {options.seconds:g} s; load of the machine {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name, places(Path(name)) as found:
        print_table([(place.name, measured(place.fresh(), Path(name), options)) for place in found])
    if CHROMIUM and options.awards:
        print(f"\nfrom a click to the television, in seconds: {awarded(options.awards)}")
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.displays")
    parser.add_argument("--displays", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60, help="how long they ask")
    parser.add_argument("--rounds", type=int, default=5, help="of asking as fast as it goes, three seconds each")
    parser.add_argument("--awards", type=int, default=20, help="whose way to the television is timed; 0 for none")
    return parser.parse_args()


# --- Many televisions -------------------------------------------------------------------------------------------------


def measured(url: str, folder: Path, options: argparse.Namespace) -> dict[str, str]:
    """A column of the table."""
    secrets = furnished(url, options.displays)
    portal = create_app(SQLALCHEMY_DATABASE_URI=url, INSTANCE=folder)
    with whole_portal(portal, folder) as port, awards_all_the_time(portal):
        polls = asyncio.run(hall(port, secrets, options.seconds))
    with whole_portal(portal, folder) as port, served(bare()) as other:
        poll, hello = Asked(port, "/tv/boards", f"display={secrets[0]}"), Asked(other, "/")
        poll.remember_etag()
        speeds = [(hello.a_second(3), poll.a_second(3)) for _ in range(options.rounds + 1)][1:]
    base, ours = (median(column) for column in zip(*speeds, strict=True))
    hundredths = quantiles(polls.seconds, n=100)
    return {
        "polls": f"{len(polls.seconds):,}",
        "of these with news": f"{polls.statuses[200]:,}",
        "errors": f"{sum(polls.statuses.values()) - polls.statuses[200] - polls.statuses[304]}",
        "median": f"{hundredths[49] * 1000:.1f} ms",
        "p99": f"{hundredths[98] * 1000:.1f} ms",
        "slowest": f"{max(polls.seconds) * 1000:.0f} ms",
        "bare view a second": f"{base:,.0f}",
        "poll a second": f"{ours:,.0f}",
        "ratio": f"{ours / base:.2f}",
    }


def furnished(url: str, number: int) -> list[str]:
    """An organisation with boards, and the secrets of so many displays, each another one."""
    with application(url):
        now = datetime.now(UTC)
        pages.furnish(VOLUNTEERS, now)
        accounts.add_user(email=ADMIN, name="Linus", password="a password", role="admin", now=now)
        secrets = [displays.add(f"Display {one}", PANELS, 10 + one % 50, by=None, now=now)[1] for one in range(number)]
        db.session.commit()
    return secrets


@contextmanager
def whole_portal(portal: Flask, folder: Path) -> Iterator[int]:
    """The portal as `flask up` runs it; its port."""
    with portal.app_context():
        db.session.remove()
        db.engine.dispose()
    port, log = free_port(), folder / "up.log"
    log.write_text("")

    def run() -> None:
        up.up(portal, host="127.0.0.1", port=port, workers=2, ready=lambda _address: print("ready"))

    process = Process(run, log=log)
    eventually(lambda: "ready" in log.read_text() or process.ended(), within=60)
    yield port
    process.kill()


@contextmanager
def awards_all_the_time(portal: Flask) -> Iterator[None]:
    """Somebody gets points every two seconds, so that there is news."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(2):
            with portal.app_context():
                one, admin = leader(), accounts.by_email(ADMIN)
                awarding.award(1, to=one, by=admin, reason="For the hall", now=datetime.now(UTC))
                db.session.commit()
                db.session.remove()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


def leader() -> Volunteer:
    """Who leads this month's board: what they get is news on every display."""
    board = snapshots.current(Board(LeaderboardType.POINTS, Timeframe.MONTHLY))
    return db.session.get_one(Volunteer, board.rankings[0]["volunteer_id"])


class Polls:
    """What came back."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()


async def hall(port: int, secrets: list[str], seconds: float) -> Polls:
    """All of them ask each second, each at a moment of its own."""
    polls, ends = Polls(), time.monotonic() + seconds
    screens = [screen(port, secret, number / len(secrets), ends, polls) for number, secret in enumerate(secrets)]
    await asyncio.gather(*screens)
    return polls


async def screen(port: int, secret: str, offset: float, ends: float, polls: Polls) -> None:
    """One television."""
    asked, due = Asked(port, "/tv/boards", f"display={secret}"), time.monotonic() + offset
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while due < ends:
        await asyncio.sleep(max(0, due - time.monotonic()))
        began = time.perf_counter()
        try:
            status = await once(asked, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            status = 0
        if status == 0:  # a server may close what was idle; a browser then asks anew
            with suppress(OSError):
                writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            status = await once(asked, reader, writer)
        polls.seconds.append(time.perf_counter() - began)
        polls.statuses[status] += 1
        due += 1
    writer.close()


async def once(asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Asks, and reads the answer; its status, or 0 if the connection was closed. Remembers its ETag."""
    writer.write(asked.request)
    answer = b""
    while not complete(answer):
        block = await asyncio.wait_for(reader.read(1 << 20), 30)
        if not block:
            return 0
        answer += block
    if found := re.search(rb"(?i)\r\netag: ([^\r]+)", answer):
        asked.etag = found[1].decode()
    return int(answer[9:12])


# --- From a click to the television -----------------------------------------------------------------------------------


CHANGED = """([name, was]) => [...document.querySelectorAll(".picture.shown li")].some(
  (row) => row.textContent.includes(name) && row.querySelector(".value").textContent !== was)"""


def awarded(number: int) -> str:
    """'median 2.1, slowest 3.4 of 20'. A coordinator sends the real form in one browser; the other shows the hall."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as house, chromium() as browser:
        hall, desk = browser.new_page(viewport=TELEVISION), browser.new_page()
        house.invite(desk.context, GRACE)
        whom, link = furnished_hall(house)
        hall.goto(f"{house.address}/tv/{link}")
        value = hall.locator(".picture.shown li", has_text=HERO.name).locator(".value")
        seconds = []
        for one in range(number):
            desk.goto(f"{house.address}/awards/new?to={whom}")
            desk.get_by_label("Points each").fill("10")
            desk.get_by_label("Why", exact=True).fill(f"For the hall, {one}")
            time.sleep(one * 0.37 % 2)  # at another moment of the schedule each time
            before, began = value.text_content(), time.perf_counter()
            desk.get_by_role("button", name="Award 10 points").click(no_wait_after=True)
            hall.wait_for_function(CHANGED, arg=[HERO.name, before], timeout=30_000)
            seconds.append(time.perf_counter() - began)
    return f"median {median(seconds):.1f}, slowest {max(seconds):.1f} of {number}"


def furnished_hall(house: House) -> tuple[int, str]:
    """Whom points are given to, and the secret of a display that shows where they stand."""
    with house.app.app_context():
        whom = db.session.scalars(select(Volunteer).where(Volunteer.name == HERO.name)).one().id
        secret = displays.add("Hall", ["points/monthly"], 20, by=None, now=datetime.now(UTC))[1]
        db.session.commit()
        db.session.remove()
    return whom, secret


if __name__ == "__main__":
    main()

"""The television in the hall, in a real browser, with a server of its own that can be stopped and started again."""

import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

import pytest
from playwright.sync_api import Browser, Page, expect

from portal import up
from portal.domain import awarding, displays, pairing
from portal.domain.accounts import by_email
from portal.domain.displays import Display
from portal.domain.volunteers import Visibility, Volunteer
from portal.extensions import db
from tests import people
from tests.browser.house import TELEVISION, free_port
from tests.conftest import application
from tests.machinery.processes import Process, eventually

SECOND = 1000
NAMES = (
    *("Wilhelmina-Alexandra van der Westhuizen", "مريم عبد الرحمن بن عبد العزيز الحسيني", "Νικόλαος Παπαδημητρίου"),
    *(
        "Giuseppina D’Alessandro-Kowalczyk-Smiths",
        "אברהם בן־דוד",
        "Ngọc Nguyễn Phạm",
        "山田 太郎",
        "Ada",
        "Ben",
        "Cleo",
    ),
)
"""From the first place to the tenth: 40 letters, from right to left, other scripts."""
SIZES = [(1366, 768), (1920, 1080), (3840, 2160), (1280, 720), (1080, 1920), (1024, 768)]
CUT = """() => {
  const seen = (one) => one.getClientRects().length > 0;
  const told = (one, what) => `${one.className}: ${what}: ${one.textContent}`;
  const texts = [...document.querySelectorAll(".who, .latest p, h2, .value, .place, .join p, .as-of span, h1 span")];
  const cut = texts.filter((one) => seen(one) && (one.scrollWidth > one.clientWidth + 1 && one.clientWidth
    || one.scrollHeight > one.clientHeight * 1.2 && one.clientHeight)).map((one) => told(one, "cut"));
  const out = [...document.querySelectorAll("#screen *")].filter(seen).filter((one) => {
    const box = one.getBoundingClientRect();
    return box.left < innerWidth * 0.04 || box.right > innerWidth * 0.96
      || box.top < innerHeight * 0.04 || box.bottom > innerHeight * 0.96;
  }).map((one) => told(one, "outside"));
  const rows = [...document.querySelectorAll(".picture.shown .standing")].filter((one) => {
    const next = one.nextElementSibling;
    return next && one.getBoundingClientRect().bottom > next.getBoundingClientRect().top + 1;
  }).map((one) => told(one, "over the next"));
  const page = document.scrollingElement;
  return [...cut, ...out, ...rows, page.scrollWidth - innerWidth, page.scrollHeight - innerHeight];
}"""


class Hall:
    """A hall with ten people on its board, a display, and a web server."""

    def __init__(self, app, folder: Path):
        self.app, self.log, self.port = app, folder / "web.log", free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: Process | None = None
        self.secret = self.do(self.furnish)

    def furnish(self) -> str:
        """Ten people, each with less than the one before; the secret of the link."""
        people.linus()
        for number, name in enumerate(NAMES):
            email = f"number{number}@example.org"
            people.join(name, email=email).visibility = Visibility.FULL_NAME
            people.count(people.did(quantity=23 - number, volunteer_email=email))
        people.refresh()
        panels = ["points/all_time", "hours/all_time", "medals", "join"]
        return displays.add("Hall", panels, 20, by=None, now=datetime.now(UTC))[1]

    def do(self, work):
        """What `work` returns, done in the database."""
        with self.app.app_context():
            found = work()
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        return found

    def starts(self, served=None) -> None:
        """The web server, as `flask up` starts it; waits until it answers."""
        self.process = Process(up.Web(served or self.app, f"127.0.0.1:{self.port}").run, log=self.log)
        eventually(lambda: up.answers("127.0.0.1", self.port), within=20)

    def stops(self) -> None:
        """Nobody answers any more."""
        if self.process is not None and not self.process.ended():
            self.process.signal(signal.SIGTERM)
            eventually(self.process.ended, within=20)

    def gives(self, name: str, amount: int) -> None:
        """Points for somebody, by hand, on the boards at once."""

        def work() -> None:
            one = db.session.query(Volunteer).filter_by(name=name).one()
            linus = by_email("linus@example.org")
            awarding.award(amount, to=one, by=linus, reason="The fair", now=people.NOW)
            people.refresh()

        self.do(work)

    def display(self, **values) -> None:
        """Changes the display."""

        def work() -> None:
            for name, value in values.items():
                setattr(db.session.query(Display).one(), name, value)

        self.do(work)


@pytest.fixture
def hall(sqlite_template, tmp_path) -> Iterator[Hall]:
    url = f"sqlite:///{copy(sqlite_template, tmp_path / 'laurels.db')}"
    with application(url, RATELIMIT_ENABLED=False) as app:
        hall = Hall(app, tmp_path)
        hall.starts()
        yield hall
        hall.stops()


@pytest.fixture
def television(chromium: Browser) -> Iterator:
    """Switches televisions on: television(hall), television(hall, reduced_motion="reduce")."""
    contexts = []

    def switch_on(hall: Hall, path: str = "", **more) -> Page:
        contexts.append(chromium.new_context(**{"viewport": TELEVISION} | more))
        page = contexts[-1].new_page()
        page.goto(hall.address + (path or f"/tv/{hall.secret}"))
        return page

    yield switch_on
    for context in contexts:
        context.close()


def first(page: Page):
    """The first row of the board that is shown."""
    return page.locator(".picture.shown .standing").first


def test_the_secret_leaves_the_address_and_the_page_comes_back_without_it(hall, television):
    page = television(hall)
    expect(page).to_have_url(f"{hall.address}/tv", timeout=5 * SECOND)
    page.reload()
    expect(first(page)).to_contain_text(NAMES[0])
    hall.gives("Cleo", 500)
    expect(first(page)).to_contain_text("Cleo", timeout=5 * SECOND)


def test_without_cookies_everything_works_by_the_address(hall, television):
    def without_cookies(environ, start_response):
        return hall.app({name: value for name, value in environ.items() if name != "HTTP_COOKIE"}, start_response)

    hall.stops()
    hall.starts(without_cookies)
    page = television(hall)
    page.wait_for_timeout(2 * SECOND)
    hall.gives("Cleo", 500)
    expect(first(page)).to_contain_text("Cleo", timeout=5 * SECOND)
    expect(page).to_have_url(f"{hall.address}/tv/{hall.secret}")
    page.reload()
    expect(first(page)).to_contain_text("Cleo")


def test_the_boards_take_turns(hall, television):
    page = television(hall, "/tv")
    page.clock.install()
    page.goto(f"{hall.address}/tv/{hall.secret}")
    heading = page.locator(".picture.shown h2")
    for words in ("All time, by points", "All time, by hours", "All time, by points"):
        expect(heading).to_have_text(words)
        page.clock.run_for(20 * SECOND)


WATCH_ROWS = """() => {
  window.glided = 0;
  new MutationObserver((list) => list.forEach((one) => { if (one.target.classList.contains("moved")) glided += 1; }))
    .observe(document.body, {subtree: true, attributes: true, attributeFilter: ["class"]});
}"""


@pytest.mark.parametrize(("motion", "glides"), [("no-preference", True), ("reduce", False)])
def test_rows_that_change_places_glide_unless_somebody_wants_calm(hall, television, motion, glides):
    page = television(hall, reduced_motion=motion)
    page.evaluate(WATCH_ROWS)
    hall.gives("Cleo", 500)
    expect(first(page)).to_contain_text("Cleo", timeout=5 * SECOND)
    assert (page.evaluate("glided") > 0) == glides
    page.wait_for_timeout(600)
    tops = page.evaluate("[...document.querySelectorAll('.picture.shown .standing')].map((one) => one.offsetTop)")
    seen = page.evaluate(
        "[...document.querySelectorAll('.picture.shown .standing')].map((one) => one.getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert seen == sorted(seen)


def test_while_the_server_is_away_the_last_picture_stays_and_says_since_when(hall, television):
    hall.display(seconds=600)
    page = television(hall)
    expect(page).to_have_url(f"{hall.address}/tv", timeout=5 * SECOND)
    since, text = page.locator("#since"), first(page).inner_text()
    expect(since).to_be_hidden()

    hall.stops()
    expect(since).to_be_visible(timeout=15 * SECOND)
    expect(since).to_have_text(re.compile(r"^Not updating since \d\d:\d\d$"))
    assert first(page).inner_text() == text
    hall.gives("Cleo", 500)
    page.wait_for_timeout(12 * SECOND)
    expect(since).to_be_visible()
    assert first(page).inner_text() == text

    hall.starts()
    expect(since).to_be_hidden(timeout=6 * SECOND)
    expect(first(page)).to_contain_text("Cleo")


def test_a_display_that_is_changed_changes_where_it_hangs(hall, television):
    page = television(hall)
    expect(page.locator("#latest-medals")).to_be_visible()
    hall.display(theme="light", panels=["hours/all_time"])
    expect(page.locator("html")).to_have_attribute("data-theme", "light", timeout=5 * SECOND)
    expect(page.locator(".picture.shown h2")).to_have_text("All time, by hours")
    expect(page.locator("#latest-medals")).to_have_count(0)


def test_a_display_that_ended_says_goodbye_where_it_hangs(hall, television):
    page = television(hall)
    expect(first(page)).to_be_visible()
    hall.display(revoked_at=datetime.now(UTC))
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for watching", timeout=5 * SECOND)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_screen_is_paired_by_keys_alone(hall, television, scripts):
    def offer() -> str:
        return pairing.offer(db.session.query(Display).one(), by=None, now=datetime.now(UTC))

    code = hall.do(offer)
    page = television(hall, "/tv", java_script_enabled=scripts)
    page.keyboard.type("0000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("That is not the code")
    expect(page.get_by_text("A code has eight digits.")).to_be_visible()
    page.keyboard.type(f"{code[:4]} {code[4:]}")
    page.keyboard.press("Enter")
    expect(first(page)).to_contain_text(NAMES[0])


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_is_cut_nothing_scrolls_and_a_margin_stays_free(hall, television, size, theme):
    hall.display(theme=theme)
    page = television(hall, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    expect(page.locator(".picture.shown .standing")).to_have_count(10)
    assert page.evaluate(CUT) == [0, 0]
    assert page.evaluate("getComputedStyle(document.querySelector('.who')).cursor") == "none"


FASTER = """(() => {
  const later = window.setTimeout, again = window.setInterval, pages = [];
  window.setTimeout = (work, wait, ...more) => later(work, wait / 500, ...more);
  window.setInterval = (work, wait, ...more) => again(work, Math.max(20, wait / 100), ...more);
  window.polls = 0;
  window.fetch = () => {
    if (!polls) {
      const boards = document.getElementById("boards"), list = boards.querySelector(".board");
      pages.push(boards.outerHTML);
      list.append(list.firstElementChild);
      pages.push(boards.outerHTML);
    }
    polls += 1;
    const look = polls % 50 < 25 ? "20 dark" : "30 light";
    const headers = {ETag: `W/"${polls}"`, "X-Look": look, Date: new Date().toUTCString()};
    const answer = new Response(pages[polls % 2], {status: 200, headers});
    return new Promise((resolve) => { window.go_on = () => resolve(answer); if (polls !== window.halt) go_on(); });
  };
})()"""
"""Time goes a hundred times as fast and more, and each poll brings news."""


def test_after_a_thousand_changes_it_has_not_grown(hall, television):
    hall.display(panels=["points/all_time"])
    page = television(hall, "/tv", viewport={"width": 640, "height": 360})
    page.add_init_script(FASTER)
    page.goto(f"{hall.address}/tv/{hall.secret}")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")

    def after(more: int) -> dict[str, float]:
        page.evaluate("(number) => { window.halt = polls + number; go_on(); }", more)
        page.wait_for_function("() => polls === halt", timeout=120 * SECOND)
        devtools.send("HeapProfiler.enable")
        for _ in range(3):
            devtools.send("HeapProfiler.collectGarbage")
        return {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}

    page.wait_for_function("() => polls > 5")
    early, late = after(100), after(1000)
    assert late["JSEventListeners"] == early["JSEventListeners"]
    assert late["Nodes"] <= early["Nodes"] * 1.05
    assert late["JSHeapUsedSize"] <= early["JSHeapUsedSize"] + 500_000

"""Every page of the demonstration is fit for everybody: by day and by night, on the smallest phone, on a slow line."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.browser.conftest import WATCH, Somebody
from tests.browser.house import PHONE, TELEVISION, House
from tests.browser.places import ADA, EVERYWHERE, PLACES, TELEVISIONS, Place
from tests.machinery.missing import without

ROOT = Path(__file__).resolve().parents[2]
AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
VNU = ROOT / "build" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
LIGHTEST = 100_000
STEADIEST = 0.01
ASK_AXE = """async (rules) => {
  const found = await axe.run(document, rules ? {runOnly: rules} : {resultTypes: ["violations"]});
  return found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}`));
}"""
TOO_WIDE = """() => {
  const wide = document.scrollingElement.scrollWidth;
  if (wide <= innerWidth) return [];
  const ends = (one) => one.getBoundingClientRect().right;
  const names = [...document.body.querySelectorAll("*")].filter((one) => ends(one) > innerWidth + 1);
  return [`${wide} pixels wide: ` + names.slice(0, 5).map((one) => `${one.tagName}.${one.className}`).join(", ")];
}"""
COVERED = """() => [...document.querySelectorAll("main :is(a, button, summary)")].filter((one) => {
  const seen = one.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true});
  const modal = document.querySelector("dialog:modal");
  if (!seen || one.closest(".sr-only") || (modal && !modal.contains(one))) return false;
  one.scrollIntoView({block: "center", behavior: "instant"});
  const box = one.getClientRects()[0];
  const there = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.closest("a, button");
  return there && there !== one && !there.contains(one);
}).map((one) => one.innerText)"""
"""What a link lies over, so that whoever presses it lands elsewhere."""
WATCH_SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) shifts.push(one.value);
}).observe({type: "layout-shift", buffered: true});"""
EXPECTED = ("Failed to load resource: the server responded with a status of 4",)
"""What Chromium says of pages that are errors, and of forms that come back."""
everywhere = pytest.mark.parametrize("place", EVERYWHERE, ids=str)


@dataclass
class Visit:
    """What was found at a place."""

    by_day: list[str] = field(default_factory=list)
    by_night: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    shifted: float = 0
    html: str = ""


class Walk:
    """Goes to each place once, and remembers what was there. One browser window for each who looks."""

    def __init__(self, house: House, browser: Browser, posts: dict):
        self.house, self.browser, self.posts = house, browser, posts
        self.windows: dict[str, Somebody] = {}
        self.visits: dict[Place, Visit] = {}

    def to(self, place: Place) -> Visit:
        """What is found there."""
        if place not in self.visits:
            self.visits[place] = self.look(place, self.window(place))
        return self.visits[place]

    def window(self, place: Place) -> Somebody:
        """A window in which the right person is signed in."""
        key = "television" if place in TELEVISIONS else place.who
        if key not in self.windows:
            size = TELEVISION if place in TELEVISIONS else PHONE
            context = self.browser.new_context(viewport=size, has_touch=size == PHONE, reduced_motion="reduce")
            context.add_init_script(WATCH + WATCH_SHIFTS)
            if place.who:
                self.house.invite(context, place.who)
            self.windows[key] = Somebody(context.new_page(), self.house)
        return self.windows[key]

    def look(self, place: Place, somebody: Somebody) -> Visit:
        """Goes there and looks."""
        page, visit, somebody.wrong = somebody.page, Visit(), []
        page.emulate_media(color_scheme="light")
        page.on("response", keep := keeper(visit))
        if place.first:
            place.first(self.house)
        somebody.goes_to(place.path.format(**self.posts))
        if place.then:
            place.then(page)
        page.remove_listener("response", keep)
        visit.wrong = [word for word in somebody.wrong if not word.startswith(EXPECTED)]
        visit.shifted = sum(page.evaluate("shifts"))
        page.evaluate(AXE)
        visit.by_day = page.evaluate(ASK_AXE, None)
        visit.covered = page.evaluate(COVERED)
        if place not in TELEVISIONS:
            self.look_again(page, visit)
        return visit

    def look_again(self, page: Page, visit: Visit) -> None:
        """By night, where only colours are others, and on the smallest phone."""
        page.emulate_media(color_scheme="dark")
        visit.by_night = page.evaluate(ASK_AXE, ["color-contrast", "link-in-text-block"])
        page.set_viewport_size({"width": 320, "height": 640})
        visit.too_wide = page.evaluate(TOO_WIDE)
        page.set_viewport_size(PHONE)


def keeper(visit: Visit) -> Callable[[Response], None]:
    """Keeps the HTML of whole pages as the server sent it."""

    def keep(response: Response) -> None:
        if response.request.resource_type == "document" and response.status != 302:
            visit.html = response.text()

    return keep


@pytest.fixture(scope="module")
def walk(house, chromium, posts) -> Walk:
    """Somebody who goes everywhere."""
    return Walk(house, chromium, posts)


@everywhere
def test_everybody_can_read_and_use_a_page_by_day(walk, place):
    assert walk.to(place).by_day == []


@everywhere
def test_everybody_can_read_a_page_by_night(walk, place):
    assert walk.to(place).by_night == []


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_nobody_scrolls_sideways_on_a_phone_of_320_pixels(walk, place):
    assert walk.to(place).too_wide == []


@everywhere
def test_what_somebody_presses_is_what_they_see(walk, place):
    assert walk.to(place).covered == []


@everywhere
def test_nobodys_browser_complains_or_refuses_anything(walk, place):
    assert walk.to(place).wrong == []


@everywhere
def test_nothing_jumps_while_somebody_begins_to_read(walk, place):
    shifted = walk.to(place).shifted
    assert shifted <= STEADIEST


def test_every_page_is_valid_html(walk, tmp_path):
    java = shutil.which("java") or without("Java")
    jar = Path(os.environ.get("VNU_JAR", VNU))
    jar = jar if jar.exists() else without("The Nu HTML checker (vnu.jar)")
    for place in EVERYWHERE:
        (tmp_path / f"{place.name}.html").write_text(walk.to(place).html)
    checker = [java, "-Xss1m", "-jar", str(jar), "--format", "json", "--errors-only", str(tmp_path)]

    told = subprocess.run(checker, capture_output=True, text=True, timeout=120).stderr

    assert told.startswith("{"), told
    assert [f"{Path(one['url']).stem}: {one['message']}" for one in json.loads(told)["messages"]] == []


@pytest.mark.parametrize("path", ["/", "/badges", "/leaderboards/points/monthly", "/hours/new"])
def test_whoever_comes_for_the_first_time_waits_for_less_than_100_kilobytes(chromium, house, path):
    context = chromium.new_context(viewport=PHONE)
    house.invite(context, ADA)
    page = context.new_page()
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: weight(request)}))

    page.goto(house.address + path, wait_until="networkidle")

    context.close()
    assert len(sizes) > 5
    told = "\n".join(f"{size:7} {url}" for url, size in sizes.items())
    assert sum(sizes.values()) < LIGHTEST, told


def weight(request) -> int:
    """Bytes over the wire of an answer, with its headers."""
    sizes = request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]

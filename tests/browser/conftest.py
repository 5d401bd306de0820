"""The real thing, once for all tests here: a demonstration that runs, and people with browsers of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser import house as houses
from tests.browser.house import DESK, PHONE, House
from tests.browser.places import signposts
from tests.machinery.missing import without

WIDTHS = {390: PHONE, 1280: DESK}
WATCH = """addEventListener("securitypolicyviolation", (event) => {
  console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`);
});"""
LETS_GO = "Failed to load resource: the server responded with a status of 410"
"""What Chromium says when a television is told that its link has ended: that is how it learns it."""


def pytest_collection_modifyitems(items) -> None:
    """All of them in one process, for there is one demonstration and one browser; where tests run in several."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def house(tmp_path_factory) -> Iterator[House]:
    """The running demonstration."""
    _ = houses.CHROMIUM or without("Chromium")
    with houses.running(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="session")
def posts(house) -> dict[str, object]:
    """What stands in the addresses of its pages."""
    return signposts(house)


@pytest.fixture(scope="session")
def chromium(house) -> Iterator[Browser]:
    """The browser of this machine; started after the house, whose processes are forked."""
    with houses.chromium() as browser:
        yield browser


@dataclass
class Somebody:
    """Somebody with a browser of their own, in which everything that goes wrong is noted."""

    page: Page
    house: House
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.page.on("console", self.note)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def note(self, message: ConsoleMessage) -> None:
        """What the console complains about."""
        if message.type in ("error", "warning") and not message.text.startswith(LETS_GO):
            self.wrong.append(f"{message.text} at {self.page.url}")

    def goes_to(self, path: str) -> None:
        """Types an address."""
        self.page.goto(self.house.address + path)

    def signs_in(self, email: str, password: str) -> None:
        """Goes to the first page, is asked who they are, and says it."""
        self.goes_to("/")
        self.fills_in({"E-mail": email, "Password": password})
        self.presses("Sign in")

    def fills_in(self, words: dict[str, str]) -> None:
        """Types into the fields with these labels."""
        for label, value in words.items():
            self.page.get_by_label(label, exact=True).fill(value)

    def presses(self, name: str, number: int = 0) -> None:
        """Presses the button that says so."""
        self.page.get_by_role("button", name=name, exact=True).nth(number).click()

    def follows(self, name: str) -> None:
        """Follows the link that says so."""
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def chooses(self, label: str) -> None:
        """Ticks the box, or picks the choice, with this label."""
        self.page.get_by_label(label, exact=True).check()

    def reads(self, words: str, within: float = 10) -> None:
        """Sees these words; waits for them for so many seconds."""
        self.page.get_by_text(words).first.wait_for(state="visible", timeout=within * 1000)


@pytest.fixture
def somebody(chromium, house) -> Iterator:
    """Makes people with browsers: somebody(390), somebody(1280, scripts=False).

    At the end, nothing may have gone wrong in any of them."""
    people: list[Somebody] = []
    contexts: list[BrowserContext] = []

    def make(width: int = 1280, *, scripts: bool = True, **more) -> Somebody:
        options = {"viewport": WIDTHS[width], "has_touch": width == 390, "reduced_motion": "reduce"} | more
        options["java_script_enabled"] = scripts
        contexts.append(chromium.new_context(**options))
        contexts[-1].set_default_timeout(15_000)
        contexts[-1].add_init_script(WATCH)
        people.append(Somebody(contexts[-1].new_page(), house))
        return people[-1]

    yield make
    for context in contexts:
        context.close()
    assert [word for one in people for word in one.wrong] == []

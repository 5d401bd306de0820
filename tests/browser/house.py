"""The demonstration as `flask up --demo` runs it, in processes of its own, and a browser that walks through it."""

import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from portal import create_app, demo, up
from portal.access import SECRET
from portal.domain import accounts
from portal.extensions import db
from tests.machinery.processes import Process, eventually

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--force-color-profile=srgb"),
)
CHROMIUM = shutil.which("chromium")
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
TELEVISION = {"width": 1920, "height": 1080}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


class House:
    """A running demonstration: web, two workers, the schedule and Redis, with a database in `folder`."""

    def __init__(self, folder: Path):
        self.port, self.log = free_port(), folder / "up.log"
        self.address = f"http://127.0.0.1:{self.port}"
        url = f"sqlite:///{folder / 'laurels.db'}"
        self.app = create_app(SQLALCHEMY_DATABASE_URI=url, INSTANCE=folder, DEMO=True)
        self.process = Process(self.run, log=self.log)

    def run(self) -> None:
        """What the child process does."""
        up.up(self.app, host="127.0.0.1", port=self.port, workers=2, ready=lambda address: print("ready at", address))

    def wait(self) -> None:
        """Until it answers."""
        eventually(lambda: "ready at" in self.log.read_text() or self.process.ended(), within=90, every=0.1)
        assert not self.process.ended(), self.log.read_text()

    def end(self) -> None:
        """Ends it, with all that it started."""
        self.process.kill()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    @cached_property
    def passwords(self) -> dict[str, str]:
        """With which the people of the demonstration sign in, by e-mail."""
        return demo.kept(self.app.config["INSTANCE"]) or {}

    def cookie(self, who: str) -> str:
        """A cookie with which the user with this e-mail is signed in, without the slow way by the password."""
        with self.app.app_context():
            user = accounts.by_email(who)
            assert user is not None, f"nobody signs in with {who}"
            secret = accounts.sign_in(user, browser="test", now=datetime.now(UTC))
            db.session.commit()
            db.session.remove()
        return self.app.session_interface.get_signing_serializer(self.app).dumps({SECRET: secret, "_permanent": True})

    def invite(self, context: BrowserContext, who: str) -> None:
        """Signs a browser in."""
        name = self.app.config["SESSION_COOKIE_NAME"]
        context.add_cookies([{"name": name, "value": self.cookie(who), "url": self.address}])

    def fetch(self, path: str, cookie: str = "") -> str:
        """The HTML at this path, whatever its status."""
        name = self.app.config["SESSION_COOKIE_NAME"]
        request = urllib.request.Request(self.address + path, headers={"Cookie": f"{name}={cookie}"} if cookie else {})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()


@contextmanager
def running(folder: Path) -> Iterator[House]:
    """A demonstration that answers; ended at the end."""
    house = House(folder)
    try:
        house.wait()
        yield house
    finally:
        house.end()

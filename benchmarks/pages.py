"""How fast pages are: `python -m benchmarks.pages [--volunteers 10000] [--seconds 3] [--rounds 3]`.

An organisation is made up, with a year of activity, medals and boards; then each page is asked for over and over by
eight browsers that keep their connections, and so is a bare Flask view that answers "hello", under the same gunicorn
as the portal's, in this one run. Rounds alternate after one that does not count; medians are shown, and the ratio to
the bare view, which says more than requests a second do, since machines differ and have their moods.
"""

import argparse
import multiprocessing
import selectors
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from flask import Flask
from sqlalchemy import event, text

from benchmarks.places import application, places
from benchmarks.recognition import print_table
from portal import create_app, up
from portal.access import SECRET
from portal.domain import accounts, displays, imports, recording, snapshots
from portal.domain.activities import Batch
from portal.domain.submissions import Submission
from portal.extensions import db

BROWSERS = 8
AT_ONCE = 5000
PAGES = {
    "dashboard": "/",
    "catalogue": "/badges",
    "history": "/history",
    "board": "/leaderboards/points/monthly",
    "TV poll": "/tv/boards",
}
KINDS = ("hours_logged", "hours_logged", "hours_logged", "task_completed", "project_completed", "training_completed")


def main() -> None:
    """Measures and prints a table for each database."""
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="laurels-bench-") as name, places(Path(name)) as found:
        print(f"{options.volunteers:,} volunteers; {BROWSERS} connections; medians of {options.rounds} rounds\n")
        for place in found:
            columns = measured(place.fresh(), options)
            print(place.name)
            print_table(columns)
            print()


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("--volunteers", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=3, help="how long each page is asked for in a round")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def measured(url: str, options: argparse.Namespace) -> list[tuple[str, dict[str, str]]]:
    """The table's columns: the bare view, then each page."""
    with application(url):
        secrets = furnish(options.volunteers, datetime.now(UTC))
    portal = create_app(SQLALCHEMY_DATABASE_URI=url, RATELIMIT_ENABLED=False)
    cookies = {path: cookie(portal, secrets, path) for path in PAGES.values()}
    with served(portal) as there, served(bare()) as port:
        asked = {"bare Flask view": Asked(port, "/")}
        asked |= {name: Asked(there, path, cookies[path]) for name, path in PAGES.items()}
        asked["TV poll"].remember_etag()
        speeds: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(options.rounds + 1):
            for name, one in asked.items():
                speeds[name].append(one.a_second(options.seconds))
    base = median(speeds["bare Flask view"][1:])
    return [
        (name, row(portal, one, median(speeds[name][1:]), base, cookies.get(one.path))) for name, one in asked.items()
    ]


def row(portal: Flask, asked: "Asked", speed: float, base: float, cookie: str | None) -> dict[str, str]:
    """What is said of a page."""
    said = {"requests a second": f"{speed:,.0f}", "ratio": f"{speed / base:.2f}", "bytes": f"{asked.bytes:,}"}
    if cookie is None:
        return said | {"statements": ""}
    return said | {"statements": str(statements(portal, asked.path, cookie))}


def bare() -> Flask:
    """An application with one view."""
    app = Flask("bare")
    app.add_url_rule("/", "hello", lambda: "hello")
    return app


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """Serves an application as the portal is served; the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = multiprocessing.get_context("fork").Process(target=up.Web(app, f"127.0.0.1:{port}").run)
    server.start()
    while not up.answers("127.0.0.1", port):
        time.sleep(0.1)
    yield port
    server.terminate()
    server.join()


@dataclass
class Asked:
    """A page that is asked for over and over."""

    port: int
    path: str
    cookie: str = ""
    etag: str = ""
    bytes: int = 0
    pieces: bytes = field(default=b"", repr=False)

    @property
    def request(self) -> bytes:
        """What a browser sends."""
        lines = [f"GET {self.path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip", f"Cookie: {self.cookie}"]
        lines += [f"If-None-Match: {self.etag}"] if self.etag else []
        return "\r\n".join([*lines, "", ""]).encode()

    def remember_etag(self) -> None:
        """From now on asks only for what has changed, as televisions do."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            head = whole(connection, self.request).partition(b"\r\n\r\n")[0].decode()
        self.etag = next(line.partition(": ")[2] for line in head.split("\r\n") if line.lower().startswith("etag"))

    def a_second(self, seconds: float) -> float:
        """How many answers come in a second."""
        chooser, answers = selectors.DefaultSelector(), 0
        for _ in range(BROWSERS):
            connection = socket.create_connection(("127.0.0.1", self.port))
            chooser.register(connection, selectors.EVENT_READ, [b""])
            connection.sendall(self.request)
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            for key, _events in chooser.select(timeout=1):
                key.data[0] += key.fileobj.recv(1 << 20)
                if size := complete(key.data[0]):
                    refuse_errors(key.data[0], self.path)
                    answers, self.bytes, key.data[0] = answers + 1, size, b""
                    key.fileobj.sendall(self.request)
        took = time.perf_counter() - began
        for key in list(chooser.get_map().values()):
            key.fileobj.close()
        chooser.close()
        return answers / took


def whole(connection: socket.socket, request: bytes) -> bytes:
    """One answer."""
    connection.sendall(request)
    answer = b""
    while not complete(answer):
        answer += connection.recv(1 << 20)
    return answer


def complete(answer: bytes) -> int:
    """How many bytes an answer has, head included; 0 while something is missing."""
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return 0
    if head.startswith(b"HTTP/1.1 304"):
        return len(answer)
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return len(answer) if len(body) >= length else 0


def refuse_errors(answer: bytes, path: str) -> None:
    """Raises RuntimeError for an answer that is no page."""
    if answer[9:12] not in (b"200", b"304"):
        raise RuntimeError(f"{path}: {answer[:200]!r}")


def statements(portal: Flask, path: str, cookie: str) -> int:
    """How many statements a page asks the database."""
    heard: list[str] = []
    with portal.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *said: heard.append(said[2]))
    client = portal.test_client(use_cookies=False)
    for _ in range(2):  # the second time, what is kept is kept
        heard.clear()
        client.get(path, headers={"Cookie": cookie})
    return len([one for one in heard if one != "BEGIN"])


def cookie(portal: Flask, secrets: dict[str, str], path: str) -> str:
    """With which a volunteer, or a television, asks for a page."""
    if path.startswith("/tv"):
        return f"display={secrets['display']}"
    signer = portal.session_interface.get_signing_serializer(portal)
    kept = {SECRET: secrets["sign_in"], "csrf_token": "the token that the first page left", "_permanent": True}
    return f"{portal.config['SESSION_COOKIE_NAME']}={signer.dumps(kept)}"


def furnish(number: int, now: datetime) -> dict[str, str]:
    """So many volunteers with a year of activity, counted, on boards; the secrets of a sign-in and of a display."""
    batch = Batch(kind="import", name="a year", source="made up", quiet=True, created_at=now, finished_at=now)
    db.session.add(batch)
    db.session.commit()
    who: list[int] = []
    for start in range(0, number, AT_ONCE // 10):
        rows = list(year_of(range(start, min(start + AT_ONCE // 10, number)), now))
        verdicts = recording.record(rows, source="made up", now=now, batch=batch, creates_people=True)
        who += sorted({one.volunteer_id for one in verdicts})
        db.session.commit()
    imports.count([(one, 20) for one in who], now=now, each=lambda _number: None)
    snapshots.refresh(now=now, everything=True)
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE"))  # which it does by itself within a minute
        db.session.commit()
    return let_in(who[0], now)


def year_of(people: range, now: datetime) -> Iterator[Submission]:
    """What these volunteers did: the first of all something on most days, the others twenty things each."""
    random = Random(people.start)
    for one in people:
        for thing in range(300 if one == 0 else 20):
            kind = random.choice(KINDS)
            yield Submission(
                event_type=kind,
                quantity=str(random.randint(2, 16) / 4) if kind == "hours_logged" else "",
                occurred_at=(now - timedelta(days=thing + 1 if one == 0 else random.randint(1, 360)))
                .date()
                .isoformat(),
                volunteer_email=f"helper{one}@example.org",
                volunteer_name=f"Helper {one} {'ABCDEFGHIJ'[one % 10]}.",
                external_id=f"{one}-{thing}",
                reference_name="Soup kitchen",
            )


def let_in(volunteer_id: int, now: datetime) -> dict[str, str]:
    """A sign-in of a volunteer, and a display."""
    volunteer = db.session.get_one(recording.Volunteer, volunteer_id)
    given = {"email": volunteer.email, "name": volunteer.name, "password": "a password", "role": "volunteer"}
    user = accounts.add_user(**given, volunteer=volunteer, now=now)
    secrets = {"sign_in": accounts.sign_in(user, browser="benchmark", now=now)}
    secrets["display"] = displays.add(
        "Hall", ["points/monthly", "hours/monthly", "medals", "join"], 20, by=None, now=now
    )[1]
    db.session.commit()
    return secrets


if __name__ == "__main__":
    main()

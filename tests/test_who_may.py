"""Who may do what: every route has its rows in who_may.csv, and everybody who stands there tries each of them.

A row says a method, a route, what it is about, and what each person is answered: the status, or 'sign-in' for who is
sent there. Forms come almost empty, so that 422 is what many are told who may send them.
"""

import csv
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from shutil import copy

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.access import is_static
from portal.domain import (
    accounts,
    activities,
    avatars,
    awarding,
    conferring,
    displays,
    invitations,
    layouts,
    members,
    pausing,
    second_factors,
    sign_ups,
    uploads,
)
from portal.domain.accounts import Role
from portal.domain.achievements import Completion
from portal.domain.activities import Activity
from portal.domain.badges import VolunteerBadge
from portal.domain.layouts import Layout
from portal.domain.mail_choices import Way
from portal.domain.portraits import Portrait
from portal.domain.problems import RejectedRow
from portal.domain.volunteers import Visibility
from portal.extensions import db
from portal.web import letters
from tests import company, people
from tests.conftest import application
from tests.web.reading import signed_in

TABLE = Path(__file__).with_name("who_may.csv")
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines(), skipinitialspace=True))
SIGNED_IN = {"volunteer": "ada", "another": "ben", "coordinator": "grace", "admin": "linus"}
"""Who sits at these browsers. What a row is about is Ada's."""
BROWSERS = ("nobody", *SIGNED_IN, "display")
TOKENS = {
    "reads": ("ada", "read"),
    "another reads": ("ben", "read"),
    "desk reads": ("grace", "read"),
    "records": ("grace", "record"),
    "awards": ("grace", "award"),
    "defines": ("linus", "define"),
    "administers": ("linus", "admin"),
}
"""Whose token each of these is, and the one scope that it has."""
PEOPLE = (*BROWSERS, *TOKENS)
API = "/api/"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
NOBODYS = 999_999
"""A number that nothing has."""
SEEN = {"screens", "tokens"}
"""A display's poll writes down that it was seen, a token's use that it was used, and nothing else."""


def named(row: dict[str, str]) -> str:
    """'GET /badges/<int:badge_id> (a secret badge)'."""
    about = f" ({row['about']})" if row["about"] else ""
    return f"{row['method']} {row['route']}{about}"


def rows(*methods: str, of: str = "") -> list:
    """The rows with these methods and with something in their route, each to be a test of its own."""
    found = [row for row in ROWS if row["method"] in (methods or ("GET", "POST")) and of in row["route"]]
    return [pytest.param(row, id=named(row)) for row in found]


def needs_no_token(row: dict[str, str]) -> bool:
    """Whether it does without a form's token: for other systems, and for mail programs."""
    return is_api(row) or row["route"].startswith("/unsubscribe/")


def is_api(row: dict[str, str]) -> bool:
    """Whether it is a route for other systems, which know no forms."""
    return row["route"].startswith(API)


class House:
    """The portal with its people and their things; whatever somebody does there, the next one finds it as it was."""

    def __init__(self, app: Flask, file: sqlite3.Connection):
        self.app, self.file, self.kept = app, file, sqlite3.connect(":memory:")
        with app.app_context():
            self.things = things()
            self.headers = {who: token(*whose) for who, whose in TOKENS.items()}
            _display, link = displays.add("Hall", ["points/monthly"], 20, by=None, now=people.NOW)
            db.session.commit()
        self.things["a display's link"] = {"token": link}
        self.cookies = {who: self.cookie(SIGNED_IN.get(who)) for who in PEOPLE}
        self.displays = {"display": link}
        self.csrf_token = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps("a form's")
        file.backup(self.kept)
        self.version = self.read_version()

    def cookie(self, name: str | None) -> str:
        """The session of a browser that has seen a form before, signed in as somebody or not."""
        browser = signed_in(self.app, f"{name}@example.org") if name else self.app.test_client()
        with browser.session_transaction() as session:
            session["csrf_token"] = "a form's"
        return browser.get_cookie("laurels").value

    def browser(self, who: str) -> FlaskClient:
        """Somebody's browser, or another system, just opened, each in a network of its own."""
        browser = self.app.test_client()
        browser.environ_base["REMOTE_ADDR"] = f"192.0.2.{PEOPLE.index(who) + 1}"
        browser.set_cookie("laurels", self.cookies[who])
        if who in self.displays:
            browser.set_cookie("display", self.displays[who], path="/tv")
        return browser

    def address(self, row: dict[str, str], **other) -> str:
        """The address of what a row is about, or of other things."""
        given = self.things.get(row["about"], {}) | other
        return PARAMETER.sub(lambda found: str(given[found[1]]), row["route"])

    def answer(self, who: str, method: str, address: str, form: dict | None = None) -> TestResponse:
        """What somebody is answered; a form is empty but for its token, unless it is given."""
        content = {"json": {}} if address.startswith(API) else {"data": self.form if form is None else form}
        sent = content if method == "POST" else {}
        return self.browser(who).open(address, method=method, headers=self.headers.get(who), buffered=True, **sent)

    @property
    def form(self) -> dict[str, str]:
        """The least that a form sends."""
        return {"csrf_token": self.csrf_token}

    def read_version(self) -> int:
        """A number that is another one as soon as anybody wrote anything."""
        return self.file.execute("PRAGMA data_version").fetchone()[0]

    def changes(self) -> set[str]:
        """The tables in which something is not as it was in the beginning; now it is so again."""
        if self.read_version() == self.version:
            return set()
        names = [name for (name,) in self.kept.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name for name in names if content(self.file, name) != content(self.kept, name)}
        self.kept.backup(self.file)
        self.version = self.read_version()
        return found


def content(file: sqlite3.Connection, table: str) -> list[tuple]:
    """All that is in a table."""
    return file.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()


def token(name: str, scope: str) -> dict[str, str]:
    """The header with which a system of somebody's comes."""
    user = accounts.by_email(f"{name}@example.org")
    _row, secret = accounts.add_token(user, name="till", scopes=[scope], now=people.NOW, days=None)
    return {"Authorization": f"Bearer {secret}"}


def things() -> dict[str, dict]:
    """What rows are about, as parameters of their routes. Most of it is Ada's."""
    ada, ben, zoe = people.join("Ada Bell"), people.join("Ben Okafor"), people.join("Zoe Hart")
    zoe.visibility = Visibility.UNLISTED
    user = people.sign_up("Ada Bell", Role.VOLUNTEER, volunteer=ada)
    people.sign_up("Ben Okafor", Role.VOLUNTEER, volunteer=ben)
    grace, linus = people.grace(), people.linus()
    counted, *_others = people.count(people.did(quantity=3), people.did(quantity=2, volunteer_email="zoe@example.org"))
    secret = people.medal(is_secret=True)
    awarding.grant(secret, to=ada, by=grace, reason="Three nights", now=people.NOW)
    people.record(people.did(), status="awaiting_review", source="portal")
    batch = uploads.take(BytesIO(b"event_type\n"), "may.csv", quiet=True, by=grace, now=people.NOW)
    db.session.add(RejectedRow(batch_id=batch.id, number=2, column="quantity", reason="None.", cells={"quantity": "?"}))
    layouts.remember(["Wer", "Wann"], Layout({"volunteer_email": 0, "date": 1}), by=grace, now=people.NOW)
    group = activities.group("The fair", size=1, by=grace, now=people.NOW)
    awarding.award(5, to=ben, by=grace, reason="The fair", now=people.NOW, batch_id=group.id)
    pause = pausing.take(ada, people.NOW.date(), people.NOW.date(), now=people.NOW)
    app_of_hers = second_factors.begin_app(user, people.NOW)
    app_of_hers.confirmed_at = people.NOW
    accounts.sign_in(user, browser="hers", now=people.NOW)
    cleo = invitations.invite(
        email="cleo@example.org", name="Cleo", role="volunteer", joins=True, by=grace, now=people.NOW
    )
    asks = {"email": "dora@example.org", "name": "Dora", "password": "a good long password", "why": "", "code": None}
    dora = sign_ups.ask(**asks, confirmed=True, now=people.NOW)
    till = accounts.add_token(linus, name="till", scopes=["read"], now=people.NOW, days=None)[0]
    display = displays.add("Kitchen", ["hours/weekly"], 20, by=linus, now=people.NOW)[0]
    for one in (ada, zoe):
        portrait = Portrait(one.name.split()[0].lower(), b"small", b"large")
        avatars.keep(one, portrait, by=user, now=people.NOW)
    people.refresh()
    first = db.session.scalars(select(VolunteerBadge).order_by(VolunteerBadge.id)).first()
    waiting = db.session.scalars(select(Activity).where(Activity.status == "awaiting_review")).one()
    earned = db.session.scalar(select(Completion.id).where(Completion.activity_id.is_not(None)).limit(1))
    heart = people.define("custom", {"by_hand": True})
    conferred = conferring.confer(heart, to=ada, by=grace, reason="The fair", now=people.NOW)
    fresh = people.define("hours_logged", {"hours_required": 900})
    north, pair = company.team("North", ada, ben, zoe, by=linus), company.team("Pair", ada, zoe, by=linus)
    retired = company.team("Retired", ada, ben, zoe, by=linus)
    members.retire(retired, by=linus, now=people.NOW)
    board = {"kind": "points", "timeframe": "monthly"}
    return {
        "a team": {"team_id": north.id, "volunteer_id": ada.id, **board},
        "a small team": {"team_id": pair.id, "volunteer_id": ada.id, **board},
        "a retired team": {"team_id": retired.id, "volunteer_id": ada.id, **board},
        "a team by smiles": {"team_id": north.id, "kind": "smiles", "timeframe": "monthly"},
        "a goal": {"goal_id": company.goal(10, by=linus).id},
        "a picture": {"volunteer_id": ada.id, "size": 96, "name": "ada"},
        "a hidden picture": {"volunteer_id": zoe.id, "size": 320, "name": "zoe"},
        "a volunteer": {"volunteer_id": ada.id},
        "an unlisted volunteer": {"volunteer_id": zoe.id},
        "hours that count": {"activity_id": counted},
        "hours that wait": {"activity_id": waiting.id},
        "a badge": {"badge_id": first.badge_id},
        "a badge of nobody": {"badge_id": people.medal().id},
        "a secret badge": {"badge_id": secret.id},
        "a badge held": {"held_id": first.id},
        "an achievement": {"achievement_id": 1},
        "an achievement of nobody": {"achievement_id": fresh.id},
        "a pause": {"pause_id": pause.id},
        "an achievement by hand": {"completion_id": conferred.id},
        "a completion": {"completion_id": earned},
        "an import": {"batch_id": batch.id},
        "a layout": {"layout_id": layouts.all_remembered()[0].id},
        "a group's points": {"batch_id": group.id},
        "a user": {"user_id": user.id},
        "a second factor": {"factor_id": app_of_hers.id},
        "a sign-in": {"sign_in_id": db.session.scalars(select(accounts.SignIn.id)).one()},
        "an invitation": {"invitation_id": cleo.id},
        "a sign-up": {"sign_up_id": dora.id},
        "a token": {"token_id": till.id},
        "a display": {"display_id": display.id},
        "a board": {"kind": "points", "board": "points", "timeframe": "monthly"},
        "this month": {"kind": "points", "timeframe": "monthly", "period": "2026-05"},
        "no month": {"kind": "points", "timeframe": "monthly", "period": "2026-13"},
        "no board": {"kind": "smiles", "board": "smiles", "timeframe": "monthly"},
        "a rule": {"event_type": "hours_logged"},
        "no rule": {"event_type": "smiles"},
        "a way out of mails": {"token": letters.token(ada, Way.DAILY)},
        "a wrong link": {"token": "guessed", "secret": "guessed", "kind": "password", "code": "guessed"},
    }


@pytest.fixture(scope="module")
def house(sqlite_template, tmp_path_factory) -> Iterator[House]:
    """The portal, on a Wednesday in May at noon."""
    path = copy(sqlite_template, tmp_path_factory.mktemp("house") / "laurels.db")
    with (
        time_machine.travel(people.NOW, tick=False),
        application(f"sqlite:///{path}") as app,
        closing(sqlite3.connect(path)) as file,
    ):
        yield House(app, file)


def short(answer: TestResponse) -> str:
    """An answer as the table has it."""
    to_sign_in = answer.status_code == 302 and answer.location.partition("?")[0] == "/sign-in"
    return "sign-in" if to_sign_in else str(answer.status_code)


def test_every_route_has_its_row_and_every_row_its_route(house):
    routes = {
        (method, rule.rule)
        for rule in house.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not is_static(rule.endpoint)
    }
    assert {(row["method"], row["route"]) for row in ROWS} == routes
    assert len({named(row) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", rows())
def test_everybody_may_do_what_the_table_says_and_nothing_else(house, row):
    answers, changed = {}, {}
    for who in PEOPLE:
        answers[who] = short(house.answer(who, row["method"], house.address(row)))
        changed[who] = house.changes()
    assert answers == {who: row[who] for who in PEOPLE}
    assert {who for who, tables in changed.items() if tables - SEEN} <= may_write(row)


def may_write(row: dict[str, str]) -> set[str]:
    """Who may change something by this: those whose form was good. Signing out without being signed in is no change."""
    leaving = row["route"] == "/sign-out"
    return {who for who in PEOPLE if row["method"] == "POST" and (row[who] in ("200", "302") or leaving)}


@pytest.mark.parametrize("row", [one for one in rows("POST") if not needs_no_token(one.values[0])])
def test_a_form_that_comes_from_elsewhere_changes_nothing(house, row):
    """The API is left out, which knows no cookies, and so no forms; and the way out of mails, whose link is a token."""
    for who, form in (("nobody", {}), ("volunteer", {}), ("admin", {}), ("admin", {"csrf_token": "guessed"})):
        assert short(house.answer(who, "POST", house.address(row), form)) == "400"
        assert house.changes() == set()


@pytest.mark.parametrize("row", rows(of="<int:"))
def test_what_is_not_for_somebody_looks_like_what_does_not_exist(house, row):
    for who in TOKENS if is_api(row) else ("nobody", "volunteer", "another", "coordinator"):
        nowhere = house.answer(who, row["method"], elsewhere(house, row, NOBODYS))
        assert short(nowhere) == (row[who] if row[who] in ("sign-in", "401", "403") else "404")
        if row[who] == "404":
            there = house.answer(who, row["method"], house.address(row))
            assert (there.data, there.headers) == (nowhere.data, nowhere.headers)
        assert house.changes() <= SEEN


def elsewhere(house: House, row: dict[str, str], number: int) -> str:
    """The address of a row with another number in it."""
    return house.address(row, **{PARAMETER.search(row["route"])[1]: number})


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 10**30])
def test_numbers_that_no_database_gives_away_are_nowhere(house, number):
    found = {}
    for row in (row for row in ROWS if "<int:" in row["route"]):
        who = next((who for who in PEOPLE if row[who] in ("200", "302", "409", "422")), "admin")
        found[row["method"], row["route"]] = house.answer(who, row["method"], elsewhere(house, row, number)).status_code
    assert {route: status for route, status in found.items() if status not in (404, 405)} == {}
    assert house.changes() <= SEEN


def test_addresses_take_no_other_kind_of_request(house):
    for route in {row["route"]: row for row in ROWS}.values():
        known = {row["method"] for row in ROWS if row["route"] == route["route"]}
        for method in {"GET", "POST", "DELETE"} - known:
            assert house.answer("nobody", method, house.address(route)).status_code == 405
    assert house.changes() == set()

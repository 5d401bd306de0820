"""Secret badges and unlisted people are not there for others: in no page, partial, answer, picture, header or length.

There are two portals, alike but for what is hidden in one of them: a secret badge that two hold, with all that leads
to it, and somebody who is unlisted. Wherever somebody else looks who holds nothing of it, both answer the same.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from io import BytesIO
from itertools import product
from shutil import copy

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.access import SECRET, is_static
from portal.domain import accounts, avatars, awarding, displays, members, showcase, uploads
from portal.domain.accounts import Role, User
from portal.domain.achievements import Achievement
from portal.domain.activities import Activity, Batch, EventType
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.goals import Goal
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.notifications import Notification
from portal.domain.portraits import Portrait
from portal.domain.showing import EVERY_PANEL
from portal.domain.teams import Team
from portal.domain.volunteers import Visibility, Volunteer
from portal.extensions import db, limiter
from tests import company, people
from tests.conftest import application
from tests.web.reading import Page, page, signed_in

MARK = "zyx"
"""Stands in every text that is hidden, and nowhere else."""
SIGNED_IN = ("ada", "ben", "cleo", "grace", "linus")
VIEWERS = ("nobody", "volunteer", "display", "token")
OWL, FEAT = "Zyxowl of the Night", "Zyxfeat"
TODAY = people.NOW.date()
MADE_UP = re.compile(rb'(name="idempotency_key"[^>]*value="|data-options=")[^"]*')
"""What is another one in a page each time: the keys of forms, and what passkeys are asked."""
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
KINDS = {
    "volunteer_id": Volunteer,
    "badge_id": Badge,
    "achievement_id": Achievement,
    "activity_id": Activity,
    "held_id": VolunteerBadge,
    "batch_id": Batch,
    "user_id": User,
    "display_id": displays.Display,
    "token_id": accounts.Token,
    "team_id": Team,
    "goal_id": Goal,
}
"""What the numbers in addresses count."""
WORDS = {
    "kind": (*LeaderboardType, "smiles"),
    "board": (*LeaderboardType, "smiles"),
    "timeframe": (*Timeframe, "daily"),
    "period": ("2026-05", "2026-W21"),
    "event_type": EventType,
    "secret": ("guessed",),
    "size": (96, 320, 7),
    "name": ("ada", "zyxpicture", "guessed"),
    "code": ("guessed",),
}
"""What else may stand in an address."""
SEARCHES = ("zyx", "Zyxanna", "ZYXBERG", "zyxnick", "zyxmail@example.org", "zyx-7", "berg", "owl", "nna Zyx", "Z.")
"""Parts of what is hidden."""
ASKED = {
    "/badges": ("show=earned", "show=open"),
    "/leaderboards": ("after=1", "before=3", *(f"q={words.replace(' ', '+')}" for words in SEARCHES)),
    "/leaderboards/points/all_time": tuple(f"q={words.replace(' ', '+')}" for words in SEARCHES),
    "/leaderboards/hours/all_time": ("after=1", "q=zyx"),
    "/history": ("show=earned", "show=given", "show=hours"),
    "/people": ("q=zyx", "status=unlisted"),
    "/awards/suggestions": ("query=zyx",),
    "/awards/new": ("to=5", "badge=15"),
    "/teams": ("after=1",),
    "/teams/1": ("after=1", "before=3"),
    "/leaderboards/teams/hours/all_time": ("after=1",),
    "/teams/1/members/suggestions": ("query=zyx",),
}
"""What can be asked for beside."""


class Portal:
    """One of the two portals, and the ways in which people look at it."""

    def __init__(self, app: Flask, secrets: dict[str, str]):
        self.app, self.secrets = app, secrets
        self.csrf_token = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps("a form's")

    def browser(self, who: str) -> FlaskClient:
        """Somebody's browser, or another system; for `volunteer` Ben's, who holds nothing secret."""
        browser = self.app.test_client()
        with browser.session_transaction() as session:
            session["csrf_token"] = "a form's"
            if (name := "ben" if who == "volunteer" else who) in SIGNED_IN:
                session[SECRET] = self.secrets[name]
        if who == "display":
            browser.set_cookie("display", self.secrets["display"], path="/tv")
        if who == "token":
            browser.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.secrets['ben reads']}"
        return browser

    def read(self, who: str, address: str) -> Page:
        """A page as somebody reads it."""
        return page(self.browser(who).get(address))

    def api(self, name: str, address: str) -> dict:
        """What the API says to a system of somebody's."""
        headers = {"Authorization": f"Bearer {self.secrets[f'{name} reads']}"}
        return self.app.test_client().get(f"/api/v1{address}", headers=headers).get_json()

    def id_of(self, model: type, name: str) -> int:
        """The number of what has this name."""
        with self.app.app_context():
            return db.session.scalars(select(model.id).where(model.name == name)).one()

    def count(self, model: type) -> int:
        """The largest number that there is of a kind."""
        with self.app.app_context():
            return db.session.scalar(select(func.max(model.id))) or 0


# --- What there is --------------------------------------------------------------------------------------------------


def furnish() -> dict[str, str]:
    """What is alike in both: Ada, Ben, Cleo and what they did. Returns the secrets with which others come in."""
    grace = people.grace()
    people.linus()
    for name, days in {"Ada Bell": range(4), "Ben Okafor": range(2, 5), "Cleo Stone": range(5, 8)}.items():
        user = people.sign_up(name, Role.VOLUNTEER, volunteer=people.join(name))
        people.count(*people.days(*days, kind=people.HOURS, quantity=4, volunteer_email=user.email))
    people.count(people.did(people.HOURS, 2, TODAY, volunteer_email="ben@example.org"))
    people.medal(name="Lantern", description="For light")
    people.define("hours_logged", {"hours_required": 900}, name="Nine hundred")
    ada = accounts.by_email("ada@example.org")
    avatars.keep(ada.volunteer, Portrait("ada", b"small ada", b"large ada"), by=ada, now=people.NOW)
    _display, link = displays.add("Hall", list(EVERY_PANEL), 20, by=grace, now=people.NOW)
    uploads.take(BytesIO(b"event_type\n"), "may.csv", quiet=True, by=grace, now=people.NOW)
    crew = [accounts.by_email(f"{name}@example.org").volunteer for name in ("ada", "ben", "cleo")]
    linus = accounts.by_email("linus@example.org")
    company.goal(100, by=linus, team_id=company.team("North", *crew, by=linus).id)
    company.goal(1000, by=linus, first_on=TODAY)
    given = {"display": link}
    for name in SIGNED_IN:
        user = accounts.by_email(f"{name}@example.org")
        given[name] = accounts.sign_in(user, browser="test", now=people.NOW)
        given[f"{name} reads"] = accounts.add_token(user, name="till", scopes=["read"], now=people.NOW, days=None)[1]
    db.session.commit()
    return given


def hide() -> None:
    """What is only in one of them, and worth no points: those could be seen in totals, and may be."""
    secret = people.medal(
        0,
        is_secret=True,
        name=OWL,
        description="Zyxdescription",
        icon_url="https://zyxicon.example.org/zyx.png",
        category="leadership",
        rarity="legendary",
    )
    people.define("consecutive_days", {"days_required": 4}, badge=secret, is_secret=True, name=FEAT)
    lantern = db.session.scalars(select(Badge).where(Badge.name == "Lantern")).one()
    people.define("hours_logged", {"hours_required": 500}, badge=lantern, is_secret=True, name="Zyxway to the lantern")
    for name in ("Nine hundred", "10 Hour Milestone"):
        achievement = db.session.scalars(select(Achievement).where(Achievement.name == name)).one()
        achievement.badge_id = secret.id
    ada, cleo, grace = (accounts.by_email(f"{name}@example.org") for name in ("ada", "cleo", "grace"))
    awarding.grant(secret, to=cleo.volunteer, by=grace, reason="Zyxreason", now=people.NOW - 10 * people.DAY)
    db.session.commit()
    people.settle(ada.volunteer_id, cleo.volunteer_id)
    for held in db.session.scalars(select(VolunteerBadge).where(VolunteerBadge.badge_id == secret.id)):
        showcase.add(held)
    somebody_unlisted(grace)
    small = company.team("Zyxteam", ada.volunteer, cleo.volunteer, by=grace, sort="zyxsort")
    company.goal(3, by=grace, team_id=small.id, title="Zyxgoal")


def somebody_unlisted(grace: User) -> None:
    """Anna, who did more than everybody else, and does not want to be seen."""
    anna = people.join("Zyxanna Zyxberg", email="zyxmail@example.org", nickname="Zyxnick", external_id="zyx-7")
    people.sign_up("Zyxanna Zyxberg", Role.VOLUNTEER, volunteer=anna)
    anna.visibility = Visibility.UNLISTED
    avatars.keep(anna, Portrait("zyxpicture", b"zyxsmall", b"zyxlarge"), by=grace, now=people.NOW)
    about = {"volunteer_email": "zyxmail@example.org", "reference_name": "Zyxgarden", "description": "Zyxdeed"}
    people.count(people.did(people.PROJECT, "", TODAY, **about), people.did(people.HOURS, 20, people.MONDAY, **about))
    people.record(people.did(people.HOURS, 2, TODAY, **about), status="awaiting_review", source="portal")
    awarding.award(100, to=anna, by=grace, reason="Zyxthanks", now=people.NOW)
    awarding.grant(db.session.get_one(Badge, 7), to=anna, by=grace, reason="Zyxgift", now=people.NOW)
    db.session.commit()


@pytest.fixture(scope="module")
def both(sqlite_template, tmp_path_factory) -> Iterator[tuple[Portal, Portal]]:
    """The portal in which something is hidden, and the one in which nothing is; on a Wednesday in May at noon."""
    folder = tmp_path_factory.mktemp("both")
    plain, marked = copy(sqlite_template, folder / "plain.db"), folder / "marked.db"
    with ExitStack() as stack:
        stack.enter_context(time_machine.travel(people.NOW, tick=False))
        app = stack.enter_context(application(f"sqlite:///{plain}"))
        with app.app_context():
            secrets = furnish()
        with sqlite3.connect(plain) as file:
            file.execute("VACUUM INTO ?", (str(marked),))
        other = stack.enter_context(application(f"sqlite:///{marked}"))
        with other.app_context():
            hide()
        for one in (app, other):
            with one.app_context():
                people.refresh(everything=True)
        yield Portal(other, secrets), Portal(app, secrets)


@pytest.fixture(scope="module")
def marked(both) -> Portal:
    """The portal in which something is hidden."""
    return both[0]


@pytest.fixture(scope="module")
def seen(both) -> dict[str, tuple[dict, dict]]:
    """All that others see, in the one and in the other."""
    requests = list(everything(both[0]))
    return {who: tuple(walk(portal, who, requests) for portal in both) for who in VIEWERS}


# --- Where others look ----------------------------------------------------------------------------------------------


def everything(portal: Portal) -> Iterator[tuple[str, str]]:
    """Every address that there is, with all parameters that exist; then what a volunteer may try with forms."""
    numbers = {name: range(1, portal.count(model) + 2) for name, model in KINDS.items()}
    given = numbers | WORDS | {"token": (portal.secrets["display"], "guessed")}
    for rule in portal.app.url_map.iter_rules():
        if "GET" in rule.methods and not is_static(rule.endpoint):
            names = PARAMETER.findall(rule.rule)
            for values in product(*(given[name] for name in names)):
                address = fill(rule.rule, dict(zip(names, values, strict=True)))
                yield "GET", address
                yield from (("GET", f"{address}?{query}") for query in ASKED.get(address, ()))
    yield from (("GET", f"/badges/1?older={number}") for number in numbers["held_id"])
    yield from (("POST", f"/badges/{number}/showcase") for number in numbers["badge_id"])
    for what in ("change", "withdrawal"):
        yield from (("POST", f"/hours/{number}/{what}") for number in numbers["activity_id"])
    yield "POST", "/sign-in?as=zyxmail"


def fill(rule: str, values: dict[str, object]) -> str:
    """A route with its parameters."""
    return PARAMETER.sub(lambda found: str(values[found[1]]), rule)


def walk(portal: Portal, who: str, requests: Iterable[tuple[str, str]]) -> dict[str, tuple]:
    """What somebody is answered wherever they go; pages also the way htmx asks for them."""
    limiter.reset()
    browser, found = portal.browser(who), {}
    form = {"csrf_token": portal.csrf_token, "email": "zyxmail@example.org", "password": "a guess"}
    for method, address in requests:
        sent = {"data": form} if method == "POST" else {}
        answer = found[f"{method} {address}"] = told(browser.open(address, method=method, buffered=True, **sent))
        if answer[0] == 200:
            headers = {"HX-Request": "true"}
            part = browser.open(address, method=method, buffered=True, headers=headers, **sent)
            found[f"{method} {address} by htmx"] = told(part)
    return found


def told(response: TestResponse) -> tuple[int, tuple, bytes]:
    """All that an answer tells: status, headers, text."""
    headers = ((name, opened_cookie(value) if name == "Set-Cookie" else value) for name, value in response.headers)
    return response.status_code, tuple(headers), MADE_UP.sub(rb"\1", response.data)


def legible(answer: tuple) -> str:
    """All of an answer in lower case, its cookies as what they say: by chance, signatures hold any three letters."""
    status, headers, text = answer
    opened = [(name, opened_cookie(value) if name == "Set-Cookie" else value) for name, value in headers]
    return repr((status, opened, text)).lower()


def opened_cookie(value: str) -> str:
    """A signed cookie as what it says, without the secret of the sign-in, which is drawn; another one as it is."""
    name, _, rest = value.partition("=")
    signed, _, terms = rest.partition(";")
    if name != "laurels" or not signed:
        return value
    said = URLSafeSerializer("").load_payload(signed.rsplit(".", 2)[0].encode())
    return repr([{key: one for key, one in said.items() if key not in (SECRET, "passkey")}, terms])


@pytest.mark.parametrize(
    ("who", "addresses"),
    [
        ("nobody", ("/sign-in", "/tv")),
        (
            "volunteer",
            (
                "/",
                "/badges",
                "/badges/1",
                "/achievements",
                "/history",
                "/leaderboards",
                "/volunteers/1",
                "/teams/1",
                "/goals",
            ),
        ),
        ("display", ("/tv", "/tv/boards")),
        ("token", ("/api/v1/volunteers/1/badges", "/api/v1/volunteers/2/points", "/api/v1/leaderboards/hours/weekly")),
    ],
)
def test_others_see_a_lot(seen, who, addresses):
    found, _plain = seen[who]
    assert {found[f"GET {address}"][0] for address in addresses} == {200}


@pytest.mark.parametrize("who", VIEWERS)
def test_what_is_hidden_is_found_nowhere(seen, who):
    found, _plain = seen[who]
    telling = [what for what, answer in found.items() if MARK not in what.lower() and MARK in legible(answer)]
    assert telling == []


@pytest.mark.parametrize("who", VIEWERS)
def test_nothing_is_different_because_something_is_hidden(seen, who):
    found, plain = seen[who]
    assert [what for what in found if found[what] != plain.get(what)] == []
    assert found.keys() == plain.keys()


def test_nobody_else_has_news_of_it(both):
    ben = both[0].id_of(Volunteer, "Ben Okafor")
    inboxes = []
    for portal in both:
        with portal.app.app_context():
            query = select(Notification).where(Notification.volunteer_id == ben).order_by(Notification.id)
            inboxes.append([(one.kind, one.key, one.data) for one in db.session.scalars(query)])
    assert inboxes[0] == inboxes[1] != []


@pytest.mark.parametrize("who", ["volunteer", "display", "token"])
def test_who_hides_is_gone_at_once_from_boards_that_were_made_before(sqlite_app, who):
    with time_machine.travel(people.NOW, tick=False):
        with sqlite_app.app_context():
            secrets = furnish()
            eva = people.join("Zyxeva Zyxman")
            people.count(people.did(people.HOURS, 20, TODAY, volunteer_email="zyxeva@example.org"))
            members.put_in(db.session.get_one(Team, 1), [eva.id], by=db.session.get_one(User, 1), now=people.NOW)
            people.refresh(everything=True)
            eva.visibility = Visibility.UNLISTED
            db.session.commit()
        portal = Portal(sqlite_app, secrets)
        found = walk(portal, who, [one for one in everything(portal) if MARK not in one[1].lower()])
    assert [what for what, answer in found.items() if MARK in legible(answer)] == []


def test_a_teams_sum_counts_who_is_unlisted_and_no_page_says_who(sqlite_app):
    with time_machine.travel(people.NOW, tick=False):
        with sqlite_app.app_context():
            secrets = furnish()
            people.refresh(everything=True)
        portal = Portal(sqlite_app, secrets)
        before = portal.read("volunteer", "/teams/1/hours/all_time").words(".numeral-value")
        with sqlite_app.app_context():
            somebody_unlisted(accounts.by_email("grace@example.org"))
            anna = db.session.scalars(select(Volunteer).where(Volunteer.name.startswith("Zyx"))).one()
            members.put_in(db.session.get_one(Team, 1), [anna.id], by=db.session.get_one(User, 1), now=people.NOW)
            db.session.commit()
            people.refresh(everything=True)
        after = portal.read("volunteer", "/teams/1/hours/all_time").words(".numeral-value")
        found = walk(portal, "volunteer", [one for one in everything(portal) if MARK not in one[1].lower()])
    assert (before, after) == (["42", "14"], ["62", "15.5"])
    assert [what for what, answer in found.items() if MARK in legible(answer)] == []


# --- Who may see it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ada", "cleo"])
def test_who_holds_a_secret_badge_sees_it_on_their_own_pages(marked, name):
    badge = marked.id_of(Badge, OWL)
    own = marked.id_of(Volunteer, {"ada": "Ada Bell", "cleo": "Cleo Stone"}[name])
    for address in ("/", "/badges", f"/badges/{badge}", f"/volunteers/{own}"):
        assert marked.read(name, address).says(OWL), address
    assert marked.browser(name).get(f"/badges/{badge}/medal.svg").status_code == 200
    assert marked.read(name, "/badges").says("All 15")
    assert marked.read("ben", "/badges").says("All 14")
    assert OWL in [one["name"] for one in marked.api(name, f"/volunteers/{own}/badges")["badges"]]


def test_who_completed_a_secret_achievement_sees_it_too(marked):
    own = marked.id_of(Volunteer, "Ada Bell")
    assert marked.read("ada", "/achievements").says(FEAT)
    assert FEAT in [one["name"] for one in marked.api("ada", f"/volunteers/{own}/achievements")["achievements"]]


def test_who_holds_it_sees_it_with_others_who_do(marked):
    assert marked.read("ada", f"/volunteers/{marked.id_of(Volunteer, 'Cleo Stone')}").says(OWL)


def test_coordinators_see_it_and_that_it_is_secret(marked):
    badge, ada = marked.id_of(Badge, OWL), marked.id_of(Volunteer, "Ada Bell")
    on_the_wall = [words for words in marked.read("grace", "/badges").words(".wall-medal") if OWL in words]
    assert [words for words in on_the_wall if "secret" in words] == on_the_wall != []
    assert "secret" in marked.read("grace", f"/badges/{badge}").says(".kicker")
    assert marked.read("grace", f"/people/{ada}").says(f"{OWL} Secret")
    assert marked.read("grace", "/awards/new").says(f"{OWL} (secret), 0 points")
    assert OWL in [one["name"] for one in marked.api("grace", f"/volunteers/{ada}/badges")["badges"]]
    assert marked.read("linus", "/definitions").says(f"{OWL} Secret")


def test_coordinators_see_who_is_unlisted_and_that_they_are(marked):
    anna = marked.id_of(Volunteer, "Zyxanna Zyxberg")
    assert "Unlisted" in marked.read("grace", "/people?q=zyxberg").one("main").text
    assert marked.read("grace", f"/people/{anna}").heading == "Zyxanna Zyxberg"
    assert marked.read("grace", f"/volunteers/{anna}").says("Not listed: other volunteers don’t see this page.")


def test_who_is_unlisted_sees_their_own_page_and_place(marked):
    anna = marked.id_of(Volunteer, "Zyxanna Zyxberg")
    browser = signed_in(marked.app, "zyxanna@example.org")
    assert page(browser.get(f"/volunteers/{anna}")).says("nobody but you and your coordinators sees this page")
    assert page(browser.get("/leaderboards/points/all_time")).says("You")

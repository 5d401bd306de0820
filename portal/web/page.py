"""What all pages share: who is looking, the ways to go, headers, static files, and how a request reads."""

import gzip
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

import brotli
from flask import Flask, Response, abort, current_app, get_flashed_messages, request
from flask.templating import Environment as FlaskEnvironment
from flask_babel import gettext as _
from flask_login import current_user

from portal import database
from portal.access import is_static
from portal.domain import leaderboards, organisation
from portal.domain.accounts import Role, User
from portal.domain.portraits import LARGE, SMALL
from portal.domain.volunteers import Status, Volunteer
from portal.web import language, medals, news_words, starter_words, static, words
from portal.web.addresses import url_for
from portal.web.asked import is_part

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""What browsers are told about every answer."""
WORTH_SQUEEZING = 1024
SQUEEZERS = {"br": partial(brotli.compress, quality=5), "gzip": partial(gzip.compress, compresslevel=3, mtime=0)}
"""Rather quick than tight: the last bytes take as long as all the others."""
THEMES = ("light", "dark")
LOOKING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Link:
    """A way to go. What lies `apart` is a page of another kind: nothing changes in place."""

    label: str
    url: str
    icon: str = ""
    current: bool = False
    short: str | None = None
    note: str | None = None
    quiet: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a page shows them: a name, its initials, perhaps a page, and a picture in two sizes."""

    name: str
    initials: str
    picture: str | None = None
    url: str | None = None
    id: int | None = None
    portrait: str | None = None


class Environment(FlaskEnvironment):
    """Where templates live. Nobody gives one of them globals of its own, so all have the same dictionary: to put two
    on top of each other takes longer, at every import of a component, than the component does."""

    def make_globals(self, d):
        """What a template has besides what it is given."""
        return super().make_globals(d) if d else self.globals


def register(app: Flask) -> None:
    """Binds all this to the application."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"drawn_medal": medals.drawn_medal}
    app.jinja_env.filters |= {"rarity_name": words.rarity, "category_name": words.category}
    app.jinja_env.filters |= {"number": words.number, "in_points": words.points, "listed": words.listed}
    app.jinja_env.filters |= {"translated": starter_words.translated}
    app.jinja_env.globals |= {"static_url": static.static_url, "url_for": url_for}
    app.context_processor(shared)
    app.before_request(refuse_foreign)
    app.before_request(read_or_write)
    app.teardown_request(lambda _error: database.reading.set(False))
    app.after_request(add_headers)
    app.after_request(squeeze)
    static.register(app)


def shared() -> dict:
    """What every page is given. Whoever is signed out gets no more than a name."""
    theme = request.cookies.get("theme")
    given = {
        "theme": theme if theme in THEMES else None,
        "organisation": organisation.setting("organisation_name"),
        "lang": language.language(),
        "direction": language.direction(),
        "demo": _("A demonstration with made-up people.") if current_app.config.get("DEMO") else None,
        "flashes": get_flashed_messages(with_categories=True),
        "home": url_for("dashboard.show"),
    }
    if current_user.is_authenticated:
        log = can_log()
        given |= {"me": as_person(current_user), "nav": ways(), "action": action(log), "menu": menu(), "can_log": log}
        given["bell"], given["away"] = bell(), is_away()
    return given


def initials(name: str) -> str:
    """'Adaeze Okafor' as 'AO'."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def as_person(who: User | Volunteer, url: str | None = None) -> Person:
    """A user by their own name, or a volunteer by the name that others may see."""
    if isinstance(who, Volunteer):
        return somebody(who.shown_name, who.id, who.avatar, url)
    own = who.volunteer
    found = somebody(who.name, own.id, own.avatar, url) if own else Person(who.name, initials(who.name), url=url)
    return replace(found, id=who.id)


def somebody(name: str, volunteer_id: int, avatar: str | None, url: str | None = None) -> Person:
    """A volunteer by a name, with the picture that they have (see `avatars`), if there is one."""
    found = Person(name, initials(name), url=url, id=volunteer_id)
    if avatar is None:
        return found
    picture, portrait = (picture_of(volunteer_id, avatar, size) for size in (SMALL, LARGE))
    return replace(found, picture=picture, portrait=portrait)


def picture_of(volunteer_id: int, avatar: str, size: int) -> str:
    """Where a picture is; the address changes with it."""
    return url_for("avatars.show", volunteer_id=volunteer_id, size=size, name=avatar)


def way(label: str, endpoint: str, icon: str, **more) -> Link:
    """A link to a screen, marked if one is on it."""
    here, blueprint = request.blueprint or "", endpoint.partition(".")[0]
    return Link(label=label, url=url_for(endpoint), icon=icon, current=BELONGS.get(here, here) == blueprint, **more)


def ways() -> list[Link]:
    """The main ways of whoever is signed in, five at most."""
    if current_user.may(Role.COORDINATOR) and not (request.blueprint in VOLUNTEERS_SCREENS and current_user.volunteer):
        return [
            way(_("Desk"), "desk.show", "list-checks"),
            way(_("Hours"), "reviews.index", "clock"),
            way(_("People"), "volunteers.index", "users"),
            way(_("Import"), "imports.index", "upload"),
            *to_boards(),
        ]
    return [
        way(_("Home"), "dashboard.show", "house"),
        way(_("Medals"), "badges.index", "medal"),
        *to_boards(),
        way(_("History"), "history.index", "history"),
    ]


def to_boards() -> list[Link]:
    """The way to the boards; where people are not compared, to what they do together."""
    if not leaderboards.people_are_compared():
        return [way(_("Together"), "goals.index", "list-ordered")]
    return [way(_("Leaderboard"), "leaderboards.show", "list-ordered", short=_("Board"))]


VOLUNTEERS_SCREENS = (
    *("dashboard", "badges", "achievements", "history", "hours", "leaderboards", "results", "profiles"),
    *("teams", "team_boards", "goals", "showcase", "pauses", "notifications", "own_data"),
    *("settings", "inviting"),
)
BELONGS = {"results": "leaderboards", "team_boards": "leaderboards", "showcase": "badges", "sheet_columns": "imports"}
"""Screens that stand behind another."""


def can_log() -> bool:
    """Whether whoever is signed in may write down hours of their own."""
    return current_user.volunteer is not None and bool(organisation.setting("self_logging"))


def action(log: bool) -> Link | None:
    """The one filled action of the header."""
    if log and (request.blueprint in VOLUNTEERS_SCREENS or not current_user.may(Role.COORDINATOR)):
        return Link(label=_("Log hours"), url=url_for("hours.new"), icon="plus")
    if current_user.may(Role.COORDINATOR):
        return Link(label=_("Award"), url=url_for("awards.new"), icon="gift", quiet=True)
    return None


def menu() -> list[Link]:
    """The links under the avatar."""
    links = []
    if current_user.volunteer is not None:
        links.append(way(_("My page"), "dashboard.show", "house"))
        links.append(way(_("Achievements"), "achievements.index", "trophy"))
        links.append(way(_("Goals"), "goals.index", "target"))
    links.append(way(_("Settings"), "settings.show", "settings"))
    if current_user.may(Role.COORDINATOR):
        links.append(way(_("Desk"), "desk.show", "list-checks"))
        links.append(way(_("Teams"), "teams.index", "users"))
        links.append(way(_("Invitations"), "invitations.index", "mail"))
    if current_user.may(Role.ADMIN):
        links.append(way(_("Medals and achievements"), "definitions.index", "medal"))
        links.append(way(_("Point rules"), "rules.index", "target"))
        links.append(way(_("Users"), "users.index", "users"))
        links.append(way(_("Coming in"), "door.index", "log-in"))
        links.append(way(_("Tokens"), "tokens.index", "key-round"))
        links.append(way(_("Boards"), "boards.index", "list-ordered"))
        links.append(way(_("Displays"), "displays.index", "monitor"))
        links.append(way(_("Check-up"), "checkups.index", "check"))
    return links


def is_away() -> bool:
    """Whether whoever is signed in is a volunteer who is not active."""
    return current_user.volunteer is not None and current_user.volunteer.status == Status.INACTIVE


def bell() -> dict | None:
    """The bell in the header, for who has news; parts of pages have no header."""
    if current_user.volunteer is None or is_part():
        return None
    return news_words.bell(current_user.volunteer)


def refuse_foreign() -> None:
    """Nothing is changed by a page of another site, whatever token it got hold of. The API knows no cookies."""
    if request.method in LOOKING or request.path.startswith("/api/"):
        return
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def read_or_write() -> None:
    """Requests that only look don't queue behind writers on SQLite; a view that previews by writing has `writes`."""
    view = current_app.view_functions.get(request.endpoint or "")
    looks = request.method in LOOKING and not getattr(view, "writes", False)
    database.reading.set(looks)


def add_headers(response: Response) -> Response:
    """What browsers are told about every answer; what is personal is kept by nobody."""
    headers = response.headers
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if not is_static(request.endpoint or ""):
        headers.setdefault("Cache-Control", "no-store")
        response.vary.update(("HX-Request", "Cookie", language.DEPENDS_ON))
    return response


def squeeze(response: Response) -> Response:
    """Text goes squeezed to whoever takes it so."""
    if response.status_code == 304 or response.direct_passthrough or response.content_encoding:
        return response
    coding = next((one for one in SQUEEZERS if one in request.accept_encodings), None)
    if (
        coding is None
        or not (response.mimetype.startswith("text/") or response.mimetype in ("application/json", "image/svg+xml"))
        or len(response.get_data()) < WORTH_SQUEEZING
    ):
        return response
    response.set_data(SQUEEZERS[coding](response.get_data()))
    response.content_encoding = coding
    response.vary.add("Accept-Encoding")
    return response

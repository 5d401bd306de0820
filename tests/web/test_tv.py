"""The television in the hall: by a link that leaves the address, for anybody's eyes, costing next to nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain import displays, organisation, showing
from portal.domain.displays import Display
from portal.domain.screens import Screen
from portal.domain.volunteers import Visibility
from portal.extensions import db
from tests import people
from tests.machinery import old_televisions
from tests.web import office
from tests.web.admin import Admin
from tests.web.reading import Page, page, statements

SECOND = timedelta(seconds=1)
STATIC = Path(__file__).parent.parent.parent / "static"
BOARDS = ["points/all_time", "hours/monthly", "projects/weekly", "medals", "join"]


class Hall:
    """An office with a television in its hall, and its clock in our hands."""

    def __init__(self, admin: Admin, clock):
        self.admin, self.clock, self.now = admin, clock, people.NOW
        self.secret = admin.do(lambda: displays.add("Hall", BOARDS, 20, by=None, now=people.NOW)[1])
        self.tv = admin.app.test_client()

    def switch_on(self) -> Page:
        """Opens the link, as one does on a television."""
        return page(self.tv.get(f"/tv/{self.secret}", follow_redirects=True))

    def poll(self, etag: str | None = None):
        """Asks for the boards, two seconds later."""
        self.now += 2 * SECOND
        self.clock.move_to(self.now)
        return self.tv.get("/tv/boards", headers={"If-None-Match": etag} if etag else {})

    def boards(self) -> Page:
        """What it shows two seconds later."""
        return page(self.poll())

    def change(self, name: str, **values) -> None:
        """Changes something about a volunteer."""

        def work() -> None:
            for field, value in values.items():
                setattr(office.volunteer(name), field, value)

        self.admin.do(work)

    def end(self) -> None:
        """Ends the link."""
        self.admin.do(lambda: displays.revoke(db.session.scalars(select(Display)).one(), by=None, now=self.now))


@pytest.fixture
def hall(any_admin):
    with time_machine.travel(people.NOW, tick=False) as clock:
        any_admin.did(people.did(quantity=3), people.did(quantity=1, volunteer_email="ben@example.org"))
        yield Hall(any_admin, clock)


def test_a_link_shows_the_page_and_leaves_its_secret_in_a_cookie(hall):
    answer = hall.tv.get(f"/tv/{hall.secret}")
    shown = page(answer)
    assert (answer.status_code, shown.heading) == (200, "Our volunteers")
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in (hall.secret, "HttpOnly", "SameSite=Lax", "Path=/tv"))
    at = shown.one("#screen")
    assert (at["data-by-cookie"], at["data-home"]) == ("/tv/boards", "/tv")
    assert at["data-url"] == f"/tv/{hall.secret}/boards"


def test_by_its_cookie_a_television_has_no_secret_in_the_page(hall):
    hall.switch_on()
    shown = page(hall.tv.get("/tv"))
    assert (shown.status, shown.heading) == (200, "Our volunteers")
    assert hall.secret not in shown.html
    assert shown.one("#screen")["data-url"] == "/tv/boards"


def test_without_cookies_everything_works_by_the_address(hall):
    hall.tv = hall.admin.app.test_client(use_cookies=False)
    assert page(hall.tv.get(f"/tv/{hall.secret}")).heading == "Our volunteers"
    assert hall.tv.get("/tv/boards").status_code == 410
    found = hall.tv.get(f"/tv/{hall.secret}/boards")
    assert page(found).words(".picture li")[0] == "1 Ada B. 35"
    hall.end()
    hall.clock.move_to(hall.now + 2 * SECOND)
    assert hall.tv.get(f"/tv/{hall.secret}/boards").status_code == 410


TOLD = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@pytest.mark.parametrize("path", ["/tv", "/tv/{secret}", "/tv/{secret}/boards", "/tv/boards"])
def test_no_cache_no_other_site_and_no_search_engine_learns_of_it(hall, path):
    hall.switch_on()
    for _ in range(2):
        answer = hall.tv.get(path.format(secret=hall.secret))
        assert {name: answer.headers[name] for name in TOLD} == TOLD


def test_a_page_with_a_field_for_a_code_tells_our_own_site_where_it_comes_from(hall):
    """With no-referrer a browser sends `Origin: null` with the form, and what comes from nowhere is refused."""
    for path in ("/tv", "/tv/wrong"):
        answer = hall.admin.app.test_client().get(path)
        assert page(answer).has("#code")
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "no-referrer" not in answer.text


def test_it_shows_boards_medals_and_since_when(hall):
    shown = hall.switch_on()
    assert shown.heading == "Our volunteers"
    assert shown.words(".picture h2") == ["All time, by points", "May, by hours"]
    assert [one.text for one in shown.all("#boards .picture")[0].all("li")] == ["1 Ada B. 35", "2 Ben O. 25"]
    assert shown.words(".latest") == ["Ben O. First Step", "Ada B. First Step"]
    assert shown.says(".as-of") == "As of 12:00"
    assert shown.one("#since").get("hidden") == ""
    assert shown.one("#clock").text == "12:00"
    assert shown.one("#since")["data-words"] == "Not updating since {time}"
    assert shown.one("#screen")["data-look"] == "20 dark"
    assert hall.boards().root.children[0]["id"] == "boards"


def test_a_poll_is_304_until_something_changed(hall):
    hall.switch_on()
    first = hall.poll()
    etag = first.headers["ETag"]
    assert hall.switch_on().one("#screen")["data-etag"] == etag
    same = hall.poll(etag)
    assert (same.status_code, same.get_data(), same.headers["ETag"]) == (304, b"", etag)
    hall.admin.did(people.did(quantity=2, when=people.MONDAY + people.DAY))
    other = hall.poll(etag)
    assert (other.status_code, other.headers["ETag"] == etag) == (200, False)
    assert page(other).words(".picture li")[0] == "1 Ada B. 45"


def test_a_poll_within_a_second_of_another_costs_no_statement(hall):
    hall.switch_on()
    etag = hall.poll().headers["ETag"]
    with statements(hall.admin.app) as found:
        assert hall.tv.get("/tv/boards", headers={"If-None-Match": etag}).status_code == 304
    assert found == []


def test_before_any_page_is_asked_the_answer_is_the_same(hall):
    hall.switch_on()
    by_the_page = hall.poll()
    for headers in ({}, {"Accept-Encoding": "gzip"}, {"If-None-Match": by_the_page.headers["ETag"]}):
        short = hall.tv.get("/tv/boards", headers=headers)
        hall.admin.app.extensions.pop("wall")
        long = hall.tv.get("/tv/boards", headers=headers)
        assert (short.status_code, short.get_data()) == (long.status_code, long.get_data())
        assert told(short) == told(long)


def told(answer) -> dict[str, set[str]]:
    """What an answer says besides its content, without regard to order."""
    return {name: set(value.split(", ")) for name, value in answer.headers.items()}


def test_screens_that_show_the_same_share_one_drawing_and_each_has_its_own_way(hall):
    other = hall.admin.do(lambda: displays.add("Kitchen", BOARDS, 7, theme="light", by=None, now=people.NOW)[1])
    hall.switch_on()
    here, there = hall.poll(), hall.tv.get(f"/tv/{other}/boards")
    assert here.get_data() == there.get_data()
    assert len(hall.admin.app.extensions["wall"].drawings) == 1
    assert [one.headers["X-Look"] for one in (here, there)] == ["20 dark", "7 light"]
    assert here.headers["ETag"] != there.headers["ETag"]


def test_a_display_that_is_changed_is_another_picture_at_the_next_poll(hall):
    hall.switch_on()
    etag = hall.poll().headers["ETag"]
    hall.admin.do(lambda: setattr(db.session.scalars(select(Display)).one(), "theme", "light"))
    changed = hall.poll(etag)
    assert (changed.status_code, changed.headers["X-Look"]) == (200, "20 light")
    hall.admin.do(lambda: setattr(db.session.scalars(select(Display)).one(), "panels", ["hours/monthly"]))
    changed = page(hall.poll(changed.headers["ETag"]))
    assert (changed.words(".picture h2"), changed.has(".latest")) == (["May, by hours"], False)


def test_where_people_are_not_compared_no_board_of_people_is_shown(hall):
    hall.switch_on()
    hall.admin.do(lambda: organisation.change("boards_of_people", value=False))
    shown = hall.boards()
    assert not shown.has(".standing")
    assert shown.words(".latest-name") == ["Ben O.", "Ada B."]


def test_the_cost_of_a_picture_does_not_grow_with_people(hall):
    hall.switch_on()
    hall.change("Ada Bell", visibility=Visibility.FULL_NAME)
    with statements(hall.admin.app) as few:
        hall.poll()
    for number in range(12):
        email = f"person{number}@example.org"
        hall.admin.do(lambda number=number, email=email: people.join(f"Person{number} P.", email=email))
        hall.admin.did(people.did(quantity=number + 1, volunteer_email=email))
    with statements(hall.admin.app) as many:
        shown = hall.boards()
    assert len(many) == len(few)
    assert len(shown.all("#boards .picture")[0].all("li")) == 10


def test_who_does_not_want_to_be_seen_is_gone_at_the_next_poll(hall):
    hall.switch_on()
    assert "Ada" in hall.boards().text
    hall.change("Ada Bell", visibility=Visibility.UNLISTED)
    assert "Ada" not in hall.boards().text
    hall.change("Ada Bell", visibility=Visibility.FULL_NAME)
    assert "Ada Bell" in hall.boards().text
    hall.change("Ada Bell", status="inactive")
    assert "Ada" not in hall.boards().text


def test_of_a_minor_there_is_a_first_name_and_no_picture(hall):
    born = people.NOW.date().replace(year=people.NOW.year - 15)
    hall.change("Ada Bell", visibility=Visibility.FULL_NAME, birth_date=born, avatar="ada.jpg")
    shown = hall.switch_on()
    assert "Ada B." in shown.text
    assert "Bell" not in shown.html
    assert "ada.jpg" not in shown.html
    assert not shown.has("img")


def test_a_secret_badge_is_never_on_it(hall):
    before = hall.poll() if hall.switch_on() else None

    def secret() -> None:
        badge = people.medal(0, is_secret=True, name="Marker Of Night", color="#123456", icon="waves", rarity="common")
        people.define("hours_logged", {"hours_required": 1}, badge=badge, is_secret=True, name="Marker Of Dawn")

    hall.admin.do(secret)
    hall.admin.do(lambda: people.settle(hall.admin.id_of("Ada Bell")))
    assert hall.admin.holders("Marker Of Night") == ["Ada Bell"]
    after = hall.poll()
    assert "Marker" not in after.text
    assert after.get_data() == before.get_data()
    assert "Marker" not in hall.switch_on().html


def test_hostile_names_are_shown_as_text(hall):
    hall.change("Ada Bell", nickname="<img src=x onerror=alert(1)>", visibility=Visibility.NICKNAME)
    shown = hall.boards() if hall.switch_on() else None
    assert "<img src=x onerror=alert(1)>" in shown.text
    assert not shown.has("img")


def test_places_that_moved_since_yesterday_are_marked(hall):
    hall.now += people.DAY
    hall.clock.move_to(hall.now)
    more = people.did(quantity=9, when=people.MONDAY + people.DAY, volunteer_email="ben@example.org")
    hall.admin.do(lambda: (people.count(more, now=hall.now), people.refresh(hall.now)))
    rows = hall.switch_on().all("#boards .picture")[0].all("li")
    assert [row.one(".who").text for row in rows] == ["Ben O.", "Ada B."]
    assert [row.one(".change").text for row in rows] == ["1", "1"]
    assert [row.one(".change svg")["aria-label"] for row in rows] == ["up", "down"]


def test_a_link_that_ended_says_goodbye_at_the_next_poll(hall):
    hall.switch_on()
    etag = hall.poll().headers["ETag"]
    hall.end()
    ended = hall.poll(etag)
    assert (ended.status_code, ended.headers["X-Display"]) == (410, "ended")
    goodbye = page(hall.tv.get("/tv"))
    assert (goodbye.status, goodbye.heading) == (410, "Thank you for watching")
    assert "Ada" not in goodbye.html
    assert hall.tv.get(f"/tv/{hall.secret}").status_code == 410
    assert "display=" not in str(hall.admin.app.test_client().get(f"/tv/{hall.secret}").headers)


def test_without_a_link_a_calm_page_says_how_to_get_one(hall):
    stranger = hall.admin.app.test_client()
    shown = page(stranger.get("/tv"))
    assert (shown.status, shown.heading) == (200, "A board for your hall")
    assert "Type the eight digits here" in shown.text
    assert page(stranger.get("/tv/made-up")).status == 404
    assert stranger.get("/tv/boards").status_code == 410
    stranger.set_cookie("display", "x\x00'", path="/tv")
    assert stranger.get("/tv").status_code == 200


def test_a_display_opens_no_other_door(hall):
    hall.switch_on()
    for address in ("/", "/definitions", "/displays", "/desk", "/api/v1/leaderboards/points/all_time"):
        assert hall.tv.get(address).status_code in (302, 401), address


def last_seen(hall: Hall):
    """When the display was seen last."""
    return hall.admin.do(lambda: db.session.scalar(select(Screen.last_seen_at)))


def test_it_is_noted_once_a_minute_that_it_was_seen(hall):
    assert last_seen(hall) is None
    hall.switch_on()
    assert last_seen(hall) == people.NOW
    for _poll in range(20):
        hall.poll()
    assert last_seen(hall) == people.NOW
    for _poll in range(12):
        hall.poll()
    assert last_seen(hall) == people.NOW + 60 * SECOND
    assert "1 screen is on" in hall.admin.read("/displays").text


def test_who_is_writing_does_not_keep_a_poll_waiting(hall):
    hall.switch_on()
    hall.now += 2 * people.DAY
    with hall.admin.app.app_context():
        link = db.session.scalars(select(Screen).with_for_update()).one()
        if db.session.connection().dialect.name == "sqlite":
            assert hall.poll().status_code == 200
            assert link.last_seen_at == people.NOW
        db.session.rollback()
    hall.poll()
    assert last_seen(hall) == hall.now


def test_an_empty_board_invites(sqlite_app):
    with sqlite_app.app_context():
        secret = displays.add("Hall", BOARDS, 20, by=None, now=people.NOW)[1]
        db.session.commit()
    tv: FlaskClient = sqlite_app.test_client()
    shown = page(tv.get(f"/tv/{secret}", follow_redirects=True))
    assert len(shown.all(".picture")) == 1
    assert "A fresh page" in shown.text
    assert "The first medal will hang here." in shown.text


def test_every_board_has_its_heading(hall):
    def all_boards() -> None:
        db.session.scalars(select(Display)).one().panels = list(showing.EVERY_BOARD)

    hall.admin.did(people.did(people.PROJECT, when=people.NOW.date()), people.did(quantity=1, when=people.NOW.date()))
    hall.admin.do(all_boards)
    assert sorted(hall.switch_on().words(".picture h2")) == sorted(
        f"{when}, by {what}" for when in ("All time", "May", "This week") for what in ("points", "hours", "projects")
    )


def test_its_style_sheet_and_script_speak_the_language_of_old_televisions():
    assert old_televisions.of_style((STATIC / "css" / "tv.css").read_text()) == []
    assert old_televisions.of_script((STATIC / "js" / "tv.js").read_text()) == []


@pytest.mark.parametrize("path", ["/tv/{secret}", "/tv/{secret}/boards", "/tv", "/tv/wrong"])
def test_its_pages_speak_the_language_of_old_televisions(hall, path):
    shown = page(hall.admin.app.test_client().get(path.format(secret=hall.secret)))
    assert old_televisions.of_page((one.tag, one.attributes) for one in shown.root.inside) == []


NEWER_STYLE = [
    *("@layer a { b { color: red } }", "@container (width > 1em) { b { color: red } }", "@property --a { syntax: a }"),
    *("a { & b { color: red } }", "a { b { color: red } }", "@media (width < 3em) { a { color: red } }"),
    *(
        "a:has(b) { color: red }",
        "a:is(b, c) { color: red }",
        "a:where(b) { color: red }",
        "a:focus-visible { top: 0 }",
    ),
    *("a { aspect-ratio: 1 }", "a { accent-color: red }", "a { translate: 1px }", "a { text-wrap: balance }"),
    *("a { color: light-dark(red, blue) }", "a { color: oklch(1 0 0) }", "a { color: color-mix(in srgb, red, blue) }"),
    *("a { height: 3dvh }", "a { width: 2cqw }", "a { overflow: clip }", "a { margin-inline: 1px; inset-inline: 0 }"),
    *("@supports (a: b) { c { color: red } }", "@media (prefers-contrast: more) { a { color: red } }"),
]
NEWER_SCRIPT = [
    *("[1].at(0);", "Object.hasOwn(a, b);", "structuredClone(1);", "crypto.randomUUID();", "[1].findLast(f);"),
    *("AbortSignal.timeout(1);", "document.body.replaceChildren();", "scheduler.yield();", "await fetch(1);"),
    *("class A { static { } }", "var a = /x/v;", "var b = /x/d;", "a ??= 1;", "var c = () => 1;", "let d = 1;"),
    *("var e = `x`;", "var f = g?.h;", "Promise.withResolvers();", "x.replaceAll(1, 2);", "navigator.wakeLock;"),
]


@pytest.mark.parametrize("text", NEWER_STYLE)
def test_newer_style_is_noticed(text):
    assert old_televisions.of_style(text) != []


@pytest.mark.parametrize("text", NEWER_SCRIPT)
def test_newer_script_is_noticed(text):
    assert old_televisions.of_script(text) != []


@pytest.mark.parametrize("element", [("dialog", ()), ("p", ("popover",)), ("div", ("inert",)), ("img", ("loading",))])
def test_newer_elements_are_noticed(element):
    assert old_televisions.of_page([element]) != []


def test_nothing_is_there_that_its_policy_forbids(hall):
    shown = hall.switch_on()
    assert not [one for one in shown.root.inside if one.get("style") is not None]
    assert not [one for one in shown.all("script") if not one.get("src")]

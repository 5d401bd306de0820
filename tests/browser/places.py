"""Every page of the demonstration: its name, who looks at it, and the way there."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw
from playwright.sync_api import Page
from sqlalchemy import delete, select, update

from portal.demo import people
from portal.domain import (
    accounts,
    avatars,
    awarding,
    checkups,
    displays,
    invitations,
    notifications,
    organisation,
    password_links,
    points,
    portraits,
    recording,
    second_factors,
    sign_ups,
    time_codes,
    uploads,
)
from portal.domain.accounts import User
from portal.domain.achievements import Achievement
from portal.domain.activities import Activity, Batch
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.doctor import Difference, Remark, Report, news
from portal.domain.goals import Goal
from portal.domain.mail_choices import Way
from portal.domain.notifications import News, Notification
from portal.domain.organisation import Setting
from portal.domain.sign_ups import SignUp
from portal.domain.submissions import Submission
from portal.domain.teams import Team
from portal.domain.uploads import Stage
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.web import letters
from tests.browser.house import House
from tests.machinery.processes import eventually

ADA, KOFI, MIRA, GRACE, LINUS = (f"{name}@example.org" for name in ("ada", "kofi", "mira", "grace", "linus"))
NOBODY = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A page: `path` with names from `signposts` in it, what is brought about before one goes there, and what is done
    there before one looks."""

    name: str
    who: str
    path: str
    then: Callable[[Page], object] | None = None
    first: Callable[[House], object] | None = None

    def __str__(self) -> str:
        return self.name


def press(*names: str) -> Callable[[Page], None]:
    """Presses these buttons, one after the other, and waits for what comes."""

    def work(page: Page) -> None:
        for name in names:
            page.get_by_role("button", name=name, exact=True).first.click()
            page.wait_for_load_state("networkidle")

    return work


def fill_in(words: dict[str, str], button: str) -> Callable[[Page], None]:
    """Fills in fields by their labels, and sends the form."""

    def work(page: Page) -> None:
        for label, value in words.items():
            page.get_by_label(label, exact=True).fill(value)
        press(button)(page)

    return work


def open_menu(page: Page) -> None:
    """Opens the menu under one's initials."""
    page.locator("#menu summary").click()


DISPLAY = fill_in({"Where does it hang?": "The kitchen"}, "Make the link")


def type_code(page: Page) -> None:
    """Types a code that is none, as one does with a remote control."""
    page.keyboard.type("1234 5678")
    page.keyboard.press("Enter")
    page.locator("#wrong").wait_for()


def lose_contact(page: Page) -> None:
    """Nobody answers the television any more, until it says so."""
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('nobody there')); }")
    page.locator("#since").wait_for(state="visible")


def make_token(page: Page) -> None:
    """Makes a token that may read."""
    page.get_by_label("Read what its owner may see").check()
    fill_in({"Which system is it for?": "The rota", "In whose name (e-mail)": LINUS}, "Make the token")(page)


def ask_for_several(page: Page) -> None:
    """Chooses an achievement made of conditions, and adds one."""
    choose(page, "#achievement_type", "conditions")
    press("Add a condition")(page)
    choose(page, "#conditions-1-metric", "longest_week_streak")
    page.locator("#conditions-1-within_days").wait_for(state="detached")
    press("Add a condition")(page)
    page.locator("#conditions-0-at_least").fill("2")
    page.locator("#conditions-1-at_least").fill("2")
    press("Who would earn it today?")(page)
    page.locator("#foresight .name").wait_for()


def choose(page: Page, selector: str, value: str) -> None:
    """Chooses from a list, as by hand: what moves thereafter was asked for."""
    page.locator("h1").click()
    page.locator(selector).select_option(value)
    page.wait_for_load_state("networkidle")


def take_pause(page: Page) -> None:
    """Takes a pause, unless that was done before."""
    if page.get_by_text("to come").count() == 0:
        first = datetime.now(UTC).date() + timedelta(days=7)
        days = {"First day": first.isoformat(), "Last day": (first + timedelta(days=9)).isoformat()}
        fill_in(days, "Take this pause")(page)


def hide(page: Page) -> None:
    """Looks how it is to be seen by nobody, without keeping it."""
    page.get_by_label("Not at all: in no list, on no board").check()
    page.get_by_text("Others don’t see you").wait_for()


def make_link(page: Page) -> None:
    """Makes a link for friends, unless that was done before."""
    if page.locator("#link").count() == 0:
        press("Make my link")(page)


def let_people_ask(may: bool) -> Callable[[House], None]:
    """Whether people may ask to join by themselves."""

    def work(house: House) -> None:
        with house.app.app_context():
            organisation.change("sign_up", may)
            db.session.commit()
            db.session.remove()

    return work


def show_face(house: House) -> None:
    """Mira has a picture of herself: a drawing, for nobody's face is ours to give away."""
    with house.app.app_context():
        mira, linus = accounts.by_email(MIRA).volunteer, accounts.by_email(LINUS)
        avatars.keep(mira, portraits.drawn(drawing()), by=linus, now=datetime.now(UTC))
        db.session.commit()
        db.session.remove()


def drawing() -> bytes:
    """Somebody with dark hair before the sea."""
    image = Image.new("RGB", (800, 800), "#9cc5c1")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 520, 800, 800), "#4e8f94")
    pen.ellipse((190, 120, 610, 620), "#3b2a24")
    pen.ellipse((260, 200, 540, 560), "#e0ac85")
    pen.pieslice((240, 150, 560, 480), 180, 360, "#3b2a24")
    pen.ellipse((120, 590, 680, 1100), "#c1553b")
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def bring_news(house: House) -> None:
    """Points from Grace, with her words, and nothing that Ada has read yet."""
    with house.app.app_context():
        ada, grace, now = named(people.ADA.name), accounts.by_email(GRACE), datetime.now(UTC)
        words = "You stayed until the last table was put away."
        if db.session.scalar(select(points.Award.id).where(points.Award.reason == words)) is None:
            awarding.award(25, to=ada, by=grace, reason=words, note="Thank you, Ada!", now=now)
            held = db.session.scalars(select(VolunteerBadge).where(VolunteerBadge.volunteer_id == ada.id)).first()
            fact = {"volunteer_badge_id": held.id, "badge_id": held.badge_id}
            notifications.tell_one(ada.id, News.BADGE, f"badge:{held.id}", fact, now - timedelta(hours=26))
        db.session.execute(update(Notification).where(Notification.volunteer_id == ada.id).values(read_at=None))
        db.session.commit()
        db.session.remove()


def look_up(page: Page) -> None:
    """Pastes a list: two who are found, two of one name, and nobody."""
    page.get_by_text("Many at once").click()
    page.locator("#pasted").fill("ada@example.org\nKenji Watanabe\nTwo Alike\nNobody Known")
    press("Look the list up")(page)


def ask_to_mend(page: Page) -> None:
    """Asks for what can be mended to be mended, and is asked back."""
    page.get_by_text("Mend what can be mended", exact=True).first.click()


def look_over(*differences: Difference, ever: bool = True, ends: bool = True, fails: bool = False) -> Callable:
    """A check-up that found this, or is under way, or failed, or never was. No worker has a part in it."""

    def work(house: House) -> None:
        with house.app.app_context():
            now = datetime.now(UTC)
            db.session.execute(delete(Setting).where(Setting.key.startswith("_checkup")))
            if ever:
                checkups.request(by=None, now=now)
                checkups.finish(1, Report(list(differences), REMARKS), now)
            if fails or not ends:
                checkups.request(by=accounts.by_email(LINUS), now=now)
                organisation.remember(checkups.HOLD, checkups.hold(2, now + timedelta(hours=1), 4, 9))
            if fails:
                checkups.give_up(2, now)
            db.session.commit()
            db.session.remove()

    return work


def has_no_app(house: House) -> None:
    """Mira has no second factor."""
    with house.app.app_context():
        second_factors.forget(user := accounts.by_email(MIRA))
        user.second_factor_since = None
        db.session.commit()
        db.session.remove()


def has_app(house: House) -> None:
    """Mira has an app."""
    has_no_app(house)
    with house.app.app_context():
        now, user = datetime.now(UTC), accounts.by_email(MIRA)
        app = second_factors.begin_app(user, now)
        app.confirmed_at = user.second_factor_since = now
        second_factors.new_backup_codes(user, now=now)
        db.session.commit()
        db.session.remove()


def set_up_app(page: Page) -> None:
    """Sets an app up, as a phone would."""
    press("Set up an app")(page)
    secret = base64.b32decode("".join(page.locator("#secret").inner_text().split()))
    code = time_codes.code(secret, time_codes.step_of(datetime.now(UTC)))
    fill_in({"Code": code}, "It works")(page)
    page.locator("#codes").wait_for()


def askers(house: House) -> None:
    """Two people would like to join, one of whom helps already."""
    with house.app.app_context():
        now = datetime.now(UTC)
        db.session.execute(delete(SignUp))
        words = "I moved here in spring and would like to meet people. I can drive a van."
        for name, email, why, code in (
            ("Priya Raman", "priya@example.org", words, "friend"),
            ("Two A.", "alike1@example.org", "", None),
        ):
            asked = {"name": name, "email": email, "why": why, "code": code, "password": "seven boats in the bay"}
            sign_ups.ask(**asked, confirmed=True, now=now - timedelta(hours=3))
        db.session.commit()
        db.session.remove()


def half_in(page: Page) -> None:
    """Mira types her password, and is asked for a code."""
    fill_in({"E-mail": MIRA, "Password": "a password of hers"}, "Sign in")(page)


def invite(page: Page) -> None:
    """Invites somebody who is not invited yet."""
    number = f"{datetime.now(UTC):%H%M%S%f}"
    fill_in({"Name": "Priya Raman", "E-mail": f"priya-{number}@example.org"}, "Make the link")(page)


JOIN = {"Your name": "Olga Petrova", "Your e-mail": "olga@example.org", "A password": "password123"}
A_DAY, A_WAY = {"event_type": "hours_logged", "effective_on": "2026-05-18"}, {"achievement_id": 3}
DIFFERENCES = (
    Difference("pricing", 4, "points for {event_type} on {effective_on}", 45, 40, about=A_DAY),
    Difference("audit", 7, "record of award {id}", None, "a record", about={"id": 3}),
    Difference("balances", 2, "{column}", 1250, 1205, True, {"column": "total_points"}),
    Difference("balances", 9, "{column}", "2026-05-18", "2026-05-20", True, {"column": "last_activity_date"}),
    Difference("progress", 2, "{column} of achievement {achievement_id}", None, "-", True, A_WAY | {"column": "row"}),
    Difference("board points/monthly", 5, "rank", 3, 4, True),
)
REMARKS = [Remark(news.UNDER_WAY["pending"], {"n": 2}), Remark(news.DUE, {"board": "board hours/weekly"})]


VOLUNTEERS = [
    Place("dashboard", ADA, "/"),
    Place("menu", ADA, "/", open_menu),
    Place("badges", ADA, "/badges"),
    Place("badge-held", ADA, "/badges/{held}"),
    Place("badge-open", ADA, "/badges/{open}"),
    Place("achievements", ADA, "/achievements"),
    Place("history", ADA, "/history"),
    Place("leaderboard", ADA, "/leaderboards/points/monthly"),
    Place("leaderboard-hours", ADA, "/leaderboards/hours/all_time"),
    Place("leaderboard-earlier", ADA, "/leaderboards/points/monthly/earlier"),
    Place("leaderboard-result", ADA, "/leaderboards/points/monthly/{month}"),
    Place("leaderboard-nobody-found", ADA, "/leaderboards/points/monthly?q=xyzzy"),
    Place("leaderboard-teams", ADA, "/leaderboards/teams/hours/monthly"),
    Place("leaderboard-teams-per-head", ADA, "/leaderboards/teams/points/all_time/per-head"),
    Place("teams", ADA, "/teams"),
    Place("team", ADA, "/teams/{team}/hours/monthly"),
    Place("goals", ADA, "/goals"),
    Place("profile", ADA, "/volunteers/{hero}"),
    Place("showcase", ADA, "/showcase"),
    Place("profile-own", ADA, "/volunteers/{ada}"),
    Place("hours-new", ADA, "/hours/new"),
    Place("hours-mistaken", ADA, "/hours/new", press("Log these hours")),
    Place("hours-waiting", ADA, "/hours/{waiting}"),
    Place("hours-change", ADA, "/hours/{waiting}/change"),
    Place("hours-counted", ADA, "/hours/{counted}"),
    Place("pauses", ADA, "/pauses", take_pause),
    Place("news", ADA, "/notifications", first=bring_news),
    Place("news-read", ADA, "/notifications", press("Mark all as read"), first=bring_news),
    Place("news-preferences", ADA, "/notifications/preferences"),
    Place("own-data", ADA, "/my-data"),
    Place("settings", ADA, "/settings"),
    Place("settings-hidden", ADA, "/settings", hide),
    Place("settings-mistaken", ADA, "/settings", fill_in({"Name": ""}, "Keep it")),
    Place("settings-picture", MIRA, "/settings", first=show_face),
    Place("invite-closed", ADA, "/invite", first=let_people_ask(False)),
    Place("invite", ADA, "/invite", make_link, first=let_people_ask(True)),
    Place("leaving", ADA, "/leaving"),
    Place("leaving-for-good", ADA, "/leaving/new"),
    Place("leaving-mistaken", ADA, "/leaving/new", press("Leave for good")),
    Place("signing-in", ADA, "/my-sign-in"),
    Place("signing-in-mistaken", ADA, "/my-sign-in", press("Change the password")),
    Place("second-factor", MIRA, "/my-sign-in/second-factor", first=has_no_app),
    Place("second-factor-app", MIRA, "/my-sign-in/second-factor", press("Set up an app"), first=has_no_app),
    Place("second-factor-codes", MIRA, "/my-sign-in/second-factor", set_up_app, first=has_no_app),
    Place("passkey-new", MIRA, "/my-sign-in/second-factor/passkey", first=has_no_app),
    Place("second-factor-there", MIRA, "/my-sign-in/second-factor", first=has_app),
    Place("celebration", MIRA, "/hours/{first}"),
    Place("error-missing", ADA, "/nowhere"),
    Place("error-forbidden", ADA, "/users"),
]
NEWCOMERS = [
    Place("newcomer-dashboard", KOFI, "/"),
    Place("newcomer-badges", KOFI, "/badges"),
    Place("newcomer-badge", KOFI, "/badges/{open}"),
    Place("newcomer-achievements", KOFI, "/achievements"),
    Place("newcomer-history", KOFI, "/history"),
    Place("newcomer-news", KOFI, "/notifications"),
    Place("newcomer-leaderboard", KOFI, "/leaderboards/points/monthly"),
]
COORDINATORS = [
    Place("desk", GRACE, "/desk"),
    Place("reviews", GRACE, "/reviews"),
    Place("reviews-reason", GRACE, "/reviews", lambda page: page.get_by_text("Turn down").first.click()),
    Place("people", GRACE, "/people"),
    Place("invitations", GRACE, "/invitations"),
    Place("invitation-new", GRACE, "/invitations/new"),
    Place("invitation-link", GRACE, "/invitations/new", invite),
    Place("sign-ups", GRACE, "/sign-ups", first=askers),
    Place("desk-sign-ups", GRACE, "/desk", first=askers),
    Place("person", GRACE, "/people/{ada}"),
    Place("birth-date", GRACE, "/people/{ada}/birth-date"),
    Place("award", GRACE, "/awards/new?to={hero}"),
    Place("award-mistaken", GRACE, "/awards/new", press("Award")),
    Place("reviews-change", GRACE, "/reviews/{waiting}/change"),
    Place("record", GRACE, "/activities/new"),
    Place("activity", GRACE, "/activities/{counted}"),
    Place("reversal", GRACE, "/activities/{counted}/reversal/new"),
    Place("correction", GRACE, "/activities/{counted}/correction/new"),
    Place("imports", GRACE, "/imports"),
    Place("import", GRACE, "/imports/{import}"),
    Place("import-preview", GRACE, "/imports/{preview}"),
    Place("import-columns", GRACE, "/imports/{columns}/columns"),
    Place("import-columns-mistaken", GRACE, "/imports/{columns}/columns", press("Check every row")),
    Place("import-unreadable", GRACE, "/imports/{unreadable}/columns"),
    Place("team-small", GRACE, "/teams/{small}"),
    Place("team-members", GRACE, "/teams/{team}/members"),
    Place("team-members-list", GRACE, "/teams/{team}/members", look_up),
    Place("merging-choice", GRACE, "/people/{mira}/merging/new?q=a"),
    Place("merging", GRACE, "/people/{mira}/merging/new?into={hero}"),
]
ADMINS = [
    Place("definitions", LINUS, "/definitions"),
    Place("achievement-new", LINUS, "/definitions/achievements/new"),
    Place("achievement-mistaken", LINUS, "/definitions/achievements/new", press("Save")),
    Place("achievement-conditions", LINUS, "/definitions/achievements/new", ask_for_several),
    Place("achievement-edit", LINUS, "/definitions/achievements/{achievement}"),
    Place("badge-new", LINUS, "/definitions/badges/new"),
    Place("badge-edit", LINUS, "/definitions/badges/{held}"),
    Place("rules", LINUS, "/rules"),
    Place("rule", LINUS, "/rules/hours_logged"),
    Place("forgetting", LINUS, "/people/{hero}/forgetting/new"),
    Place("users", LINUS, "/users"),
    Place("user-new", LINUS, "/users/new"),
    Place("user", LINUS, "/users/{user}"),
    Place("door", LINUS, "/coming-in"),
    Place("password-link", LINUS, "/users/{user}", press("Make a link")),
    Place("tokens", LINUS, "/tokens"),
    Place("token-new", LINUS, "/tokens/new"),
    Place("token-secret", LINUS, "/tokens/new", make_token),
    Place("teams-all", LINUS, "/teams"),
    Place("team-new", LINUS, "/teams/new"),
    Place("team-mistaken", LINUS, "/teams/new", fill_in({"What is it called?": "EASTSIDE"}, "Make the team")),
    Place("team-edit", LINUS, "/teams/{team}/definition"),
    Place("goals-all", LINUS, "/goals"),
    Place("goal-new", LINUS, "/goals/new"),
    Place("goal-mistaken", LINUS, "/goals/new", press("Save")),
    Place("goal-edit", LINUS, "/goals/{goal}"),
    Place("boards", LINUS, "/boards"),
    Place("displays", LINUS, "/displays"),
    Place("display-new", LINUS, "/displays/new"),
    Place("display-link", LINUS, "/displays/new", DISPLAY),
    Place("display-mistaken", LINUS, "/displays/new", press("Make the link")),
    Place("display", LINUS, "/displays/{shown}"),
    Place("display-code", LINUS, "/displays/{shown}", press("Pair a screen")),
    Place("display-picture", LINUS, "/displays/{shown}/picture"),
    Place("checkup", LINUS, "/checkups", first=look_over()),
    Place("checkup-differences", LINUS, "/checkups", first=look_over(*DIFFERENCES)),
    Place("checkup-mending", LINUS, "/checkups", ask_to_mend, first=look_over(*DIFFERENCES)),
    Place("checkup-running", LINUS, "/checkups", first=look_over(ends=False)),
    Place("checkup-failed", LINUS, "/checkups", first=look_over(fails=True)),
    Place("checkup-never", LINUS, "/checkups", first=look_over(ever=False)),
]
STRANGERS = [
    Place("sign-in", NOBODY, "/sign-in"),
    Place("sign-in-mistaken", NOBODY, "/sign-in", fill_in({"E-mail": ADA, "Password": "wrong"}, "Sign in")),
    Place("sign-in-second-step", NOBODY, "/sign-in", half_in, first=has_app),
    Place("passkey", NOBODY, "/sign-in/passkey"),
    Place("forgotten", NOBODY, "/forgotten"),
    Place("join", NOBODY, "/join/friend"),
    Place("join-mistaken", NOBODY, "/join", fill_in(JOIN, "Ask to join")),
    Place("join-thanks", NOBODY, "/join/thanks"),
    Place("link-invitation", NOBODY, "/links/invitation/{invitation}"),
    Place("link-password", NOBODY, "/links/password/{password_link}"),
    Place("link-over", NOBODY, "/links/password/{old_link}"),
    Place("sign-in-missing-page", NOBODY, "/nowhere"),
    Place("goodbye", NOBODY, "/goodbye"),
    Place("see-you", NOBODY, "/see-you"),
    Place("unsubscribe", NOBODY, "/unsubscribe/{way_out}"),
    Place("unsubscribe-done", NOBODY, "/unsubscribe/{way_out}", press("Stop them")),
]
TELEVISIONS = [
    Place("tv-without-link", NOBODY, "/tv"),
    Place("tv-wrong-code", NOBODY, "/tv", type_code),
    Place("tv", NOBODY, "/tv/{display}"),
    Place("tv-teams", NOBODY, "/tv/{teams}"),
    Place("tv-goals", NOBODY, "/tv/{together}"),
    Place("tv-light", NOBODY, "/tv/{light}"),
    Place("tv-not-updating", NOBODY, "/tv/{display}", lose_contact),
    Place("tv-wrong-link", NOBODY, "/tv/nothing"),
]
PLACES = [*VOLUNTEERS, *NEWCOMERS, *COORDINATORS, *ADMINS, *STRANGERS]
EVERYWHERE = [*PLACES, *TELEVISIONS]


def signposts(house: House) -> dict[str, object]:
    """What stands in the paths: ids and secrets. Adds what the demonstration lacks: a television, an import with rows
    to mend, hours of Ada's that count, and Mira with her first hours."""
    with house.app.app_context():
        found = lasting(datetime.now(UTC))
        db.session.commit()
        eventually(lambda: all_done(found), within=30, every=0.2)
        db.session.remove()
    return found


def lasting(now: datetime) -> dict[str, object]:
    """Adds all that, and says where it is."""
    ada, hero = (named(one.name) for one in (people.ADA, people.HERO))
    linus, grace = (user for user in map(accounts.by_email, (LINUS, GRACE)) if user)
    held = list(db.session.scalars(select(VolunteerBadge.badge_id).where(VolunteerBadge.volunteer_id == ada.id)))
    to_come = select(Badge.id).where(Badge.id.not_in(held), ~Badge.is_secret).order_by(Badge.id)
    newcomer = mira(now)
    two_alike(now)
    organisation.change("sign_up", True)
    waiting = select(Activity.id).where(Activity.volunteer_id == ada.id, Activity.status == "awaiting_review")
    panels = ["points/monthly", "hours/monthly", "points/all_time", "goals", "medals", "join"]
    hall, secret = displays.add("The hall", panels, 20, by=linus, now=now)
    return {
        "ada": ada.id,
        "hero": hero.id,
        "held": held[-1],
        "open": db.session.scalar(to_come),
        "achievement": db.session.scalar(select(Achievement.id).order_by(Achievement.id)),
        "user": db.session.scalar(select(User.id).where(User.email == ADA)),
        "waiting": db.session.scalar(waiting),
        "counted": shift(ada, "2.5", now),
        "first": shift(newcomer, "2", now),
        "mira": newcomer.id,
        "team": db.session.scalar(select(Team.id).where(Team.name == "Eastside")),
        "small": db.session.scalar(select(Team.id).where(Team.name == "Night bus")),
        "goal": db.session.scalar(select(Goal.id).order_by(Goal.id)),
        "shown": hall.id,
        "display": secret,
        "teams": displays.add("The teams", ["teams/hours/monthly", "goals", "join"], 20, by=linus, now=now)[1],
        "together": displays.add("Together", ["goals", "medals"], 20, by=linus, now=now)[1],
        "light": displays.add("The kitchen, by day", panels, 20, theme="light", by=linus, now=now)[1],
        "import": sheet(grace, now),
        "preview": looked_at("march.csv", MARCH.encode(), grace, now),
        "columns": looked_at("stunden.csv", UNKNOWN.encode(), grace, now),
        "unreadable": looked_at("empty.xlsx", b"PK\x03\x04 and nothing more", grace, now),
        "way_out": letters.token(hero, Way.DAILY),
        "old_link": password_links.make(user_of(newcomer), by=linus, now=now),
        "password_link": password_links.make(user_of(newcomer), by=linus, now=now),
        "invitation": invited(grace, now),
        "month": f"{organisation.today(now).replace(day=1) - timedelta(days=1):%Y-%m}",
    }


def invited(by: User, now: datetime) -> str:
    """The link of somebody who is invited; another waits, too."""
    for name in ("Luis Herrera", "Aisha Rahman"):
        given = {"name": name, "email": f"{name.split()[0].lower()}-invited@example.org", "role": "volunteer"}
        one = invitations.invite(**given, joins=True, by=by, now=now)
        secret = invitations.renew(one, now=now)
    return secret


def user_of(one: Volunteer) -> User:
    """Who signs in as this volunteer."""
    return db.session.scalars(select(User).where(User.volunteer_id == one.id)).one()


def named(name: str) -> Volunteer:
    """The volunteer with this name."""
    return db.session.scalars(select(Volunteer).where(Volunteer.name == name)).one()


def mira(now: datetime) -> Volunteer:
    """Somebody who has just joined, and signs in."""
    one = Volunteer(name="Mira Lund", email=MIRA, time_zone="UTC", joined_at=now, visibility="full_name")
    db.session.add(one)
    db.session.flush()
    points.open_balances([one.id], now)
    accounts.add_user(
        email=MIRA, name=one.name, password="a password of hers", role="volunteer", volunteer=one, now=now
    )
    return one


def two_alike(now: datetime) -> None:
    """Two people of one name."""
    for number in (1, 2):
        email = f"alike{number}@example.org"
        one = Volunteer(name="Two Alike", email=email, time_zone="UTC", joined_at=now, visibility="unlisted")
        db.session.add(one)
        db.session.flush()
        points.open_balances([one.id], now)


def shift(who: Volunteer, quantity: str, now: datetime) -> int:
    """Hours of theirs, today, that a worker counts; the activity's id."""
    row = Submission(
        "hours_logged", quantity, now.date().isoformat(), volunteer_id=str(who.id), reference_name="River clean-up"
    )
    return recording.record([row], source="portal", now=now)[0].activity_id  # ty: ignore[unresolved-attribute]


def sheet(by: User, now: datetime) -> int:
    """A file of nine rows, three of which do not stand; the import's id."""
    good = [f"ada@example.org,hours_logged,1,{(now - timedelta(days=400 + back)).date()}" for back in range(6)]
    bad = [
        "nobody,hours_logged,1,2024-05-01",
        "ada@example.org,danced,1,2024-05-01",
        "ada@example.org,hours_logged,many,2024-05-01",
    ]
    content = "\n".join(["volunteer_email,event_type,quantity,occurred_at", *good, *bad]).encode()
    batch = uploads.take(BytesIO(content), "last-year.csv", quiet=True, by=by, now=now)
    upload = uploads.of(batch.id)
    upload.stage, batch.rows = Stage.RECORDING, 9
    return batch.id


def looked_at(name: str, content: bytes, by: User, now: datetime) -> int:
    """A file that waits for somebody to decide; the import's id."""
    return uploads.take(BytesIO(content), name, quiet=True, by=by, now=now).id


MARCH = """First Name,Last Name,Email,Date Hours Occurred,Total Hours Worked,Project,Notes
Ada,Okafor,ada@example.org,03/04/2026,2.5,Food bank,Sorted the soup tins
Ben,Fischer,ben.f@example.org,03/14/2026,1h 15m,Food bank,Drove the van
Zoë,Hart,zoe.h@example.org,03/15/2026,3:30,Reading hour,
Zoë,Hart,zoe.h@example.org,03/16/2026,two,Reading hour,Helped all afternoon
Kofi,Mensah,kofi@example.org,31/31/2026,25,Reading hour,
,,kofi at example,03/17/2026,2,Food bank,
"""
UNKNOWN = """Wer,Wann,Wie lang,Wozu
ada@example.org,3/4/2026,"1,5",Tafel
kofi@example.org,4/5/2026,2 h,Lesestunde
"""


def all_done(found: dict[str, object]) -> bool:
    """Whether the workers have counted it all. Leaves no transaction open, which they would wait for."""
    activities = [db.session.get_one(Activity, found[name]) for name in ("counted", "first")]
    batch = db.session.get_one(Batch, found["import"])
    done = all(one.status == "counted" for one in activities) and batch.finished_at is not None
    files = [uploads.of(found[name]).stage for name in ("preview", "columns", "unreadable")]
    db.session.rollback()
    return done and files == [Stage.CHECKED, Stage.MAPPING, Stage.UNREADABLE]

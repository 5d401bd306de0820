"""My news: what each kind says and why, what is unread, the bell, and choices for mail."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain import (
    assessing,
    awarding,
    conferring,
    corrections,
    forgetting,
    inbox,
    mail_choices,
    notifications,
    organisation,
    reviewing,
    undoing,
)
from portal.domain.accounts import User
from portal.domain.achievements import Achievement
from portal.domain.activities import Activity, group
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.notifications import News, Notification
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.web import news_words
from portal.web import notifications as screen
from tests import people
from tests.people import DAY, NOW
from tests.web import cast
from tests.web.office import Office, volunteer
from tests.web.reading import page, statements

MARKER = "Marker Of Night"


@pytest.fixture
def office(sqlite_app, noon) -> Office:
    """The office on SQLite: words don't depend on the database."""
    return Office(sqlite_app)


@pytest.fixture
def any_office(app, noon) -> Office:
    """The office on each of the two databases."""
    return Office(app)


def by(name: str) -> User:
    return db.session.scalars(select(User).where(User.email == f"{name}@example.org")).one()


def ada() -> Volunteer:
    return volunteer("Ada Bell")


def hours(**more) -> Activity:
    """Three hours that Ada wrote down herself."""
    people.record(
        people.did(quantity=3, when=NOW.date(), reference_name="Soup kitchen", **more),
        status="awaiting_review",
        source="portal",
    )
    return db.session.scalars(select(Activity).order_by(Activity.id.desc())).first()


def an_achievement():
    people.count(people.did(quantity=1))


def a_badge():
    awarding.grant(db.session.get_one(Badge, 11), to=ada(), by=by("grace"), reason="You taught us all", now=NOW)


def a_badge_taken():
    held = awarding.grant(db.session.get_one(Badge, 11), to=ada(), by=by("grace"), reason="-", now=NOW - DAY)
    awarding.revoke(held, by=by("grace"), reason="It was for Ben", now=NOW)


def a_streak():
    people.nothing_to_earn()
    people.count(*people.days(*range(7), start=NOW.date() - 6 * DAY))


def a_place():
    data = {"leaderboard_type": "points", "timeframe": "monthly", "period_start": "2026-05-01", "rank": 4}
    notifications.tell_one(ada().id, News.RANK, "first:points/monthly:2026-05-01", data, NOW)


def a_climb():
    data = {"leaderboard_type": "hours", "timeframe": "all_time", "period_start": None, "rank": 15, "climbed": 12}
    notifications.tell_one(ada().id, News.RANK, "climb:hours/all_time:2026-05-20", data, NOW)


def points_given():
    awarding.award(25, to=ada(), by=by("grace"), reason="The summer fair", note="Thank you!", now=NOW)


def points_taken():
    awarding.award(25, to=ada(), by=by("grace"), reason="-", now=NOW - DAY)
    awarding.award(-5, to=ada(), by=by("grace"), reason="Twice by mistake", now=NOW)


def a_correction():
    people.nothing_to_earn()
    (number,) = people.count(people.did(quantity=3, reference_name="Soup kitchen"))
    corrections.reverse(db.session.get_one(Activity, number), by=by("grace"), reason="It was Ben", now=NOW)


def an_achievement_taken():
    heart = people.define("custom", {"by_hand": True}, name="Heart of gold", reward=20)
    done = conferring.confer(heart, to=ada(), by=by("grace"), reason="-", now=NOW - DAY)
    conferring.take_back(done, by=by("grace"), reason="The wrong Ada", now=NOW)


def an_achievement_given():
    heart = people.define("custom", {"by_hand": True}, name="Heart of gold", reward=20)
    conferring.confer(heart, to=ada(), by=by("grace"), reason="All those nights", now=NOW)


def an_undoing():
    batch = group("The fair", size=1, by=by("grace"), now=NOW - DAY)
    awarding.award(5, to=ada(), by=by("grace"), reason="The fair", now=NOW - DAY, batch_id=batch.id)
    batch.finished_at = NOW
    undoing.request(batch, by=by("linus"), reason="It rained", now=NOW)
    while undoing.go_on(NOW):
        db.session.flush()


def a_merge():
    notifications.tell_one(ada().id, News.CORRECTION, "merged:2", {"merged_id": 2}, NOW)


def confirmed():
    reviewing.confirm(hours(), by=by("grace"), now=NOW)


def turned_down():
    reviewing.turn_down(hours(), by=by("grace"), reason="You were not on the list", now=NOW)


def something_new():
    new = people.define("hours_logged", {"hours_required": 900}, name="Nine hundred")
    assessing.request(new, quiet=False, now=NOW)
    while assessing.go_on(NOW):
        db.session.commit()


GRACE = "Grace Moreau, coordinator"
SAID = [
    (an_achievement, News.ACHIEVEMENT, "First Step Common. You completed “First Hour”. +20 points", "/badges/1"),
    (
        an_achievement_given,
        News.ACHIEVEMENT,
        f"Heart of gold You completed it. All those nights {GRACE} +20 points",
        "/achievements",
    ),
    (a_badge, News.BADGE, f"Mentor Rare. A medal for you. You taught us all {GRACE} +25 points", "/badges/11"),
    (a_badge_taken, News.BADGE, f"“Mentor” was taken back It was for Ben {GRACE} −25 points", "/badges/11"),
    (a_streak, News.STREAK, "7 days in a row Your run goes on. Every day that you help adds to it.", "/"),
    (a_place, News.RANK, "You are among the first ten: 4th Points, May 2026", "/leaderboards/points/monthly"),
    (a_climb, News.RANK, "You climbed 12 places, to 15th Hours, of all time", "/leaderboards/hours/all_time"),
    (
        points_given,
        News.POINTS,
        f"25 points for you The summer fair Thank you! {GRACE} +25 points",
        "/history?show=given",
    ),
    (points_taken, News.POINTS, f"5 points were taken Twice by mistake {GRACE} −5 points", "/history?show=given"),
    (
        a_correction,
        News.CORRECTION,
        "Corrected: Soup kitchen, 3 hours at 5 points an hour, on Monday 4 May It was Ben −15 points",
        "/history",
    ),
    (an_achievement_taken, News.CORRECTION, "“Heart of gold” was taken back The wrong Ada −20 points", "/achievements"),
    (
        an_undoing,
        News.CORRECTION,
        "Something was taken back An entry for several people was undone: It rained",
        "/history",
    ),
    (
        a_merge,
        News.CORRECTION,
        "Two entries of yours are one now You were entered twice. What you did and earned stands together now.",
        "/history",
    ),
    (
        confirmed,
        News.HOURS_CONFIRMED,
        "Confirmed: Soup kitchen, 3 hours at 5 points an hour, today They count. Thank you.",
        "/hours/1",
    ),
    (
        turned_down,
        News.HOURS_TURNED_DOWN,
        "Not confirmed: Soup kitchen, 3 hours at 5 points an hour, today They don’t count. You were not on the list",
        "/hours/1",
    ),
    (something_new, News.NEW_TO_EARN, "New to earn: Nine hundred See how near you are.", "/achievements"),
]


@pytest.mark.parametrize(("happens", "kind", "words", "url"), SAID, ids=lambda one: getattr(one, "__name__", ""))
def test_each_kind_of_news_says_what_happened_and_why_and_leads_there(office, happens, kind, words, url):
    office.do(happens)
    newest = page(office.signed_in("ada").get("/notifications")).all(".message")[0].all(".news-item")
    (found,) = [one for one in newest if one.text == words] or [newest[0]]
    assert found.text == words
    assert found.one("a")["href"] == url
    assert office.do(lambda: kind in {one.kind for one in db.session.scalars(select(Notification))})


def test_every_kind_of_news_has_words_a_choice_and_an_example():
    assert set(news_words.SAID) == set(screen.KINDS) == {kind for _, kind, *_ in SAID} == set(News)


def test_what_came_together_is_one_message_and_counts_as_one(any_office):
    any_office.do(lambda: people.count(people.did(quantity=10), people.did(people.PROJECT)))
    found = page(any_office.signed_in("ada").get("/notifications"))
    assert len(found.all(".message")) == 1
    assert found.words(".news-item .name") == ["First Step", "10 Hour Milestone", "Project Pioneer"]
    assert found.says("#bell") == "News: 1 message unread 1"


def test_news_stands_under_its_day_by_the_readers_own_calendar(office):
    office.do(lambda: setattr(ada(), "time_zone", "Pacific/Kiritimati"))
    for ago in (0, 3, 24, 500):
        office.do(
            lambda ago=ago: awarding.award(1, to=ada(), by=by("grace"), reason="-", now=NOW - timedelta(hours=ago))
        )
    found = page(office.signed_in("ada").get("/notifications"))
    assert found.words("h2") == ["Today", "Yesterday", "Thu 30 Apr"]
    assert found.words("time") == ["02:00", "23:00", "02:00", "06:00"]


def test_looking_changes_nothing_and_the_button_marks_all_as_read(any_office):
    any_office.do(points_given)
    browser = any_office.signed_in("ada")
    before = any_office.dump()
    found = page(browser.get("/notifications"))
    assert found.words(".message .fresh") == ["New"]
    assert any_office.dump() == before
    form = found.form("/notifications/read")
    after = page(browser.post("/notifications/read", data=form | {"all": "1"}, follow_redirects=True))
    assert not after.has(".fresh")
    assert not after.has(".message.unread")
    assert after.says("#bell") == "News"
    assert not after.has("form[action=/notifications/read]")


def test_the_page_marks_what_it_showed_and_nothing_that_came_since(office):
    office.do(points_given)
    browser = office.signed_in("ada")
    form = page(browser.get("/notifications")).form("/notifications/read")
    office.do(lambda: awarding.award(7, to=ada(), by=by("grace"), reason="Later", now=NOW + timedelta(seconds=1)))
    bell = page(browser.post("/notifications/read", data=form, headers={"HX-Request": "true"}))
    assert bell.says("#bell") == "News: 1 message unread 1"
    assert page(browser.get("/notifications")).words(".message.unread .news-item .name") == ["7 points for you"]


def test_older_news_is_a_page_further_and_marked_only_when_it_was_seen_or_by_the_button(office):
    for number in range(53):
        office.do(
            lambda number=number: awarding.award(
                1, to=ada(), by=by("grace"), reason=f"no. {number}", now=NOW - number * timedelta(minutes=1)
            )
        )
    browser = office.signed_in("ada")
    first = page(browser.get("/notifications"))
    second = page(browser.get(first.links["Older"]))
    assert (len(first.all(".message")), len(second.all(".message"))) == (50, 3)
    assert second.words(".news-quote") == ["no. 50", "no. 51", "no. 52"]
    assert "Older" not in second.links
    assert second.links["Newest"] == "/notifications"
    browser.post("/notifications/read", data=second.form("/notifications/read"))
    assert office.do(lambda: notifications.unread(ada().id)) == 50
    browser.post("/notifications/read", data=first.form("/notifications/read") | {"all": "1"})
    assert office.do(lambda: notifications.unread(ada().id)) == 0


@pytest.mark.parametrize("before", ["", "yesterday", "2026-05-20", "9999-12-31T23:59:59-23:59"])
def test_a_place_that_is_none_is_the_beginning(office, before):
    office.do(points_given)
    assert page(office.signed_in("ada").get(f"/notifications?before={before}")).has(".message")


def test_many_at_once_are_not_all_said(office):
    news = [(ada, f"streak:{number}", number) for number in range(1, 16)]
    office.do(
        lambda: notifications.tell([(who().id, "streak", key, {"days": number}) for who, key, number in news], NOW)
    )
    found = page(office.signed_in("ada").get("/notifications"))
    assert len(found.all(".news-item")) == inbox.MOST_AT_ONCE
    assert found.says("and 3 more")


def test_somebody_without_news_is_invited(office):
    found = page(office.signed_in("ada").get("/notifications"))
    assert found.says("Good news is on its way")
    assert found.says("#bell") == "News"


def test_more_than_ninety_nine_are_said_so(office):
    news = [(who, "streak", f"streak:{who}", {"days": 7}) for who in range(120)]
    for number, (_, *rest) in enumerate(news):
        office.do(
            lambda number=number, rest=rest: notifications.tell(
                [(ada().id, *rest)], NOW - number * timedelta(seconds=1)
            )
        )
    assert page(office.signed_in("ada").get("/")).says("#bell") == "News: 99+ messages unread 99+"


def test_the_bell_answers_only_if_there_is_something_new_and_costs_one_query_of_its_own(
    any_office,
):
    browser = any_office.signed_in("ada")
    assert browser.get("/notifications/bell?shown=0").status_code == 204
    any_office.do(points_given)
    answer = browser.get("/notifications/bell?shown=0", headers={"HX-Request": "true"})
    assert page(answer).says("#bell") == "News: 1 message unread 1"
    with statements(any_office.app) as found:
        assert browser.get("/notifications/bell?shown=1").status_code == 204
    assert len([one for one in found if one.startswith("SELECT")]) == 3


def test_everybody_who_helps_has_the_bell_on_every_page_and_nobody_else(office):
    browser = office.signed_in("ada")
    assert all(page(browser.get(address)).has("#bell") for address in ("/", "/badges", "/history", "/pauses"))
    assert not page(office.grace.get("/desk")).has("#bell")
    assert office.grace.get("/notifications").status_code == 404


def happen_more() -> None:
    for number in range(60):
        at = NOW - timedelta(days=1, minutes=number)
        awarding.award(5, to=ada(), by=by("grace"), reason="-", now=at)
        notifications.tell_one(ada().id, News.STREAK, f"more:{number}", {"days": 7}, at)


def test_the_number_of_queries_is_the_same_with_much_news(any_office):
    def asked() -> int:
        with statements(any_office.app) as found:
            assert browser.get("/notifications").status_code == 200
        return len(found)

    browser = any_office.signed_in("ada")
    any_office.do(points_given)
    any_office.do(a_place)
    few = asked()
    any_office.do(happen_more)
    assert asked() == few <= 14


# --- What one may not know of any more --------------------------------------------------------------------------------


def test_a_secret_badge_is_gone_from_the_news_once_it_was_taken_back(office):
    secret = cast.secret(office.app, MARKER, days=40)
    grant = lambda: awarding.grant(  # noqa: E731
        db.session.get_one(Badge, secret), to=ada(), by=by("grace"), reason=f"For {MARKER}", now=NOW - DAY
    )
    office.do(grant)
    assert MARKER in page(office.signed_in("ada").get("/notifications")).text
    revoke = lambda: awarding.revoke(  # noqa: E731
        db.session.scalars(select(VolunteerBadge)).one(), by=by("grace"), reason=f"No {MARKER}", now=NOW
    )
    office.do(revoke)
    answer = office.signed_in("ada").get("/notifications")
    assert MARKER not in answer.text
    assert page(answer).words(".news-item .name") == ["A medal was taken back", "This does not stand any more"]


def test_a_secret_achievement_is_gone_once_it_was_reversed(office):
    cast.secret(office.app, MARKER, days=2)
    office.do(people.nothing_to_earn)
    office.do(lambda: [setattr(one, "is_active", True) for one in hidden()])
    ids = office.do(lambda: people.count(*people.days(0, 1)))
    assert MARKER in office.signed_in("ada").get("/notifications").text
    office.do(lambda: people.take_back(*ids))
    answer = office.signed_in("ada").get("/notifications")
    assert MARKER not in answer.text
    assert page(answer).words(".news-item .name") == ["This does not stand any more"]


def hidden() -> list[Achievement]:
    return [one for one in db.session.scalars(select(Achievement)) if one.is_secret]


def test_something_secret_is_never_new_to_earn(office):
    def define() -> None:
        new = people.define("hours_logged", {"hours_required": 900}, name=MARKER, is_secret=True)
        assessing.request(new, quiet=False, now=NOW)
        while assessing.go_on(NOW):
            db.session.commit()

    office.do(define)
    assert office.do(lambda: notifications.unread(ada().id)) == 0


def test_two_new_things_on_a_day_are_one_message_and_quiet_ones_are_none(office):
    office.do(something_new)

    def more(name: str, quiet: bool) -> None:
        new = people.define("hours_logged", {"hours_required": 950}, name=name)
        assessing.request(new, quiet=quiet, now=NOW)
        while assessing.go_on(NOW):
            db.session.commit()

    office.do(lambda: more("Nine hundred and fifty", False))
    found = page(office.signed_in("ada").get("/notifications"))
    assert found.words(".news-item .name") == ["New to earn: Nine hundred, and 1 more"]
    assert office.do(lambda: len(db.session.scalars(select(Notification)).all())) == 2, "Ada's and Ben's"


def test_whoever_gave_something_and_was_forgotten_is_a_former_volunteer(office):
    def given_and_forgotten() -> None:
        ben = volunteer("Ben Okafor")
        user = people.sign_up("Ben Okafor", "coordinator", volunteer=ben)
        awarding.award(5, to=ada(), by=user, reason="Well done", now=NOW)
        user.active = False
        db.session.flush()
        forgetting.forget(ben, by=by("linus"), now=NOW)

    office.do(given_and_forgotten)
    answer = office.signed_in("ada").get("/notifications")
    assert "Okafor" not in answer.text
    assert page(answer).words(".news-item") == ["5 points for you Well done A former volunteer +5 points"]


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "‮evil‬", "x" * 4000, "{{ 7 * 7 }}"])
def test_words_of_others_are_shown_as_words(office, words):
    office.do(lambda: awarding.award(5, to=ada(), by=by("grace"), reason=words, now=NOW))
    found = page(office.signed_in("ada").get("/notifications"))
    assert found.words(".news-quote") == [words]


# --- Choices ------------------------------------------------------------------------------------------------------


def test_news_comes_once_a_day_until_one_chooses_otherwise(office):
    browser = office.signed_in("ada")
    form = page(browser.get("/notifications/preferences")).fields
    assert {form[kind.value] for kind in News} == {"daily"}
    kept = form | {"rank": "never", "points": "at_once"}
    found = page(browser.post("/notifications/preferences", data=kept, follow_redirects=True))
    assert found.says(".flashes").startswith("It is kept.")
    chosen = found.fields
    assert (chosen["rank"], chosen["points"], chosen["badge"]) == ("never", "at_once", "daily")
    ways = office.do(lambda: mail_choices.choices_of(ada()))
    assert {kind: way for kind, way in ways.items() if way != "daily"} == {"rank": "never", "points": "at_once"}


def test_a_choice_that_is_none_is_said_and_changes_nothing(office):
    browser = office.signed_in("ada")
    form = page(browser.get("/notifications/preferences")).fields
    answer = browser.post("/notifications/preferences", data=form | {"rank": "by pigeon"})
    assert answer.status_code == 422
    assert page(answer).has("p.error")
    assert office.do(lambda: ada().mail_choices) is None


def test_places_are_not_shown_and_nothing_is_to_be_chosen_of_them_where_people_are_not_compared(any_office):
    any_office.do(a_place)
    any_office.do(a_climb)
    any_office.do(lambda: awarding.award(5, to=ada(), by=by("grace"), reason="-", now=NOW - DAY))
    any_office.do(lambda: organisation.change("boards_of_people", False))
    browser = any_office.signed_in("ada")
    found = page(browser.get("/notifications"))
    assert found.words(".news-item .name") == ["5 points for you"]
    assert found.says("#bell") == "News: 1 message unread 1"
    form = page(browser.get("/notifications/preferences")).fields
    assert "rank" not in form
    assert browser.post("/notifications/preferences", data=form | {"points": "never"}).status_code == 302
    ways = any_office.do(lambda: mail_choices.choices_of(ada()))
    assert (ways[News.RANK], ways[News.POINTS]) == ("daily", "never")

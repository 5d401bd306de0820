"""Everybody reads the portal in a language of theirs, and nobody gets a page in somebody else's."""

import re
from datetime import date
from decimal import Decimal

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from portal import languages as which
from portal.domain import organisation
from portal.domain.accounts import User
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.web import typed_numbers, words
from portal.web.hours_field import read_hours
from portal.web.starter_words import translated
from tests import people
from tests.web import cast
from tests.web.reading import page

HELLO = {"en": "Welcome back", "es": "Qué bien que has vuelto", "de": "Willkommen zurück", "ar": "مرحبًا بعودتك"}
DIRECTION = {"en": "ltr", "es": "ltr", "de": "ltr", "ar": "rtl"}
MEDALS = {"en": "Medals", "es": "Medallas", "de": "Medaillen", "ar": "الأوسمة"}
OWN = ("/", "/badges", "/badges/1", "/achievements", "/history", "/leaderboards", "/hours/new", "/notifications")
MORE = ("/goals", "/teams", "/pauses", "/notifications/preferences", "/your-data", "/nowhere")
DESK = ("/desk", "/reviews", "/volunteers", "/imports", "/awards/new", "/activities/new")
ADMIN = ("/definitions", "/rules", "/users", "/tokens", "/boards", "/displays", "/displays/new", "/check-up")
spoken = pytest.mark.parametrize("language", HELLO)


def reads(client, path: str, **headers):
    """A page as somebody gets it."""
    return page(client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}))


def said(read) -> tuple:
    """What a page says of its language: in its markup, and in its headers."""
    html = read.one("html")
    return html["lang"], html["dir"], read.response.headers["Content-Language"]


@spoken
def test_a_volunteer_reads_every_page_in_their_language(sqlite_app, language):
    ada = cast.volunteer(sqlite_app)
    cast.did(sqlite_app, cast.hours("Ada", 3))
    choose(sqlite_app, "ada@example.org", language)
    for path in OWN + MORE:
        read = reads(ada, path)
        assert said(read) == (language, DIRECTION[language], language), path
        assert read.status in (200, 404), path
    assert f"{MEDALS[language]} {MEDALS[language]}" in reads(ada, "/").links


@spoken
def test_a_desk_and_its_admins_read_theirs(admin, language):
    admin.app  # noqa: B018 - the office is there
    choose(admin.app, "linus@example.org", language)
    for path in DESK + ADMIN:
        read = admin.read(path)
        assert read.one("html")["lang"] == language, path
        assert read.status in (200, 404), path


def choose(app, email: str, language: str | None, *, as_volunteer: bool = False) -> None:
    """Somebody chooses a language: with their sign-in, or for the volunteer they are."""
    with app.app_context():
        user = db.session.scalars(select(User).where(User.email == email)).one()
        (user.volunteer if as_volunteer else user).language = language
        db.session.commit()


def test_ones_own_choice_goes_before_a_cookie_and_that_before_the_browser(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    assert reads(ada, "/", Accept_Language="de-AT, en;q=0.5").one("html")["lang"] == "de"
    ada.set_cookie("language", "es")
    assert reads(ada, "/", Accept_Language="de").one("html")["lang"] == "es"
    choose(sqlite_app, "ada@example.org", "de")
    assert reads(ada, "/").one("html")["lang"] == "de"
    choose(sqlite_app, "ada@example.org", "ar", as_volunteer=True)
    assert reads(ada, "/").one("html")["lang"] == "ar"


def test_without_a_word_it_is_the_organisations_and_a_language_that_is_not_there_is_none(sqlite_app):
    stranger = sqlite_app.test_client()
    stranger.set_cookie("language", "tlh")
    assert reads(stranger, "/sign-in", Accept_Language="tlh").one("html")["lang"] == "en"
    with sqlite_app.app_context():
        organisation.change("language", "es")
        db.session.commit()
    assert reads(stranger, "/sign-in", Accept_Language="tlh").one("html")["lang"] == "es"
    assert reads(stranger, "/sign-in", Accept_Language="ar").one("html")["lang"] == "ar"


@spoken
def test_whoever_is_not_signed_in_chooses_at_the_foot_of_the_page(sqlite_app, language):
    stranger = sqlite_app.test_client()
    foot = reads(stranger, "/sign-in").all(".languages button")
    assert [one.text for one in foot] == ["English", "العربية", "Deutsch", "Español"]
    assert [one["lang"] for one in foot if one["aria-pressed"] == "true"] == ["en"]
    token = reads(stranger, "/sign-in?next=/badges").fields["csrf_token"]
    chosen = {"language": language, "next": "/sign-in?next=/badges", "csrf_token": token}
    answer = stranger.post("/language", data=chosen)
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/badges")
    read = reads(stranger, answer.location)
    assert (read.heading, said(read)) == (HELLO[language], (language, DIRECTION[language], language))


def test_a_choice_leads_to_no_other_site_and_takes_no_language_that_is_not_there(sqlite_app):
    stranger = sqlite_app.test_client()
    token = reads(stranger, "/sign-in").fields["csrf_token"]
    answer = stranger.post("/language", data={"language": "../de", "next": "//example.org/", "csrf_token": token})
    assert answer.location == "/"
    assert stranger.get_cookie("language") is None


def test_whoever_is_signed_in_has_no_choice_at_the_foot(sqlite_app):
    assert not reads(cast.volunteer(sqlite_app), "/").has(".languages")


def test_answers_say_what_they_depend_on(sqlite_app):
    answer = sqlite_app.test_client().get("/sign-in")
    assert {"Cookie", "Accept-Language"} <= {one.strip() for one in answer.headers["Vary"].split(",")}


def test_nobody_gets_a_row_of_a_board_in_somebody_elses_language(sqlite_app):
    ada, ben = cast.volunteer(sqlite_app), cast.volunteer(sqlite_app, "Ben Hill")
    cast.did(sqlite_app, cast.hours("Ada", 3), cast.hours("Ben", 2))
    ada.set_cookie("language", "de")
    ben.set_cookie("language", "ar")
    for _twice in range(2):
        assert "Du" in reads(ada, "/leaderboards/points/all_time").words(".person-name")
        assert "أنت" in reads(ben, "/leaderboards/points/all_time").words(".person-name")


def test_other_systems_are_answered_as_they_ask_and_otherwise_in_english(sqlite_app):
    stranger = sqlite_app.test_client()
    stranger.set_cookie("language", "ar")
    path = "/api/v1/nothing"
    assert stranger.get(path).get_json()["title"] == "Nothing is here"
    assert stranger.get(path, headers={"Accept-Language": "de"}).get_json()["title"] == "Hier ist nichts"


@pytest.mark.parametrize(
    ("language", "long", "short", "hours", "per_cent"),
    [
        ("en", "15 August 2026", "Saturday 15 August", "1.5 hours", "12%"),
        ("es", "15 de agosto de 2026", "sábado, 15 de agosto", "1,5 horas", "12 %"),
        ("de", "15. August 2026", "Samstag, 15. August", "1,5 Stunden", "12 %"),
        ("ar", "15 أغسطس 2026", "السبت، 15 أغسطس", "1.5 ساعة", "12%"),
    ],
)
def test_dates_hours_and_shares_are_written_as_one_does_there(sqlite_app, language, long, short, hours, per_cent):
    day = date(2026, 8, 15)
    with sqlite_app.test_request_context("/"), force_locale(language):
        assert (words.long_day(day), words.week_day(day)) == (long, short)
        assert (words.hours(Decimal("1.5")), words.per_cent(12, 100)) == (hours, per_cent)


def test_arabic_has_its_six_plurals(sqlite_app):
    expected = {
        0: "0 ساعة",
        1: "ساعة واحدة",
        2: "ساعتان",
        3: "3 ساعات",
        11: "11 ساعة",
        100: "100 ساعة",
        1.5: "1.5 ساعة",
    }
    with sqlite_app.test_request_context("/"), force_locale("ar"):
        assert {n: words.hours(Decimal(str(n))) for n in expected} == expected
        days = [words.people(n) for n in (1, 2, 3, 11, 100)]
    assert days == ["شخص واحد", "شخصان", "3 أشخاص", "11 شخصًا", "100 شخص"]


@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [
        *(("en", "7.5", "7.5"), ("en", "7,5", "7.5"), ("en", "1,000", "1,000"), ("en", "٧٫٥", "7.5")),
        *(("de", "7,5", "7.5"), ("de", "7.5", "7.5"), ("de", "1.000", "1’000"), ("de", "1.234,5", "1234.5")),
        *(("es", "7,25", "7.25"), ("ar", "٧٫٥", "7.5"), ("ar", "12", "12"), ("ar", "۱۲", "12"), ("de", "abc", "abc")),
    ],
)
def test_a_number_is_read_as_it_is_written_there_and_what_may_be_two_is_none(sqlite_app, language, typed, read):
    with sqlite_app.test_request_context("/"), force_locale(language):
        assert typed_numbers.with_point(typed) == read


def test_hours_are_written_with_the_digits_of_any_keyboard():
    assert [read_hours(text) for text in ("١٫٥", "١:٣٠", "۲", "1,5 Std.")] == [
        Decimal(one) for one in ("1.5", "1.5", "2", "1.5")
    ]


def test_an_admin_sees_numbers_in_a_form_as_they_type_them(admin):
    choose(admin.app, "linus@example.org", "de")
    form = admin.read("/rules/hours_logged")
    answer = admin.linus.post("/rules/hours_logged", data=form.fields | {"per_unit": "7,5"})
    assert answer.status_code == 302
    assert admin.read("/rules/hours_logged").fields["per_unit"] == "7,5"


def test_the_starter_set_is_told_in_ones_language_and_what_people_wrote_as_they_wrote_it(sqlite_app):
    with sqlite_app.test_request_context("/"), force_locale("de"):
        assert translated("First Step") == "Erster Schritt"
        assert translated("First Steps of the kitchen") == "First Steps of the kitchen"


def test_every_text_of_the_starter_set_is_known(sqlite_session):
    from portal.domain import definitions
    from portal.web.starter_words import OURS

    found = [*definitions.badges().values(), *definitions.achievements()]
    assert len(found) == 29
    assert {text for one in found for text in (one.name, one.description)} <= OURS


def test_letters_are_in_the_language_of_who_reads_them(sqlite_app):
    with sqlite_app.app_context():
        ada = people.join("Ada Bell")
        db.session.flush()
        organisation.change("language", "es")
        assert which.of_reader(ada) == "es"
        for user in db.session.scalars(select(User).where(User.volunteer_id == ada.id)):
            user.language = "de"
        ada.language = "ar"
        assert which.of_reader(ada) == "ar"
        ada.language = None
        assert which.of_reader(db.session.get_one(Volunteer, ada.id)) in ("de", "es")
        assert which.of_reader(None) == "es"


LATIN = re.compile(r"[A-Za-z]{3,}")


@pytest.mark.parametrize(
    "path", ["/", "/badges", "/achievements", "/history", "/leaderboards", "/hours/new", "/pauses"]
)
def test_no_english_is_left_in_headings_buttons_and_links(sqlite_app, path):
    ada = cast.volunteer(sqlite_app)
    ada.set_cookie("language", "ar")
    read = reads(ada, path)
    shown = [text for found in ("h1", "h2", "h3", "button", "nav a", "label", "th") for text in read.words(found)]
    assert [text for text in shown if LATIN.search(text.replace("Ada", ""))] == []

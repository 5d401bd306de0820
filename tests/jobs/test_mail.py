"""News by mail: to whom, when, together or at once, and once, whatever becomes of workers and the mail server."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import select

from portal.database import reading
from portal.domain import awarding, forgetting, gathering, letters, mail_choices, merging, notifications, organisation
from portal.domain.accounts import User
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.letters import Letter
from portal.domain.mail_choices import Way
from portal.domain.notifications import News, OutboxRow
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.jobs import mail, postman
from portal.jobs.postman import Postman
from portal.web.letters import token
from tests import people
from tests.jobs.conftest import hired
from tests.machinery.mailbox import mail_server
from tests.machinery.processes import eventually
from tests.people import NOW
from tests.web.cast import secret

ADA, BEN = "ada@example.org", "ben@example.org"
MORNING = datetime(2026, 5, 21, 8, tzinfo=UTC)
"""The morning after people.NOW, where Ada lives."""


@pytest.fixture
def server():
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def house(app, server, monkeypatch):
    """The application with Ada, Ben and Linus, who sign in, and a mail server; nobody waits for long."""
    monkeypatch.setattr(postman, "ANSWERS_WITHIN", 0.5)
    app.config |= {"SMTP_URL": server.url, "MAIL_FROM": "Thanks <thanks@example.org>"}
    app.config["PUBLIC_URL"] = "https://thanks.example.org"
    with app.app_context():
        people.grace()
        people.linus()
        for name in ("Ada Bell", "Ben Okafor"):
            people.sign_up(name, "volunteer", volunteer=people.join(name))
        yield app


def by(name: str) -> User:
    return db.session.scalars(select(User).where(User.email == f"{name}@example.org")).one()


def whose(email: str = ADA) -> Volunteer:
    return db.session.scalars(select(Volunteer).where(Volunteer.email == email)).one()


def thank(points: int = 5, *, to: str = ADA, reason: str = "The fair", now: datetime = NOW) -> None:
    """News of points."""
    awarding.award(points, to=whose(to), by=by("grace"), reason=reason, now=now)
    db.session.commit()


def wants(way: Way, *, who: str = ADA, kinds=tuple(News)) -> None:
    mail_choices.choose(whose(who), dict.fromkeys(kinds, way))
    db.session.commit()


def send(now: datetime) -> None:
    """What a worker does at an instant."""
    with time_machine.travel(now):
        mail.send_waiting()
    db.session.expire_all()


def all_letters() -> list[Letter]:
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


# --- When, and what together --------------------------------------------------------------------------------------


def test_the_days_news_comes_together_in_the_morning_and_once(house, server):
    thank(5, reason="The fair")
    thank(7, reason="The kitchen", now=NOW + timedelta(hours=1))
    send(NOW + timedelta(hours=2))
    send(MORNING - timedelta(minutes=1))
    assert server.mails == []
    for minutes in (0, 10, 600):
        send(MORNING + timedelta(minutes=minutes))
    (found,) = server.mails
    assert found.message["Subject"] == "5 points for you, and 1 more"
    assert [found.text.count(words) for words in ("The fair", "The kitchen")] == [1, 1]
    assert [one.sent_at is not None for one in all_letters()] == [True]


def test_everybody_is_written_to_in_their_language(house, server):
    whose().language = "ar"
    db.session.commit()
    thank(5, reason="The fair")
    send(MORNING)
    (found,) = server.mails
    assert found.message["Subject"] == "5 نقاط لك"
    assert found.message["Content-Language"] == "ar"
    assert '<html lang="ar" dir="rtl">' in found.html
    assert "عرض كل أخبارك" in found.html
    assert "كل أخبارك:" in found.text
    assert "The fair" in found.text
    assert not re.search("See all|All your news|points", found.html + found.text)


def test_who_chose_no_language_is_written_to_in_that_of_the_organisation(house, server):
    organisation.change("language", "de")
    db.session.commit()
    thank(5, reason="The fair")
    send(MORNING)
    assert [one.message["Subject"] for one in server.mails] == ["5 Punkte für dich"]


def test_who_wants_it_at_once_has_it_at_once_by_day_and_in_the_morning_by_night(house, server):
    wants(Way.AT_ONCE)
    thank(reason="By day")
    send(NOW)
    assert [one.text.count("By day") for one in server.mails] == [1]
    evening = NOW.replace(hour=20)
    thank(reason="By night", now=evening)
    for late in (evening, evening + timedelta(hours=11, minutes=59)):
        send(late)
    assert len(server.mails) == 1
    send(MORNING)
    assert [one.text.count("By night") for one in server.mails] == [0, 1]


def test_each_kind_goes_the_way_that_was_chosen_for_it(house, server):
    wants(Way.NEVER, kinds=[News.POINTS])
    wants(Way.AT_ONCE, kinds=[News.STREAK])
    thank()
    notifications.tell_one(whose().id, News.STREAK, "streak:7", {"days": 7}, NOW)
    db.session.commit()
    send(NOW)
    send(MORNING)
    assert [one.message["Subject"] for one in server.mails] == ["7 days in a row"]
    closed = db.session.scalars(select(OutboxRow.closed_at).order_by(OutboxRow.id)).all()
    assert [one is not None for one in closed] == [True, False]


def test_a_choice_holds_for_what_waits_already(house, server):
    thank()
    with time_machine.travel(MORNING):
        gathering.gather(MORNING)
        db.session.commit()
    wants(Way.NEVER)
    send(MORNING)
    assert server.mails == []
    assert [one.failure for one in all_letters()] == [letters.UNWANTED]


def test_the_digest_comes_at_eight_of_ones_own_morning(house, server):
    zones = {ADA: "Pacific/Kiritimati", BEN: "Pacific/Pago_Pago"}
    for email, zone in zones.items():
        whose(email).time_zone = zone
        thank(to=email)
    came = {}
    for half_hours in range(60):
        now = NOW + timedelta(minutes=30 * half_hours)
        send(now)
        for one in server.mails:
            came.setdefault(one.to, now)
    assert came == {ADA: datetime(2026, 5, 20, 18, tzinfo=UTC), BEN: datetime(2026, 5, 20, 19, tzinfo=UTC)}
    assert server.numbers == Counter({ADA: 1, BEN: 1})


# --- To whom ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda: setattr(by("ada"), "password_hash", "-"),
        lambda: setattr(by("ada"), "active", False),
        lambda: setattr(by("ada"), "volunteer_id", None),
        lambda: setattr(whose(), "status", "inactive"),
    ],
    ids=["invited", "locked out", "without a sign-in", "inactive"],
)
@pytest.mark.parametrize("when", ["before", "after it became a letter"])
def test_who_does_not_come_in_gets_none(house, server, change, when):
    thank()
    thank(to=BEN)
    if when != "before":
        gathering.gather(MORNING)
        db.session.commit()
    change()
    db.session.commit()
    send(MORNING)
    send(MORNING + timedelta(days=1))
    assert server.numbers == Counter({BEN: 1})


def test_who_was_forgotten_gets_none_and_leaves_no_letter(house, server):
    thank()
    gathering.gather(MORNING)
    db.session.commit()
    by("ada").active = False
    forgetting.forget(whose(), by=by("linus"), now=NOW)
    db.session.commit()
    send(MORNING)
    assert (server.mails, all_letters()) == ([], [])


def test_what_one_was_told_as_two_comes_once_two_are_one(house, server):
    thank(reason="As Ada")
    thank(to=BEN, reason="As Ben")
    gathering.gather(MORNING)
    db.session.commit()
    by("ben").volunteer_id = None
    merging.merge(whose(BEN), into=whose(), by=by("linus"), now=NOW)
    db.session.commit()
    send(MORNING)
    send(MORNING + timedelta(days=1))
    assert set(server.numbers) == {ADA}
    assert [sum(one.text.count(words) for one in server.mails) for words in ("As Ada", "As Ben")] == [1, 1]


def test_places_are_not_sent_where_people_are_not_compared(house, server):
    data = {"leaderboard_type": "points", "timeframe": "monthly", "period_start": "2026-05-01", "rank": 4}
    notifications.tell_one(whose().id, News.RANK, "first:points/monthly:2026-05-01", data, NOW)
    thank(now=NOW + timedelta(minutes=1))
    thank(to=BEN)
    notifications.tell_one(whose(BEN).id, News.RANK, "first:points/monthly:2026-05-01", data, NOW)
    gathering.gather(MORNING)
    notifications.tell_one(whose(BEN).id, News.RANK, "climb:points/monthly:2026-05-20", data | {"climbed": 12}, NOW)
    organisation.change("boards_of_people", False)
    db.session.commit()
    send(MORNING)
    assert [(one.to, one.message["Subject"]) for one in server.mails] == [
        (ADA, "5 points for you"),
        (BEN, "5 points for you"),
    ]


# --- What it says -------------------------------------------------------------------------------------------------


def test_what_others_wrote_is_words_in_a_mail(house, server):
    hostile = "<b>Hi</b>\r\nBcc: eve@example.org\n.\n\u202eevil" + "x" * 3000
    whose().name = "<i>Ada</i>\r\nBcc: eve@example.org"
    thank(reason=hostile)
    send(MORNING)
    (found,) = server.mails
    assert found.message["Bcc"] is None
    assert "<b>Hi</b>" not in found.html
    assert "&lt;b&gt;Hi&lt;/b&gt;" in found.html
    assert "<i>" not in found.html
    assert max(map(len, found.raw.splitlines())) <= 998


def test_links_lead_to_the_portal_and_nothing_is_fetched_from_elsewhere(house, server):
    thank()
    send(MORNING)
    (found,) = server.mails
    links = re.findall(r'href="([^"]+)"', found.html)
    assert {urlsplit(one).netloc for one in links} == {"thanks.example.org"}
    assert not re.search(r"<img|src=|url\(|@import|<link|<script", found.html)
    assert "color-scheme" in found.html
    assert "https://thanks.example.org/history?show=given" in found.text


def test_a_secret_badge_that_was_taken_back_is_in_no_mail(house, server):
    badge = secret(house, "Marker Of Night", days=40)
    awarding.grant(db.session.get_one(Badge, badge), to=whose(), by=by("grace"), reason="For Marker", now=NOW)
    db.session.flush()
    held = db.session.scalars(select(VolunteerBadge)).one()
    awarding.revoke(held, by=by("grace"), reason="No Marker", now=NOW + timedelta(minutes=1))
    thank(to=BEN)
    send(MORNING)
    assert server.numbers == Counter({ADA: 1, BEN: 1})
    assert [one for one in server.mails if "Marker" in one.text + one.html + str(one.message["Subject"])] == []


def test_one_letter_that_cannot_be_written_does_not_keep_others_waiting(house, server):
    notifications.tell_one(whose().id, News.STREAK, "streak:7", {}, NOW)
    thank(to=BEN)
    send(MORNING)
    assert server.numbers == Counter({BEN: 1})
    assert all_letters()[0].sent_at is all_letters()[0].failed_at is None


# --- The way out --------------------------------------------------------------------------------------------------


def test_a_mail_program_stops_the_digest_with_one_press_without_cookies(house, server):
    wants(Way.AT_ONCE, kinds=[News.BADGE])
    thank()
    send(MORNING)
    message = server.mails[0].message
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    way_out = urlsplit(message["List-Unsubscribe"].strip("<>")).path
    nobody = house.test_client()
    asked = nobody.get(way_out)
    assert (asked.status_code, "Ada" in asked.text) == (200, False)
    db.session.rollback()
    assert mail_choices.way_of(whose(), "points") == Way.DAILY, "looking changes nothing"
    for _ in range(2):
        done = nobody.post(way_out, data={"List-Unsubscribe": "One-Click"})
        assert (done.status_code, "Set-Cookie" in done.headers) == (200, False)
    db.session.rollback()
    assert mail_choices.way_of(whose(), "points") == Way.NEVER
    assert mail_choices.way_of(whose(), "badge") == Way.AT_ONCE
    assert mail_choices.way_of(whose(BEN), "points") == Way.DAILY
    thank(now=MORNING)
    send(MORNING + timedelta(days=2))
    assert len(server.mails) == 1


def test_a_link_that_somebody_made_up_leads_nowhere(house):
    good = token(whose(), Way.DAILY)
    for made_up in ("x", good[:-1], good + "a", good.replace(".", ""), "W251bGwsMV0." + good.rpartition(".")[2]):
        assert house.test_client().post(f"/unsubscribe/{made_up}").status_code == 404


# --- Each once ----------------------------------------------------------------------------------------------------


def test_without_a_mail_server_all_of_it_waits(house, server):
    house.config["SMTP_URL"] = ""
    thank()
    send(MORNING)
    house.config["SMTP_URL"] = server.url
    assert all_letters() == []
    send(MORNING + timedelta(hours=2))
    assert server.numbers == Counter({ADA: 1})


def test_what_waited_for_more_than_a_week_is_no_mail_any_more(house, server):
    thank()
    send(NOW + timedelta(days=8))
    assert server.mails == []
    assert db.session.scalars(select(OutboxRow.closed_at)).one() is not None


def test_a_server_that_is_away_and_comes_back_gets_each_once(house, server):
    thank()
    thank(to=BEN)
    server.manners.hangs_up = {"hello"}
    for minutes in range(0, 30, 3):
        send(MORNING + timedelta(minutes=minutes))
    assert server.mails == []
    server.manners.hangs_up = set()
    for minutes in range(30, 200, 10):
        send(MORNING + timedelta(minutes=minutes))
    assert server.numbers == Counter({ADA: 1, BEN: 1})


def test_an_address_that_the_server_does_not_know_is_given_up_at_once_and_nobody_waits_for_it(house, server):
    thank()
    thank(to=BEN)
    server.manners.answers = {ADA: "550 no such mailbox"}
    send(MORNING)
    refused, sent = all_letters()
    assert (refused.failure, refused.attempts, refused.failed_at is not None) == ("550 no such mailbox", 1, True)
    assert sent.sent_at is not None
    assert server.numbers == Counter({BEN: 1})


@pytest.mark.parametrize(("stage", "answer"), [(ADA, "450 later"), ("text", "452 full"), ("hello", "421 busy")])
def test_not_now_is_tried_again_ever_more_rarely_and_given_up_after_two_days(house, server, stage, answer):
    thank()
    server.manners.answers = {stage: answer}
    for minutes in range(0, 60 * 24 * 3, 20):
        send(MORNING + timedelta(minutes=minutes))
    (letter,) = all_letters()
    assert (letter.failure, letter.sent_at) == (answer, None)
    assert timedelta(days=2) <= letter.failed_at - letter.created_at < timedelta(days=2, hours=14)
    assert 8 < letter.attempts < 25
    assert 8 <= letter.failed_at.hour < 20


def test_who_was_frozen_past_the_lease_does_nothing_any_more(house):
    thank()
    gathering.gather(MORNING)
    db.session.commit()
    frozen = letters.take(MORNING)
    assert letters.take(MORNING) is None
    later = MORNING + letters.LEASE
    other = letters.take(later)
    assert other.attempt == 2
    assert not letters.hand_over(frozen, later)
    assert letters.hand_over(other, later)
    letters.later(frozen, "421 busy", later)
    letters.refused(frozen, "550 no", later)
    letters.sent(other, later)
    db.session.commit()
    assert [(one.failure, one.sent_at) for one in all_letters()] == [(None, later)]


def test_no_transaction_is_open_while_the_mail_server_talks(house, server, monkeypatch):
    thank()
    open_at, announce, hand_over = [], Postman.announce, Postman.hand_over

    def looked(step):
        def look(*given):
            open_at.append(db.session().in_transaction())
            return step(*given)

        return look

    monkeypatch.setattr(Postman, "announce", looked(announce))
    monkeypatch.setattr(Postman, "hand_over", looked(hand_over))
    send(MORNING)
    assert (open_at, len(server.mails)) == ([False, False], 1)


# --- Workers that run beside each other, and die ------------------------------------------------------------------


def by_now(house) -> None:
    """Moves everybody to where it is about noon at this moment, and lets them have their mail at once."""
    ahead = 12 - datetime.now(UTC).hour
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
    for one in db.session.scalars(select(Volunteer)):
        one.time_zone = zone
        mail_choices.choose(one, dict.fromkeys(News, Way.AT_ONCE))
    db.session.commit()


def deliver(app) -> None:
    """What a process of its own does."""
    with app.app_context():
        mail.send_waiting()


def looked_up(app, what):
    """Looks without keeping any worker waiting."""
    before = reading.set(True)
    try:
        with app.app_context():
            return db.session.scalars(what).all()
    finally:
        reading.reset(before)


@pytest.fixture
def workers(house, tmp_path):
    """Processes of their own."""
    by_now(house)
    with hired(house, tmp_path) as crew:
        yield crew


def test_two_workers_at_once_send_each_letter_once(house, server, workers):
    for number in range(12):
        person = people.join(f"Person{number} Bell", zone=whose().time_zone)
        people.sign_up(person.name, "volunteer", volunteer=person)
        mail_choices.choose(person, dict.fromkeys(News, Way.AT_ONCE))
        thank(to=person.email, now=datetime.now(UTC))
    server.manners.takes = 0.02
    db.session.rollback()
    busy = [workers.start(deliver) for _ in range(3)]
    eventually(lambda: {one.ended() for one in busy} == {True}, within=30)
    mail.send_waiting()
    assert server.numbers == Counter({f"person{number}@example.org": 1 for number in range(12)})


def test_a_worker_killed_before_the_text_goes_leaves_the_letter_to_another(house, server, workers, monkeypatch):
    monkeypatch.setattr(postman, "ANSWERS_WITHIN", 30)
    thank(now=datetime.now(UTC))
    db.session.rollback()
    server.manners.silent = {"rcpt"}
    one = workers.start(deliver)
    eventually(lambda: [line for line in server.said if line.startswith("RCPT")], within=20)
    one.kill()
    server.manners.silent = set()
    mail.send_waiting()
    assert server.mails == [], "it is leased"
    for minutes in (3, 6):
        send(datetime.now(UTC) + timedelta(minutes=minutes))
    assert server.numbers == Counter({ADA: 1})


def test_a_worker_killed_once_the_server_has_the_text_is_not_followed_by_a_second_mail(
    house, server, workers, monkeypatch
):
    monkeypatch.setattr(postman, "ANSWERS_WITHIN", 30)
    thank(now=datetime.now(UTC))
    db.session.rollback()
    server.manners.silent = {"text"}
    one = workers.start(deliver)
    eventually(lambda: server.mails, within=20)
    one.kill()
    server.manners.silent = set()
    for minutes in (0, 3, 60):
        send(datetime.now(UTC) + timedelta(minutes=minutes))
    assert server.numbers == Counter({ADA: 1})
    (letter,) = looked_up(house, select(Letter))
    assert (letter.failure, letter.sent_at) == (letters.PERHAPS, None)

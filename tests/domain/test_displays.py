"""Displays have links that nobody can guess and that end at once; and show what anybody may see."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.domain import awarding, displays, showing
from portal.domain.audit import AuditRecord
from portal.domain.displays import Display
from portal.domain.volunteers import Visibility
from tests import people
from tests.people import NOW


def test_the_secret_of_a_link_is_kept_as_a_hash(session):
    display, secret = displays.add("Hall", ["points/weekly"], 20, by=None, now=NOW)
    assert len(secret) >= 32
    assert display.token_hash != secret
    assert displays.with_secret(secret) is display
    assert displays.with_secret(display.token_hash) is None


def test_an_ended_link_says_so_and_is_written_down_once(session):
    display, secret = displays.add("Hall", ["points/weekly"], 20, by=None, now=NOW)
    for minutes in (0, 1):
        displays.revoke(display, by=None, now=NOW + timedelta(minutes=minutes))
    session.commit()
    assert displays.with_secret(secret).revoked_at == NOW
    found = session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
    assert found == ["define", "revoke"]


def test_being_seen_is_noted_once_a_minute(session):
    display, _secret = displays.add("Hall", ["points/weekly"], 20, by=None, now=NOW)
    session.commit()
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        session.execute(displays.seen(display.id, NOW + timedelta(seconds=seconds)))
        session.commit()
        assert session.get(Display, display.id).last_seen_at == NOW + timedelta(seconds=noted)


@pytest.fixture
def hall(session, ada, ben):
    """Ada has given three hours, Ben one."""
    people.count(people.did(quantity=3), people.did(quantity=1, volunteer_email="ben@example.org"))
    people.refresh()


def names(board: str = "points/all_time") -> list[str]:
    """Who is on a board, in order."""
    return [one.name for one in showing.picture([board], NOW).boards[0].standings]


def test_people_go_by_the_name_that_they_chose(session, hall, ada):
    assert names() == ["Ada B.", "Ben O."]
    ada.visibility = Visibility.FULL_NAME
    session.commit()
    assert names() == ["Ada Bell", "Ben O."]
    ada.birth_date = date(NOW.year - 16, NOW.month, NOW.day) + timedelta(days=1)
    session.commit()
    assert names() == ["Ada B.", "Ben O."]
    ada.visibility = Visibility.UNLISTED
    session.commit()
    assert names() == ["Ben O."]
    assert "Ada" not in str(showing.picture(list(showing.EVERY_BOARD), NOW))


def test_boards_come_in_the_order_that_was_chosen(session, hall):
    wanted = ["hours/monthly", "points/all_time", "nothing/at_all", "projects/weekly"]
    shown = [f"{one.type}/{one.timeframe}" for one in showing.picture(wanted, NOW).boards]
    assert shown == ["hours/monthly", "points/all_time", "projects/weekly"]


def test_a_medal_is_the_first_of_the_showcase_or_else_the_rarest(session, hall, ada, grace):
    def best() -> str:
        medal = showing.picture(["points/all_time"], NOW).boards[0].standings[0].medal
        return medal.name

    assert best() == "First Step"
    rare, secret = people.medal(0), people.medal(0, is_secret=True)
    rare.rarity, secret.rarity = "legendary", "legendary"
    for badge in (rare, secret):
        awarding.grant(badge, to=ada, by=grace, reason="well done", now=NOW)
    session.commit()
    assert best() == rare.name
    first = next(one for one in people.badges(ada) if one.badge_id == 1)
    first.is_showcased, first.showcase_position = True, 1
    session.commit()
    assert best() == "First Step"


def test_pictures_of_the_same_are_equal(session, hall, ada):
    before = showing.picture(["points/all_time"], NOW)
    assert showing.picture(["points/all_time"], NOW) == before
    ada.visibility = Visibility.FULL_NAME
    session.commit()
    assert showing.picture(["points/all_time"], NOW) != before

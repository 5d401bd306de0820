"""Displays have links that nobody can guess and that end at once; and show what anybody may see."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from portal.domain import awarding, displays, goals, organisation, pairing, screens, showing
from portal.domain.audit import AuditRecord
from portal.domain.displays import Look
from portal.domain.goals import Wanted
from portal.domain.leaderboards import LeaderboardType
from portal.domain.screens import Screen
from portal.domain.volunteers import Visibility
from tests import company, people
from tests.people import NOW, refresh

PANELS = ["points/weekly", "medals"]


@pytest.fixture
def linus(session):
    """Linus, who is admin."""
    return people.linus()


def hall_display():
    """A display and the secret of its link."""
    return displays.add("Hall", PANELS, 20, by=None, now=NOW)


def audited(session) -> list[str]:
    """What was done, in order."""
    return list(session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)))


def test_the_secret_of_a_link_is_kept_as_a_hash(session):
    display, secret = hall_display()
    link = session.scalars(select(Screen)).one()
    assert len(secret) >= 32
    assert (link.display_id, link.by_link) == (display.id, True)
    assert link.token_hash != secret
    assert displays.with_secret(secret).look == Look(tuple(PANELS), 20, "dark", None)
    assert displays.with_secret(link.token_hash) is None


def test_an_ended_display_says_so_and_is_written_down_once(session):
    display, secret = hall_display()
    assert len(displays.live()) == 1
    for minutes in (0, 1):
        displays.revoke(display, by=None, now=NOW + timedelta(minutes=minutes))
    session.commit()
    assert display.revoked_at == NOW
    assert displays.with_secret(secret).ended
    assert displays.live() == {}
    assert audited(session) == ["define", "revoke"]


def test_being_seen_is_noted_once_a_minute(session):
    hall_display()
    session.commit()
    link = session.scalars(select(Screen)).one()
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        session.execute(screens.seen([link.id], NOW + timedelta(seconds=seconds)))
        session.commit()
        assert session.get(Screen, link.id).last_seen_at == NOW + timedelta(seconds=noted)


def test_a_screen_is_on_that_was_seen_in_the_last_two_minutes(session):
    hall_display()
    link = session.scalars(select(Screen)).one()
    assert screens.on([link], NOW) == 0
    link.last_seen_at = NOW
    assert screens.on([link], NOW + timedelta(minutes=2)) == 1
    assert screens.on([link], NOW + timedelta(minutes=2, seconds=1)) == 0


def test_what_is_changed_is_written_down_and_what_stays_is_not(session, linus):
    display, _secret = hall_display()
    same = {"name": "Hall", "panels": PANELS, "seconds": 20}
    assert not displays.change(display, same, by=linus, now=NOW)
    assert displays.change(display, same | {"seconds": 30, "theme": "light"}, by=linus, now=NOW)
    session.commit()
    record = session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
    assert (record.before, record.after) == ({"seconds": 20, "theme": "dark"}, {"seconds": 30, "theme": "light"})
    assert audited(session) == ["define", "define"]


def test_a_new_link_ends_the_old_one_and_leaves_paired_screens(session, linus):
    display, old = hall_display()
    paired = pairing.pair(pairing.offer(display, by=linus, now=NOW), now=NOW)
    new = displays.renew_link(display, by=linus, now=NOW)
    session.commit()
    assert [displays.with_secret(one).ended for one in (old, new, paired)] == [True, False, False]
    assert len(displays.live()) == 2
    assert audited(session) == ["define", "offer code", "pair", "renew link"]


def test_a_code_is_good_once(session, linus):
    display, link = hall_display()
    code = pairing.offer(display, by=linus, now=NOW)
    assert (len(code), code.isdecimal()) == (8, True)
    assert code not in str(display.code_hash)
    secret = pairing.pair(code, now=NOW + timedelta(minutes=9, seconds=59))
    session.commit()
    assert displays.with_secret(secret).display_id == display.id
    assert displays.with_secret(link).display_id == display.id
    assert secret != link
    assert pairing.pair(code, now=NOW) is None


def test_a_code_is_good_for_ten_minutes(session, linus):
    display, _link = hall_display()
    code = pairing.offer(display, by=linus, now=NOW)
    assert pairing.pair(code, now=NOW + timedelta(minutes=10)) is None
    assert pairing.pair("", now=NOW) is None


def test_a_code_ends_with_the_next_one_and_with_its_display(session, linus):
    display, _link = hall_display()
    first, second = (pairing.offer(display, by=linus, now=NOW) for _ in range(2))
    assert pairing.pair(first, now=NOW) is None
    displays.revoke(display, by=linus, now=NOW)
    assert pairing.pair(second, now=NOW) is None


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
    assert "Ada" not in str(showing.picture(showing.EVERY_PANEL, NOW))


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


def test_medals_are_there_only_for_displays_that_show_them(session, hall):
    both = showing.picture(["points/all_time", "hours/monthly", "medals"], NOW)
    assert [one.name for one in both.latest] == ["Ben O.", "Ada B."]
    assert both.only(["hours/monthly"]) == showing.picture(["hours/monthly"], NOW)
    assert both.only(["medals", "points/all_time"]).latest == both.latest
    assert showing.picture(["points/all_time"], NOW).latest is None


# --- Teams and goals ------------------------------------------------------------------------------------------------


def test_teams_stand_on_boards_of_their_own_by_sum_and_by_head(session, grace):
    company.crew("Large", 1, 1, 1, 1, by=grace, when=NOW.date())
    company.crew("Keen", 2, 2, 1, by=grace, when=NOW.date())
    company.crew("Two", 9, 9, by=grace, when=NOW.date())
    refresh()
    panels = ("teams/hours/monthly/per-head", "teams/hours/monthly", "hours/monthly")
    picture = showing.picture(panels, NOW).only(panels)
    assert [one.name for one in picture.boards] == list(panels)
    per_head, in_all, _people = picture.boards
    assert [(one.name, one.rank, one.value) for one in in_all.standings] == [("Keen", 1, 5), ("Large", 2, 4)]
    assert [(one.name, one.rank, one.value) for one in per_head.standings] == [
        ("Keen", 1, Decimal("1.67")),
        ("Large", 2, 1),
    ]


def test_goals_of_all_and_of_teams_with_figures_are_shown(session, grace):
    large = company.crew("Large", 1, 1, 1, by=grace, when=NOW.date())
    small = company.crew("Small", 1, 1, by=grace, when=NOW.date())
    for title, team in (("All", None), ("Of the large", large.id), ("Of the small", small.id)):
        wanted = Wanted(title, LeaderboardType.HOURS, Decimal(20), team, NOW.date(), None)
        goals.make(wanted, by=grace, now=NOW)
    session.commit()
    found = showing.picture(("goals",), NOW).only(("goals",))
    assert [(one.title, one.value) for one in found.goals] == [("All", 5), ("Of the large", 3)]
    assert showing.picture(("points/monthly",), NOW).goals == ()


def test_where_people_are_not_compared_teams_and_goals_stay(session, grace, ada):
    company.crew("Large", 1, 1, 1, by=grace, when=NOW.date())
    organisation.change("boards_of_people", False)
    refresh()
    panels = ("hours/monthly", "teams/hours/monthly")
    assert [one.name for one in showing.picture(panels, NOW).only(panels).boards] == ["teams/hours/monthly"]

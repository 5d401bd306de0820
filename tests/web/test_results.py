"""Weeks and months that are over have pages of their own, for good."""

import pytest
import time_machine

from tests import people
from tests.web import cast
from tests.web.reading import page, signed_in, statements

MAY = people.NOW.replace(day=31)
JUNE = people.NOW.replace(month=6, day=8)


@pytest.fixture
def ada(app):
    """Ada, Ben and forty others helped in May; it is June, and May is closed."""
    with time_machine.travel(JUNE, tick=False):
        ada = cast.volunteer(app)
        for name in ("Ben Okafor", "Cleo Marsh", "Dan Weiss"):
            cast.someone(app, name)
        with app.app_context():
            people.refresh(MAY)
        rows = [cast.hours(name, 4 - n, MAY.date()) for n, name in enumerate(("Ben", "Ada", "Cleo", "Dan"))]
        cast.did(app, *rows, now=MAY)
        with app.app_context():
            people.refresh(JUNE)
        yield ada


def test_a_month_that_is_over_has_its_page(ada):
    shown = page(ada.get("/leaderboards/hours/monthly/2026-05"))
    assert shown.one("h1").text == "May 2026"
    assert shown.words(".podium-name") == ["Ben O.", "You", "Cleo M."]
    assert shown.words(".board .person-name") == ["Dan W."]
    assert "4 people gave hours." in shown.says(".page-head")
    assert "On average 2.5 hours, half of them 2.5 or more." in shown.says(".page-head")
    assert "Final since 8 June 2026." in shown.says(".page-head")
    assert "Entries since" not in shown.html


def test_late_entries_are_said(app, ada):
    cast.did(app, cast.hours("Dan", 9, MAY.date(), external_id="late"), now=JUNE)
    shown = page(ada.get("/leaderboards/hours/monthly/2026-05"))
    assert "Entries since: 1. They count in all time." in shown.says(".page-head")
    assert shown.words(".board .person-name") == ["Dan W."]


def test_a_result_that_is_not_final_says_until_when(app, ada):
    shown = page(ada.get("/leaderboards/hours/weekly/2026-W23"))
    assert "Not final yet: what comes in until 11 June 2026 still counts here." in shown.says(".page-head")


def test_this_month_leads_to_the_board(ada):
    answer = ada.get("/leaderboards/points/monthly/2026-06")
    assert (answer.status_code, answer.location) == (302, "/leaderboards/points/monthly")


@pytest.mark.parametrize(
    "url",
    [
        "/leaderboards/points/monthly/2026-07",
        "/leaderboards/points/monthly/2020-01",
        "/leaderboards/points/monthly/2026-13",
        "/leaderboards/points/monthly/2026-5",
        "/leaderboards/points/monthly/٢٠٢٦-٠٥",
        "/leaderboards/points/monthly/2026-W20",
        "/leaderboards/points/weekly/2026-05",
        "/leaderboards/points/weekly/2026-W99",
        "/leaderboards/points/weekly/0000-W01",
        "/leaderboards/points/all_time/2026-05",
        "/leaderboards/points/all_time/earlier",
        "/leaderboards/smiles/monthly/2026-05",
    ],
)
def test_what_is_no_result_is_not_there(ada, url):
    assert ada.get(url).status_code == 404


def test_a_week_is_named_by_its_number_also_around_new_year(app, ada):
    newer = JUNE.replace(year=2027, month=1, day=20)
    with app.app_context():
        people.refresh(newer)
    with time_machine.travel(newer, tick=False):
        fresh = signed_in(app, "ada@example.org")
        assert page(fresh.get("/leaderboards/points/weekly/2026-W53")).one("h1").text == "Week from 28 December 2026"


def test_the_list_leads_to_each_of_them(ada):
    board = page(ada.get("/leaderboards/hours/monthly"))
    listed = page(ada.get(board.one(".pager p a")["href"]))
    assert listed.one("h1").text == "Earlier months"
    (link,) = listed.all(".rows a")
    assert (link.text, link["href"]) == ("May 2026", "/leaderboards/hours/monthly/2026-05")
    assert "4 people" in listed.says(".rows")
    assert page(ada.get("/leaderboards/hours/all_time")).all(".pager p a") == []


def test_who_hides_is_not_in_old_results_either(app, ada):
    with app.app_context():
        ben = people.db.session.get_one(people.Volunteer, cast.id_of(app, "Ben Okafor"))
        ben.visibility = "unlisted"
        people.db.session.commit()
    shown = page(ada.get("/leaderboards/hours/monthly/2026-05"))
    assert "Ben" not in shown.html
    assert [one.text for one in shown.all(".podium-step")] == ["Place 2", "Place 3", "Place 4"]


def test_the_number_of_queries_does_not_grow(app, ada):
    with statements(app) as few:
        ada.get("/leaderboards/hours/monthly/2026-05")
    names = [f"Helper{number:03} Lastname" for number in range(80)]
    for name in names:
        cast.someone(app, name)
    july = JUNE.replace(month=7)
    cast.did(app, *(cast.hours(name, 1, JUNE.date()) for name in names), now=JUNE)
    with app.app_context():
        people.refresh(july)
    with time_machine.travel(july, tick=False):
        fresh = signed_in(app, "ada@example.org")
        fresh.get("/")
        with statements(app) as many:
            assert fresh.get("/leaderboards/hours/monthly/2026-06").status_code == 200
    assert len(many) == len(few)

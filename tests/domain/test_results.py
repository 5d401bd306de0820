"""Results: what a month came to, browsable for good, saying how many entries came later."""

from datetime import UTC, date, datetime

import pytest

from portal.domain import awarding, closing, organisation, results
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.periods import Board
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.people import HOURS, PROJECT, count, did, refresh

pytestmark = pytest.mark.usefixtures("nothing_to_earn")
MAY = date(2026, 5, 1)
POINTS, HOURS_BOARD, PROJECTS = (Board(kind, Timeframe.MONTHLY) for kind in LeaderboardType)


def at(day: int, *, month: int = 6) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def closed(board: Board):
    """The result of May, and how many entries came since."""
    result = results.of(board, MAY, at(20).date())
    return result, closing.entries_since(result)


@pytest.fixture
def may(session, ada, ben):
    """Ada gave two hours and a project in May, Ben an hour; ids of what was done. May is closed."""
    refresh(at(31, month=5))
    rows = [
        did(HOURS, 2, "2026-05-10"),
        did(PROJECT, when="2026-05-11"),
        did(HOURS, 1, "2026-05-12", volunteer_email="ben@example.org"),
    ]
    ids = count(*rows, now=at(31, month=5))
    refresh(at(31, month=5))
    refresh(at(4))
    return ids


def test_a_result_that_nothing_came_after_says_so(may):
    for board, values in ((POINTS, [110, 5]), (HOURS_BOARD, [2, 1]), (PROJECTS, [1])):
        result, since = closed(board)
        assert ([row["value"] for row in result.rankings], since) == (values, 0)
        assert result.closed_at == at(4)


def test_late_entries_are_counted_and_change_nothing(may):
    count(did(HOURS, 3, "2026-05-20", volunteer_email="ben@example.org"), now=at(8))
    refresh(at(8))
    for board, since in ((POINTS, 1), (HOURS_BOARD, 1), (PROJECTS, 0)):
        assert closed(board)[1] == since
    assert [row["value"] for row in closed(HOURS_BOARD)[0].rankings] == [2, 1]


def test_what_is_reversed_later_is_an_entry_too(may):
    people.take_back(may[0], now=at(9))
    refresh(at(9))
    assert [closed(board)[1] for board in (POINTS, HOURS_BOARD, PROJECTS)] == [1, 1, 0]
    assert [row["value"] for row in closed(HOURS_BOARD)[0].rankings] == [2, 1]


def test_what_is_done_in_june_is_no_entry_of_may(may, grace):
    awarding.award(10, to=db.session.get_one(Volunteer, 1), by=grace, reason="Thanks", now=at(8))
    db.session.commit()
    count(did(when="2026-06-07"), now=at(8))
    refresh(at(8))
    assert [closed(board)[1] for board in (POINTS, HOURS_BOARD, PROJECTS)] == [0, 0, 0]


def test_who_hides_later_is_left_out_and_the_others_keep_their_ranks(may):
    ada = db.session.get_one(Volunteer, 1)
    ada.visibility = "unlisted"
    db.session.commit()
    (ben,) = results.places(closed(POINTS)[0])
    assert (ben.shown_name, ben.rank, ben.position) == ("Ben O.", 2, 2)


def test_until_it_is_closed_the_latest_stands(session, ada):
    refresh(at(31, month=5))
    count(did(PROJECT, when="2026-05-30"), now=at(31, month=5))
    refresh(at(31, month=5))
    refresh(at(1))
    count(did(PROJECT, when="2026-05-31"), now=at(2))
    refresh(at(2))
    result = results.of(PROJECTS, MAY, at(2).date())
    assert (result.closed_at, [row["value"] for row in result.rankings]) == (None, [2])


def test_every_period_stands_in_the_list_once_the_latest_first(may):
    refresh(at(5, month=8))
    found = results.all_of(PROJECTS, at(5, month=8).date())
    assert [(row.period_start.month, row.participants) for row in found] == [(7, 0), (6, 0), (5, 1)]
    before, after = results.beside(PROJECTS, date(2026, 6, 1), at(5, month=8).date())
    assert (before, after) == (MAY, date(2026, 7, 1))
    assert results.beside(PROJECTS, MAY, at(5, month=8).date()) == (None, date(2026, 6, 1))


def test_a_result_knows_its_entries_though_others_count_while_it_is_closed(may, session, monkeypatch):
    """Entries that are committed between counting them and ranking make it rank again."""
    organisation.change("closing_days", 3)
    ranked = closing.ranking.build
    late = [did(PROJECT, when="2026-06-10", external_id="late")]

    def rank_while_others_count(*what, **how):
        if late:
            count(late.pop(), now=at(4, month=7))
        return ranked(*what, **how)

    refresh(at(1, month=7))
    monkeypatch.setattr(closing.ranking, "build", rank_while_others_count)
    refresh(at(4, month=7))
    refresh(at(5, month=7))
    result = results.of(PROJECTS, date(2026, 6, 1), at(5, month=7).date())
    assert not late
    assert ([row["value"] for row in result.rankings], closing.entries_since(result)) == ([1], 0)

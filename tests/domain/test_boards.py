"""Who stands where: equal values share a rank, everybody's own figures, and nobody who does not want to be seen."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from portal.domain import awarding
from portal.domain.leaderboards import Leaderboard, Standing
from portal.domain.points import VolunteerPoints
from tests import people, reading
from tests.people import HOURS, MONDAY, NOW, PROJECT, TASK, count, did, refresh
from tests.reading import board, standings

pytestmark = pytest.mark.usefixtures("nothing_to_earn")
TODAY = NOW.date()


def crowd(*hours: object, when: date = MONDAY) -> None:
    """One volunteer for each number of hours: a@example.org, b@example.org, ..."""
    rows = []
    for letter, quantity in zip("abcdefghij", hours, strict=False):
        people.join(f"{letter.upper()} Person", email=f"{letter}@example.org")
        rows.append(did(HOURS, quantity, when=when, volunteer_email=f"{letter}@example.org"))
    count(*rows)
    refresh()


def places(kind: str = "hours", timeframe: str = "all_time") -> list[tuple]:
    """(who, rank, value), who as one letter."""
    return [(who[0], rank, value) for who, rank, value in standings(kind, timeframe)]


def percentiles() -> dict[str, tuple]:
    """(rank, percentile) of everybody, by all points."""
    called = reading.names()
    query = select(VolunteerPoints).execution_options(populate_existing=True)
    return {called[one.volunteer_id][0]: (one.rank, one.rank_percentile) for one in people.db.session.scalars(query)}


# --- Ranks ----------------------------------------------------------------------------------------------------------


def test_equal_values_share_a_rank_and_the_next_leaves_room(session):
    crowd(3, 4, 1, 3)
    assert places() == [("b", 1, 4), ("a", 2, 3), ("d", 2, 3), ("c", 4, 1)]
    assert percentiles() == {"b": (1, 100), "a": (2, 75), "d": (2, 75), "c": (4, 25)}


def test_everybody_equal_is_first(session):
    crowd(2, 2, 2)
    assert [rank for _, rank, _ in places()] == [1, 1, 1]
    assert set(percentiles().values()) == {(1, 100)}


def test_one_person_is_first_of_one(session):
    crowd("0.25")
    assert places() == [("a", 1, Decimal("0.25"))]
    assert percentiles() == {"a": (1, 100)}
    assert board("hours", "all_time").average_value == board("hours", "all_time").median_value == Decimal("0.25")


def test_nobody_has_no_average_and_no_median(session, ada):
    refresh(everything=True)
    for snapshot in session.scalars(select(Leaderboard)):
        figures = (snapshot.total_participants, snapshot.average_value, snapshot.median_value, snapshot.rankings)
        assert figures == (0, None, None, [])
    assert percentiles() == {"a": (None, None)}


@pytest.mark.parametrize(
    ("number", "expected"),
    [(3, ["100.0", "66.7", "33.3"]), (6, ["100.0", "83.3", "66.7", "50.0", "33.3", "16.7"]), (8, ["100.0", "87.5"])],
)
def test_percentiles_have_one_decimal(session, number, expected):
    crowd(*range(number, 0, -1))
    found = [str(percentiles()[letter][1]) for letter in "abcdefgh"[: len(expected)]]
    assert found == expected


@pytest.mark.parametrize(
    ("hours", "average", "median"),
    [
        ((1, 2), "1.5", "1.5"),
        ((1, 1, 5), "2.3333", "1"),
        ((1, 2, 2, 20), "6.25", "2"),
        ((1, 1, 0.5, 1, 2, 9), "2.4167", "1"),
    ],
)
def test_averages_and_medians_are_exact(session, hours, average, median):
    crowd(*hours)
    one = board("hours", "all_time")
    assert (one.average_value, one.median_value) == (Decimal(average), Decimal(median))


def test_within_a_rank_shown_names_stand_in_order_then_ids(session):
    for number, name in enumerate(("Zoe Last", "Émile Zed", "Zoe Lane", "Adam West")):
        people.join(name, email=f"{number}@example.org")
    count(*(did(volunteer_email=f"{number}@example.org") for number in range(4)))
    refresh()
    assert [who[0] for who, _, _ in standings("hours")] == ["3", "0", "2", "1"]


def test_a_board_keeps_the_first_hundred_and_standings_keep_everybody(session):
    rows = [did(TASK, volunteer_email=f"{n}@example.org", volunteer_name=f"Person {n:03}") for n in range(120)]
    count(*rows, creates_people=True)
    refresh()
    one = board("points", "all_time")
    assert (len(one.rankings), one.total_participants, len(standings())) == (100, 120, 120)
    assert set(one.rankings[0]) == {"volunteer_id", "rank", "value"}
    assert one.rankings[0]["value"] == 10


# --- Who takes part -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hidden", [{"visibility": "unlisted"}, {"status": "inactive"}, {"status": "forgotten"}], ids=str
)
def test_who_is_not_to_be_seen_is_on_no_board_and_the_others_move_up(session, hidden):
    people.join("Ada Bell")
    ben = people.join("Ben Okafor")
    count(did(PROJECT, when=TODAY), did(when=TODAY), did(PROJECT, when=TODAY, volunteer_email="ben@example.org"))
    for name, value in hidden.items():
        setattr(session.get(people.Volunteer, 1), name, value)
    refresh(everything=True)
    for key, one in reading.boards().items():
        assert "ada@example.org" not in [standing.volunteer for standing in one.standings], key
        assert one.total_participants == (0 if key[0] == "hours" else 1)
    assert [rank for _, rank, _ in standings()] == [1]
    assert (people.balance(ben).rank, percentiles()["a"]) == (1, (None, None))


def test_who_has_nothing_or_less_is_on_no_board(session, ada, ben, grace):
    count(did(TASK), did(TASK, volunteer_email="ben@example.org", when=TODAY))
    awarding.award(-10, to=ada, by=grace, reason="a mistake", now=NOW)
    session.commit()
    refresh()
    assert standings("points", "all_time") == [("ben@example.org", 1, 10)]
    assert standings("points", "weekly") == [("ben@example.org", 1, 10)]
    assert people.balance(ada).rank is None


def test_a_week_may_be_negative_for_somebody_who_leads_all_time(session, ada, ben, grace):
    count(did(PROJECT), did(TASK, volunteer_email="ben@example.org", when=TODAY))
    awarding.award(-20, to=ada, by=grace, reason="a mistake", now=NOW)
    session.commit()
    refresh()
    assert standings("points", "all_time") == [("ada@example.org", 1, 80), ("ben@example.org", 2, 10)]
    assert standings("points", "weekly") == [("ben@example.org", 1, 10)]


def test_history_that_is_imported_today_is_not_on_this_weeks_board(session, ada):
    count(did(PROJECT, when="2019-03-01"), did(quantity=3, when="2019-03-01"))
    refresh()
    assert standings("points", "weekly") == standings("hours", "monthly") == []
    assert standings("hours", "all_time") == [("ada@example.org", 1, 3)]


def test_reversed_activities_are_on_no_board(session, ada):
    activity_id, _ = count(did(PROJECT, when=TODAY), did(TASK, when=TODAY))
    refresh()
    people.take_back(activity_id)
    refresh()
    assert standings("projects", "weekly") == standings("projects", "all_time") == []
    assert standings("points", "weekly") == [("ada@example.org", 1, 10)]


# --- What is rebuilt ------------------------------------------------------------------------------------------------


def test_only_what_was_touched_is_rebuilt(session, ada):
    refresh()
    count(did(TASK))
    assert refresh() == ["points all_time", "points monthly"]
    count(did(quantity=1, when=TODAY))
    assert refresh() == [
        f"{kind} {frame}" for kind in ("points", "hours") for frame in ("all_time", "monthly", "weekly")
    ]
    count(did(PROJECT, when="2020-01-01"))
    assert refresh() == ["points all_time", "projects all_time"]
    assert refresh() == []
    people.settle(ada.id)
    assert refresh() == []


def test_standings_go_with_the_snapshot_that_is_replaced(session, ada):
    for number in range(3):
        count(did(PROJECT, when=TODAY - timedelta(days=number % 2), external_id=str(number)))
        refresh()
    current = set(session.scalars(select(Leaderboard.id).where(Leaderboard.is_current)))
    assert len(current) == 9
    assert set(session.scalars(select(Standing.leaderboard_id))) <= current


def test_a_rank_is_taken_away_with_the_last_points(session, ada):
    (activity_id,) = count(did(TASK))
    refresh()
    assert people.balance(ada).rank == 1
    people.take_back(activity_id)
    refresh()
    assert (people.balance(ada).rank, people.balance(ada).rank_percentile) == (None, None)


def test_a_snapshot_says_up_to_which_row_of_the_ledger_it_goes(session, ada):
    count(did(TASK))
    refresh()
    last = session.scalar(select(func.max(people.PointsHistory.id)))
    assert (board("points", "all_time").data_cut, board("points", "all_time").generated_at) == (last, NOW)

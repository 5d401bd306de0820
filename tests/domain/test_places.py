"""One's own place, pages, neighbours, what is missing, and search: right at every edge, without counting anybody."""

from decimal import Decimal

import pytest

from portal.domain import places
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.people import HOURS, count, did, refresh

pytestmark = pytest.mark.usefixtures("nothing_to_earn")


def crowd(*hours: object, **more) -> list[Volunteer]:
    """One volunteer for each number of hours, on the board: A Person, B Person, ... None gives nothing."""
    everybody = [people.join(f"{letter} Person", **more) for letter, _ in zip("ABCDEFGHIJKLMNOP", hours, strict=False)]
    rows = [
        did(HOURS, quantity, volunteer_email=one.email)
        for one, quantity in zip(everybody, hours, strict=True)
        if quantity is not None
    ]
    if rows:
        count(*rows)
    refresh(everything=True)
    return everybody


def board():
    return places.board(LeaderboardType.HOURS, Timeframe.ALL_TIME)


def own(who: Volunteer) -> places.Place | None:
    return places.of(db.session.get_one(Volunteer, who.id), board())


def hide(who: Volunteer) -> None:
    who.visibility = "unlisted"
    db.session.commit()


def names(found) -> list[str]:
    return [place.shown_name[0] for place in found]


def gap(found: places.Gap | None) -> tuple | None:
    return found and (found.missing, found.rank, found.shown_name[0])


def test_everybody_who_is_equal_shares_the_first_place_and_lacks_nothing(session):
    everybody = crowd(2, 2, 2)
    for one in everybody:
        mine = own(one)
        assert (mine.rank, gap(places.to_next(mine, board())), places.to_pursuer(mine, board())) == (1, None, None)
        assert places.shares(mine, board())
        assert places.share(mine, board()) == 100


def test_ties_are_passed_over_in_both_directions(session):
    everybody = crowd(5, 4, 4, 4, 1)
    middle, last = own(everybody[2]), own(everybody[4])
    assert (middle.rank, middle.position, last.rank) == (2, 3, 5)
    assert gap(places.to_next(middle, board())) == (1, 1, "A")
    assert gap(places.to_pursuer(middle, board())) == (3, 5, "E")
    assert gap(places.to_next(last, board())) == (3, 2, "D")
    assert [places.share(own(one), board()) for one in everybody] == [20, 80, 80, 80, 100]


def test_ties_across_the_border_of_a_page_stand_once_each(session):
    crowd(5, 3, 3, 3, 3, 1)
    first = places.page(board(), limit=3)
    second = places.page(board(), after=first[-1].position, limit=3)
    assert names(first) + names(second) == list("ABCDEF")
    assert [place.rank for place in (*first, *second)] == [1, 2, 2, 2, 2, 6]
    assert names(places.page(board(), before=second[0].position, limit=3)) == list("ABC")
    assert names(places.page(board(), before=3, limit=5)) == ["A", "B"]


def test_one_person_is_alone(session):
    (ada,) = crowd("0.25")
    mine = own(ada)
    assert (mine.rank, mine.value, places.share(mine, board())) == (1, Decimal("0.25"), 100)
    assert not places.shares(mine, board())
    assert places.neighbours(mine, board()) == ([], [])


def test_who_has_nothing_has_no_place(session):
    ada, _ben = crowd(None, 1)
    assert own(ada) is None
    assert names(places.page(board())) == ["B"]


def test_nobody_is_an_empty_board(session):
    crowd(None)
    assert places.page(board()) == []
    assert board().total_participants == 0


def test_who_is_not_listed_sees_their_own_place_among_the_others(session):
    everybody = crowd(5, 4, 4, 2)
    for hidden, rank, next_one, share in (
        (everybody[0], 1, None, 25),
        (everybody[1], 2, (1, 1, "A"), 75),
        (everybody[3], 4, (2, 2, "C"), 100),
    ):
        hide(hidden)
        refresh(everything=True)
        mine = own(hidden)
        assert (mine.rank, mine.position) == (rank, None)
        assert gap(places.to_next(mine, board())) == next_one
        assert places.share(mine, board()) == share
        hidden.visibility = "full_name"
        db.session.commit()
        refresh(everything=True)


def test_who_is_not_listed_may_share_a_place_that_others_see(session):
    everybody = crowd(5, 4, 4)
    hide(everybody[2])
    refresh(everything=True)
    assert places.shares(own(everybody[2]), board())
    assert not places.shares(own(everybody[1]), board())


def test_who_hides_in_the_middle_is_gone_at_once_and_nobody_is_sent_after_them(session):
    everybody = crowd(5, 4, 3)
    hide(everybody[1])
    assert names(places.page(board())) == ["A", "C"]
    assert gap(places.to_next(own(everybody[2]), board())) == (2, 1, "A")
    above, below = places.neighbours(own(everybody[2]), board())
    assert (names(above), names(below)) == (["A"], [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ng", ["Ngọc Nguyễn-Phạm"]),
        ("NGỌC", ["Ngọc Nguyễn-Phạm"]),
        ("ngoc nguyen pham", ["Ngọc Nguyễn-Phạm"]),
        ("pham", ["Ngọc Nguyễn-Phạm"]),
        ("sulliv", ["Cormac O'Sullivan"]),
        ("o'sul", ["Cormac O'Sullivan"]),
        ("ostergaard", ["Lærke Østergaard"]),
        ("laerke", ["Lærke Østergaard"]),
        ("cor", ["Cormac O'Sullivan"]),
        ("ormac", []),
        ("%", []),
        ("__", []),
        ("  ", []),
        ("عم", ["عمر خان"]),
    ],
)
def test_a_name_is_found_by_how_a_word_of_it_begins(session, text, found):
    everybody = ("Ngọc Nguyễn-Phạm", "Cormac O'Sullivan", "Lærke Østergaard", "عمر خان")
    for number, name in enumerate(everybody):
        people.join(name, email=f"{number}@example.org", visibility="full_name")
    count(*(did(volunteer_email=f"{number}@example.org") for number in range(len(everybody))))
    refresh()
    assert [place.shown_name for place in places.search(board(), text)] == found


def test_what_is_found_is_the_shown_name_and_follows_it(session):
    ada = people.join("Ada Lovelace")
    count(did())
    refresh()
    assert places.search(board(), "lovelace") == []
    ada.visibility = "full_name"
    db.session.commit()
    assert len(places.search(board(), "lovelace")) == 1
    ada.name = "Ada Byron"
    db.session.commit()
    assert (places.search(board(), "lovelace"), len(places.search(board(), "byr"))) == ([], 1)
    hide(ada)
    assert places.search(board(), "ada") == []


def test_somebody_whose_name_begins_twice_like_this_is_found_once(session):
    crowd(1)
    people.join("Anna Andersen", visibility="full_name")
    count(did(volunteer_email="anna@example.org"))
    refresh()
    assert [place.shown_name for place in places.search(board(), "an")] == ["Anna Andersen"]


def test_whoever_comes_with_an_import_is_found(session):
    count(did(volunteer_email="new@example.org", volunteer_name="Noor de Vries"), creates_people=True)
    refresh()
    assert [place.shown_name for place in places.search(board(), "noor v")] == ["Noor V."]

"""What people say of themselves, and what others then see of them."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.domain import particulars
from portal.domain.audit import AuditRecord
from portal.domain.leaderboards import BoardTouch, LeaderboardType
from portal.domain.particulars import ABOUT, SEEN, Change
from portal.domain.refusals import FieldRefused
from portal.domain.volunteers import public_name
from portal.extensions import db
from tests import people, reading
from tests.people import NOW


@pytest.fixture
def user(session, ada):
    """Ada's sign-in."""
    return people.sign_up("Ada Bell", "volunteer", volunteer=ada)


def change(who, user, *, seen: str | None = None, **wanted) -> set[str]:
    """As from a page that was loaded just now, unless it was seen before."""
    fields = tuple(wanted)
    found = particulars.change(who, Change(wanted, seen or particulars.version(who, fields)), by=user, now=NOW)
    db.session.commit()
    return found


def touched() -> set[str]:
    return set(db.session.scalars(select(BoardTouch.leaderboard_type)))


def test_the_audit_knows_that_it_changed_and_not_what(ada, user):
    wanted = {"name": "Zyxada Zyxbell", "birth_date": date(2001, 2, 3), "time_zone": "Asia/Tokyo", "language": "es"}
    assert change(ada, user, **wanted) == set(ABOUT)
    record = db.session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
    assert (record.action, record.subject_id, record.actor_id, record.before) == ("change", ada.id, user.id, None)
    assert record.after == {"fields": sorted(ABOUT)}
    assert "zyx" not in str(reading.dump()["audit_records"]).lower()


@pytest.mark.parametrize(
    ("wanted", "boards"),
    [
        ({"name": "Ada Adams"}, set(LeaderboardType)),
        ({"nickname": "Ace", "visibility": "nickname"}, set(LeaderboardType)),
        ({"nickname": None, "visibility": "unlisted"}, set(LeaderboardType)),
        ({"time_zone": "Asia/Tokyo", "language": "es"}, set()),
        ({"name": "Ada Bell"}, set()),
    ],
)
def test_boards_follow_what_they_show(ada, user, wanted, boards):
    change(ada, user, **wanted)
    assert touched() == boards


def test_who_hides_leaves_the_boards_and_the_others_move_up(session, ada, ben, user):
    people.count(people.did(quantity=5), people.did(quantity=2, volunteer_email="ben@example.org"))
    people.refresh()
    assert [(who, rank) for who, rank, *_ in reading.standings()] == [("ada@example.org", 1), ("ben@example.org", 2)]
    change(ada, user, nickname=None, visibility="unlisted")
    people.refresh()
    assert [(who, rank) for who, rank, *_ in reading.standings()] == [("ben@example.org", 1)]


def test_of_two_windows_the_second_is_told(ada, user):
    seen = particulars.version(ada, SEEN)
    change(ada, user, seen=seen, nickname=None, visibility="unlisted")
    with pytest.raises(FieldRefused, match="another window"):
        change(ada, user, seen=seen, nickname=None, visibility="full_name")
    db.session.rollback()
    assert change(ada, user, seen=seen, nickname=None, visibility="unlisted") == set(), "a double click is no offence"
    assert change(ada, user, name="Ada Adams") == {"name"}, "nor is another form"


def test_a_nickname_that_is_shown_is_there(ada, user):
    with pytest.raises(FieldRefused) as error:
        change(ada, user, nickname=None, visibility="nickname")
    assert error.value.field == "nickname"
    assert change(ada, user, nickname="Ace", visibility="nickname")
    with pytest.raises(FieldRefused):
        change(ada, user, nickname=None, visibility="nickname")


def test_a_birth_date_is_given_once_and_put_right_by_somebody_else(ada, user, grace):
    for wrong in (date(2027, 1, 1), date(1890, 1, 1)):
        with pytest.raises(FieldRefused, match="cannot be"):
            change(ada, user, birth_date=wrong)
    change(ada, user, birth_date=date(2012, 1, 1))
    for other in (date(2000, 1, 1), None):
        with pytest.raises(FieldRefused, match="coordinator"):
            change(ada, user, birth_date=other)
    particulars.correct_birth_date(ada, date(2011, 1, 1), by=grace, now=NOW)
    assert ada.birth_date == date(2011, 1, 1)
    with pytest.raises(FieldRefused, match="Somebody else"):
        particulars.correct_birth_date(ada, None, by=user, now=NOW)


def test_who_was_merged_meanwhile_is_told(ada, user):
    ada.status = "forgotten"
    db.session.commit()
    with pytest.raises(FieldRefused, match="put together"):
        change(ada, user, name="Ada Adams")


def test_seen_another_way_and_nothing_is_kept(ada):
    ada.birth_date = date(2012, 1, 1)
    db.session.commit()
    seen = particulars.as_seen(ada, visibility="full_name", nickname=None)
    assert (seen.shown_name, public_name(seen, NOW.date()), seen.listed) == ("Ada Bell", "Ada B.", True)
    assert particulars.as_seen(ada, visibility="nickname", nickname="Ace").shown_name == "Ace"
    assert not particulars.as_seen(ada, visibility="unlisted", nickname=None).listed
    assert not db.session.dirty
    assert not db.session.new


@pytest.mark.parametrize(
    "name",
    [
        "Ada Bell",
        "Ngọc Phạm",
        "Ñandú O’Connor-Šćepanović",
        "محمد بن عبد الله",
        "مینا\u200cزاده",
        "שָׁלוֹם כֹּהֵן",
        "王小明",
        "สมชาย ใจดี",
        "க்ஷேமா",
        "Ada 🌻",
        "J",
        "R2",
    ],
)
def test_names_of_every_script_are_names(name):
    assert particulars.can_be_called(particulars.tidy(name))


@pytest.mark.parametrize(
    "name",
    [
        "\u202eAda",
        "Ada\u2066",
        "Ada\u200f",
        "Ada\x00Bell",
        "\u200d",
        "\u3164",
        "⠀",
        "🌻",
        "…",
        "\ufeffAda",
        "A\u0300\u0301\u0302\u0303\u0304da",
        "Ada\ue000",
        "\ud800",
    ],
)
def test_what_nobody_sees_or_what_upsets_a_line_is_no_name(name):
    assert not particulars.can_be_called(particulars.tidy(name))


def test_a_name_is_kept_in_one_way_of_writing():
    assert particulars.tidy("  Zoe\u0308 \t Bell\n") == "Zo\u00eb Bell"

"""What came together is undone as one: afterwards everybody stands as if it had never been."""

import pytest
from sqlalchemy import select

from portal.domain import accounts, awarding, doctor, recording, undoing
from portal.domain.activities import Activity, Batch, BatchKind, group
from portal.domain.notifications import News, Notification
from portal.domain.refusals import NotPossible
from portal.domain.undoing import Undoing
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, PROJECT, TASK, did

NAMES = ("Ada Bell", "Ben Okafor", "Cleo Maro", "Dan Uhl")


@pytest.fixture
def four(session):
    """Four who have an hour each of before."""
    found = [people.join(name) for name in NAMES]
    people.count(*(did(HOURS, 1, volunteer_email=one.email) for one in found))
    return found


def imported(session, *rows, quiet: bool = False, done: bool = True) -> Batch:
    """These rows as one import, counted."""
    batch = Batch(kind=BatchKind.IMPORT, name="may.csv", source="csv", quiet=quiet, created_at=NOW)
    batch.finished_at = NOW if done else None
    session.add(batch)
    session.flush()
    recording.record(list(rows), source="csv", now=NOW, batch=batch)
    session.commit()
    people.settle()
    return batch


def twelve_hours(four) -> list:
    return [did(HOURS, 12, when=MONDAY - DAY, volunteer_email=one.email, external_id=f"x{one.id}") for one in four]


def linus():
    """The admin, who is there once."""
    return accounts.by_email("linus@example.org") or people.linus()


def go_on(session, times: int = 100) -> int:
    for done in range(times):
        if not undoing.go_on(NOW):
            return done
        session.commit()
    return times


def state(four) -> list[tuple]:
    """What stands of each: points, medals, completions, streak."""
    return [
        (people.total(one), len(people.badges(one)), len(people.completions(one)), people.balance(one).total_hours)
        for one in four
    ]


def ask(session, batch: Batch, by=None) -> Undoing:
    one = undoing.request(batch, by=by or linus(), reason="The wrong file.", now=NOW)
    session.commit()
    return one


def sound() -> list:
    return doctor.examine(NOW).differences


def test_an_import_is_undone_for_everybody(session, four):
    before = state(four)
    batch = imported(session, *twelve_hours(four))
    assert state(four) != before
    one = ask(session, batch)
    assert go_on(session) == len(four) + 1
    assert state(four) == before
    assert (one.done, one.total, one.kept, one.finished_at) == (4, 4, 0, NOW)
    taken = session.scalars(select(Activity).where(Activity.batch_id == batch.id)).all()
    assert {(row.status, row.booked, row.reason) for row in taken} == {("reversed", False, "The wrong file.")}
    assert sound() == []


def test_killed_in_the_middle_it_goes_on_where_it_was(session, four):
    before = state(four)
    one = ask(session, imported(session, *twelve_hours(four)))
    assert go_on(session, times=2) == 2
    assert undoing.go_on(NOW)
    session.rollback()  # killed before it could commit
    assert (one.done, state(four)[:2]) == (2, before[:2])
    assert state(four)[2:] != before[2:]
    go_on(session)
    assert (one.done, state(four)) == (4, before)
    assert sound() == []


def test_what_does_not_count_yet_never_will(session, four):
    before = state(four)
    batch = imported(session, *twelve_hours(four)[:2])
    later = did(TASK, volunteer_email=four[2].email, external_id="later")
    recording.record([later], source="csv", now=NOW, batch=batch)
    session.commit()
    ask(session, batch)
    go_on(session)
    people.settle()
    assert state(four) == before
    assert session.scalars(select(Activity).where(Activity.external_id == "later")).one().status != "pending"


def test_what_was_given_to_a_group_is_taken_back(session, four):
    before, by = state(four), people.grace()
    batch = group("The fair", size=4, by=by, now=NOW)
    owl = people.medal(7)
    for one in four:
        awarding.award(25, to=one, by=by, reason="The fair", now=NOW, batch_id=batch.id)
        awarding.grant(owl, to=one, by=by, reason="The fair", now=NOW, batch_id=batch.id)
    session.commit()
    assert state(four) == [(total + 32, held + 1, *rest) for total, held, *rest in before]
    ask(session, batch)
    go_on(session)
    assert state(four) == before
    assert sound() == []


def test_given_again_afterwards_it_stays(session, four):
    by = people.grace()
    batch = group("The fair", size=2, by=by, now=NOW)
    owl = people.medal(7)
    for one in four[:2]:
        awarding.grant(owl, to=one, by=by, reason="The fair", now=NOW, batch_id=batch.id)
    session.commit()
    ask(session, batch)
    go_on(session)
    awarding.grant(owl, to=four[0], by=by, reason="After all", now=NOW)
    session.commit()
    assert go_on(session) == 0
    assert [len(people.badges(one)) for one in four[:2]] == [2, 1]


def test_the_preview_says_what_goes_and_changes_nothing(session, four):
    batch = imported(session, *twelve_hours(four))
    stood = state(four)
    losses = undoing.preview(batch, by=linus(), now=NOW)
    session.rollback()
    assert state(four) == stood
    assert (losses.people, losses.looked_at) == (4, 4)
    assert losses.points == 4 * (60 + 25)
    assert dict(losses.achievements) == {2: 4}
    ask(session, batch)
    go_on(session)
    assert sum(total for total, *_ in stood) - sum(total for total, *_ in state(four)) == losses.points


def test_the_preview_counts_what_was_given_by_hand(session, four):
    by = people.grace()
    batch = group("The fair", size=2, by=by, now=NOW)
    owl = people.medal(7)
    for one in four[:2]:
        awarding.award(25, to=one, by=by, reason="The fair", now=NOW, batch_id=batch.id)
        awarding.grant(owl, to=one, by=by, reason="The fair", now=NOW, batch_id=batch.id)
    session.commit()
    losses = undoing.preview(batch, by=linus(), now=NOW)
    session.rollback()
    assert (losses.points, dict(losses.badges)) == (2 * 32, {owl.id: 2})


def test_ones_own_stays_and_is_said(session, four):
    batch = imported(session, *twelve_hours(four))
    by = linus()
    by.volunteer_id = four[0].id
    session.commit()
    before = state(four)
    one = ask(session, batch, by=by)
    go_on(session)
    assert (one.done, one.kept) == (3, 1)
    assert state(four)[0] == before[0]


def test_what_is_ones_own_somebody_else_undoes_afterwards(session, grace, four):
    batch = imported(session, *twelve_hours(four))
    by = linus()
    by.volunteer_id = four[0].id
    session.commit()
    ask(session, batch, by=by)
    go_on(session)
    one = ask(session, batch, by=grace)
    go_on(session)
    assert (one.done, one.kept, one.requested_by) == (1, 0, grace)
    assert people.total(four[0]) == 25
    with pytest.raises(NotPossible, match="undone already"):
        undoing.request(batch, by=grace, reason="Twice.", now=NOW)


def test_somebody_with_whom_it_goes_wrong_is_passed_over_and_said(session, four, monkeypatch, caplog):
    one = ask(session, imported(session, *twelve_hours(four)))
    settle = undoing.recognition.settle

    def stumble(ids, **more):
        if four[1].id in ids:
            raise ValueError("a mistake of ours")
        return settle(ids, **more)

    monkeypatch.setattr(undoing.recognition, "settle", stumble)
    go_on(session)
    assert (one.done, one.kept) == (3, 1)
    assert f"cannot be undone for volunteer {four[1].id}" in caplog.text
    monkeypatch.undo()
    assert sound() == []


@pytest.mark.parametrize(("quiet", "told"), [(True, 0), (False, 4)])
def test_of_a_quiet_batch_nobody_hears_a_second_time(session, four, quiet, told):
    ask(session, imported(session, *twelve_hours(four), quiet=quiet))
    go_on(session)
    kinds = list(session.scalars(select(Notification.kind)))
    assert kinds.count(News.CORRECTION) == told


def test_what_waits_besides_is_news_as_ever(session, four):
    batch = imported(session, *twelve_hours(four), quiet=True)
    before = len(session.scalars(select(Notification)).all())
    people.record(did(PROJECT, volunteer_email=four[0].email))
    ask(session, batch)
    go_on(session)
    assert len(session.scalars(select(Notification)).all()) > before


def test_what_cannot_be_undone_says_why(session, four):
    for batch, words in (
        (imported(session, done=False), "still under way"),
        (imported(session), "Nothing of this stands"),
    ):
        with pytest.raises(NotPossible, match=words):
            undoing.request(batch, by=linus(), reason="x", now=NOW)
    batch = imported(session, *twelve_hours(four))
    ask(session, batch)
    with pytest.raises(NotPossible, match="just being undone"):
        undoing.request(batch, by=linus(), reason="x", now=NOW)

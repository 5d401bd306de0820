"""Several processes at the same volunteers at once: each activity counts once, and nobody gets to see a lock."""

import os
import signal
import time

import pytest
from sqlalchemy import event, func, select, text

from portal.database import reading as only_reading
from portal.database import retried
from portal.domain import imports, recognition, recording, snapshots
from portal.domain.activities import Activity, unsettled_volunteers
from portal.domain.leaderboards import Leaderboard, Standing
from portal.extensions import db
from tests import oracle, people, reading
from tests.domain.test_any_order import IMPORTED, real_rows, shuffled, write
from tests.machinery.processes import Crew, eventually
from tests.people import MONDAY, NOW, TASK, did

SECONDS = 60


def end_well(crew: Crew, *processes) -> None:
    """Waits until these have ended by themselves, all of them well."""
    for process in processes:
        eventually(process.ended, within=SECONDS)
    assert [process.status for process in processes] == [0] * len(processes), crew.says()


def expected(rows: list[dict]) -> dict[str, oracle.State]:
    return oracle.expected(oracle.judge(rows, now=IMPORTED).accepted)


def settle_until_nothing_waits(app) -> None:
    """A counting worker."""
    with app.app_context():
        while ids := waiting():
            retried(lambda ids=ids: settle_some(ids), rollback=db.session.rollback)


def waiting() -> list[int]:
    token = only_reading.set(True)
    ids = unsettled_volunteers(7)
    db.session.rollback()
    only_reading.reset(token)
    return ids


def settle_some(ids: list[int]) -> None:
    recognition.settle(ids, now=IMPORTED, skip_locked=True)
    db.session.commit()


def test_two_imports_of_halves_and_two_counting_workers_bring_what_one_import_brings(crew, tmp_path, monkeypatch):
    rows = real_rows()[:400]
    mixed = shuffled(rows, 2)
    halves = [write(tmp_path / f"{number}.csv", mixed[number::2]) for number in (0, 1)]
    monkeypatch.setattr(imports, "PART", 25)
    monkeypatch.setattr(imports, "SETTLED_AT_ONCE", 40)

    def import_half(app, path):
        with app.app_context():
            people.import_file(path, now=IMPORTED)

    importing = [crew.start(lambda app, path=path: import_half(app, path)) for path in halves]
    counting = [crew.start(settle_until_nothing_waits) for _ in range(2)]
    end_well(crew, *importing, *counting)

    with crew.app.app_context():
        assert reading.undated(reading.states()) == reading.undated(expected(rows))


def test_the_same_file_given_to_two_processes_counts_once(crew, tmp_path):
    rows = real_rows()[:150]
    path = write(tmp_path / "one.csv", rows)

    def import_(app):
        with app.app_context():
            people.import_file(path, now=IMPORTED)

    end_well(crew, *(crew.start(import_) for _ in range(2)))
    with crew.app.app_context():
        assert reading.states() == expected(rows)


def recorded(app, number: int = 60) -> list[dict]:
    """Some dozen people's activities, recorded and not counted."""
    rows = real_rows()[:number]
    with app.app_context():
        people.record(*(people.Submission(**row) for row in rows), now=IMPORTED, creates_people=True, source="csv")
    return rows


def hold_everybody(app):
    """A connection that holds the lock of every volunteer."""
    with app.app_context():
        connection = db.engine.connect()
        connection.execute(text("SELECT id FROM volunteer_points ORDER BY volunteer_id FOR UPDATE"))
    return connection


def test_two_workers_at_the_same_volunteers_at_once_book_everything_once(crew):
    rows = recorded(crew.app)

    def settle_everybody(app):
        with app.app_context():
            recognition.settle(unsettled_volunteers(1000), now=IMPORTED)
            db.session.commit()

    with crew.app.app_context():
        workers = [crew.start(settle_everybody) for _ in range(2)]
    end_well(crew, *workers)
    with crew.app.app_context():
        assert reading.states() == expected(rows)


def test_workers_wait_for_whoever_holds_the_volunteers_and_then_look_again(crew):
    """Both begin while the volunteers are held; without the lock both would count what waits."""
    rows = recorded(crew.app)

    def settle_everybody(app):
        with app.app_context():
            ids = unsettled_volunteers(1000)
            recognition.settle(ids, now=IMPORTED)
            db.session.commit()

    holder = hold_everybody(crew.app)
    try:
        workers = [crew.start(settle_everybody) for _ in range(2)]
        eventually(lambda: waiting_for_locks(holder) == 2 or all(one.ended() for one in workers), within=20)
    finally:
        holder.rollback()
        holder.close()
    end_well(crew, *workers)
    with crew.app.app_context():
        assert reading.states() == expected(rows)


def waiting_for_locks(connection) -> int:
    return connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one()


def test_recording_and_counting_at_once_lose_nothing_and_count_nothing_twice(crew):
    rows = recorded(crew.app, 20)
    more = [{**row, "external_id": f"more-{number}"} for number, row in enumerate(real_rows()[:200])]

    def record_more(app):
        with app.app_context():
            for row in more:
                retried(
                    lambda row=row: people.record(
                        people.Submission(**row), now=IMPORTED, source="csv", creates_people=True
                    ),
                    rollback=db.session.rollback,
                )

    recording_ = crew.start(record_more)
    counting = [crew.start(settle_until_nothing_waits) for _ in range(2)]
    end_well(crew, recording_, *counting)
    settle_until_nothing_waits(crew.app)
    with crew.app.app_context():
        judged = oracle.judge([*rows, *more], now=IMPORTED)
        assert reading.undated(reading.states()) == reading.undated(oracle.expected(judged.accepted))


def test_two_who_bring_the_same_friend_at_once_are_not_both_paid(crew):
    with crew.app.app_context():
        for number in range(2):
            people.join(f"V{number}", email=f"v{number}@example.org")

    def bring_friends(app, number):
        with app.app_context():
            for friend in range(40):
                row = did(
                    "volunteer_referred", reference_id=f"friend-{friend}", volunteer_email=f"v{number}@example.org"
                )
                retried(
                    lambda row=row: people.record(row), rollback=db.session.rollback, also=(imports.IntegrityError,)
                )

    end_well(crew, *(crew.start(lambda app, number=number: bring_friends(app, number)) for number in range(2)))
    with crew.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Activity)) == 40


def test_eight_writers_on_sqlite_lose_nothing_and_see_no_lock(sqlite_crew):
    def write_some(app, number):
        with app.app_context():
            for task in range(12):
                row = did(
                    TASK, external_id=f"{number}-{task}", volunteer_email=f"v{task % 3}@example.org", volunteer_name="V"
                )
                recording.record([row], source="test", now=NOW, creates_people=True)
                db.session.commit()
            recognition.settle(unsettled_volunteers(10), now=NOW)
            db.session.commit()

    writers = [sqlite_crew.start(lambda app, number=number: write_some(app, number)) for number in range(8)]
    end_well(sqlite_crew, *writers)
    assert "locked" not in sqlite_crew.says()
    with sqlite_crew.app.app_context():
        people.settle()
        assert db.session.scalar(select(func.count()).where(Activity.status == "counted")) == 96
        assert sum(one.ledger.get(("task_completed", MONDAY), 0) for one in reading.states().values()) == 960


# --- Boards ---------------------------------------------------------------------------------------------------------


def test_a_reader_sees_exactly_one_current_snapshot_of_each_board_while_two_rebuild_them(crew):
    recorded(crew.app)
    settle_until_nothing_waits(crew.app)

    def rebuild(app):
        with app.app_context():
            for _ in range(8):
                retried(rebuild_everything, rollback=db.session.rollback)

    builders = [crew.start(rebuild) for _ in range(2)]
    looks = set()
    with crew.app.app_context():
        while not all(builder.ended() for builder in builders):
            looks.add(what_a_reader_sees())
            time.sleep(0.001)
        end_well(crew, *builders)
        assert looks == {(9, 9, True)}, "boards, current snapshots, everybody on each of them"


def rebuild_everything() -> None:
    snapshots.refresh(now=IMPORTED, everything=True)
    db.session.commit()


def what_a_reader_sees() -> tuple:
    """How many boards have a current snapshot, how many of those there are, whether all its standings are there.

    One statement: PostgreSQL shows it one instant.
    """
    standing = select(func.count()).where(Standing.leaderboard_id == Leaderboard.id).scalar_subquery()
    query = select(Leaderboard.leaderboard_type, Leaderboard.timeframe, Leaderboard.total_participants, standing)
    rows = db.session.execute(query.where(Leaderboard.is_current)).all()
    db.session.rollback()
    built = [row for row in rows if row[2]]
    return len({row[:2] for row in rows}), len(rows), all(row[2] == row[3] for row in built)


# --- Killed in the middle -------------------------------------------------------------------------------------------


def die_at(statement: int, engine) -> None:
    """SIGKILL, as this process is about to say its so-manieth statement to the database."""
    heard = 0

    def hear(*_):
        nonlocal heard
        heard += 1
        if heard == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", hear)


def killed_again_and_again(crew: Crew, path) -> int:
    """Imports the file; killed at a later statement each time, until it gets through. How often it was killed."""
    for times, statement in enumerate((2, 9, 15, 30, 31, 47, 60, 80, 95, 130, 10_000)):

        def import_(app, statement=statement):
            with app.app_context():
                die_at(statement, db.engine)
                people.import_file(path, now=IMPORTED)

        process = crew.start(import_)
        eventually(process.ended, within=SECONDS)
        if process.status == 0:
            return times
        assert process.status == -signal.SIGKILL, crew.says()
    raise AssertionError("it never got through")


@pytest.mark.parametrize("crew_name", ["sqlite_crew", "crew"])
def test_an_import_killed_in_the_middle_again_and_again_is_completed_exactly(request, tmp_path, monkeypatch, crew_name):
    crew = request.getfixturevalue(crew_name)
    rows = real_rows()[:300]
    path = write(tmp_path / "one.csv", rows)
    monkeypatch.setattr(imports, "PART", 60)
    monkeypatch.setattr(imports, "SETTLED_AT_ONCE", 50)

    assert killed_again_and_again(crew, path) >= 4

    with crew.app.app_context():
        assert reading.states() == expected(rows)
        assert db.session.scalar(select(func.count()).where(Activity.status == "counted")) == 300

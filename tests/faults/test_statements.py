"""A worker dies at every moment of its work, one after the other: before and after each statement and each commit."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import func, select, text

from portal.domain import doctor, snapshots
from portal.domain.activities import IS_UNSETTLED, Activity
from portal.domain.leaderboards import Leaderboard
from portal.domain.points import PointsHistory
from portal.domain.submissions import Submission
from portal.extensions import db
from portal.jobs import boards, counting
from tests import oracle, people, reading
from tests.faults.fuses import Fuse, Kind
from tests.jobs.work import WRONG_RUNNING_SUMS
from tests.machinery.processes import Crew, eventually
from tests.people import DAY, HOURS, MONDAY, REFERRAL, SKILL, TASK

AT_MOST = 150


def week_of(who: str) -> list[dict]:
    """A week with which somebody gets some achievements and badges."""
    kinds = [*((TASK, "2"),) * 7, (HOURS, "11"), (HOURS, "0.33"), (SKILL, ""), (REFERRAL, "")]
    return [
        {
            "external_id": f"{who}-{number}",
            "volunteer_email": f"{who}@example.org",
            "volunteer_name": who,
            "event_type": kind,
            "quantity": quantity,
            "occurred_at": str(MONDAY + number % 7 * DAY),
        }
        for number, (kind, quantity) in enumerate(kinds)
    ]


def recorded_weeks(number: int) -> list[dict]:
    """So many people's weeks. What each did first was counted and is to be taken back; the rest is to be counted."""
    weeks = [week_of(f"v{place:03}") for place in range(number)]
    first = people.count(*(Submission(**week[0]) for week in weeks), creates_people=True)
    people.mark_reversed(*first)
    rows = [row for week in weeks for row in week[1:]]
    people.record(*(Submission(**row) for row in rows))
    return rows


def count_everything() -> None:
    """However long it takes."""
    while sum(counting.rounds()):
        pass


def everybody() -> list[int]:
    """Their ids."""
    ids = list(db.session.scalars(select(Activity.volunteer_id).distinct().order_by(Activity.volunteer_id)))
    db.session.rollback()
    return ids


def dies(crew: Crew, moment: int, work: Callable[[], object]) -> bool:
    """Whether a process that does `work` gets as far as this moment, and dies there."""
    fuse = Fuse()

    def live_dangerously(app) -> None:
        fuse.lay(app)
        fuse.light(Kind.DIE, moments=moment)
        with app.app_context():
            work()

    process = crew.start(live_dangerously)
    eventually(process.ended, within=30)
    assert process.status in (0, -signal.SIGKILL), crew.says()
    return process.status != 0


def how_far(volunteer_id: int) -> tuple[int, int]:
    """How many activities of somebody wait to be settled, and how many rows of the ledger there are."""
    waits = select(func.count()).where(Activity.volunteer_id == volunteer_id, IS_UNSETTLED)
    rows = select(func.count()).where(PointsHistory.volunteer_id == volunteer_id)
    found = db.session.scalar(waits), db.session.scalar(rows)
    db.session.rollback()
    return found


def test_a_worker_that_dies_at_any_moment_of_counting_leaves_nothing_half_done(crew):
    with crew.app.app_context():
        rows, ids = recorded_weeks(AT_MOST), everybody()
        moments = next(
            number
            for number, one in enumerate(ids, 1)
            if not dies(crew, number, lambda one=one: counting.settle([one]))
        )
        assert moments > 40
        ends = [how_far(one) for one in ids[: moments - 1]]
        before, after = (11, 1), how_far(ids[moments - 1])
        assert set(ends) == {before, after}
        assert ends == sorted(ends, reverse=True), "done from the commit on"

        count_everything()

        assert {how_far(one) for one in ids} == {after}
        judged = oracle.judge(rows, now=people.NOW, source="test")
        assert reading.undated(reading.states()) == reading.undated(oracle.expected(judged.accepted))
        assert db.session.scalar(text(WRONG_RUNNING_SUMS)) == 0
        people.refresh(datetime.now(UTC))
        assert doctor.examine(datetime.now(UTC)).differences == []


def current_boards() -> int:
    """How many boards have a current snapshot."""
    found = db.session.scalar(select(func.count()).where(Leaderboard.is_current))
    db.session.rollback()
    return found or 0


def test_a_worker_that_dies_at_any_moment_of_building_the_boards_leaves_the_old_ones(crew):
    with crew.app.app_context():
        people.refresh(datetime.now(UTC))
        recorded_weeks(3)
        count_everything()
        before = current_boards()
        moment = 1
        while dies(crew, moment, boards.refresh_boards):
            assert current_boards() == before == len(snapshots.BOARDS)
            moment += 3
        assert moment > 20
        boards.refresh_boards()
        assert doctor.examine(datetime.now(UTC)).differences == []

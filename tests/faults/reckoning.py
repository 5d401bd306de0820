"""What was acknowledged against what is booked: nothing lost, nothing doubled, everybody where the rules say."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select, text

from portal.domain import doctor, snapshots
from portal.domain.activities import Activity
from portal.extensions import db
from tests import oracle, reading
from tests.faults.plan import Plan, Send
from tests.faults.recorders import SOURCE
from tests.faults.storm import Storm
from tests.jobs.work import WRONG_RUNNING_SUMS

BOOKED_TWICE = """
    SELECT count(*) FROM (
        SELECT 1 FROM points_history WHERE activity_id IS NOT NULL GROUP BY activity_id, undoes HAVING count(*) > 1
    ) AS twice
"""


@dataclass
class Reckoning:
    """What came out. Everything but the figures must be nothing."""

    faults: Counter
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    unasked: int = 0
    """Activities that are there and that nobody was told of."""
    other_answers: int = 0
    """Who asked again and was told something else."""
    wrong_sums: int = 0
    unlike_the_model: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    troubles: list = field(default_factory=list)
    turned_away: Counter = field(default_factory=Counter)
    workers_lost: int = 0
    longest: float = 0.0
    seconds: float = 0.0

    def complaints(self) -> dict:
        """What should not be; empty if all is well."""
        names = ("lost", "doubled", "unasked", "other_answers", "wrong_sums", "unlike_the_model", "differences")
        found = {name: getattr(self, name) for name in (*names, "troubles")}
        return {name: value for name, value in found.items() if value}


def reckon(storm: Storm) -> Reckoning:
    """Looks everything over, after the storm."""
    found = Reckoning(storm.happened, workers_lost=storm.workers_lost, longest=storm.longest, seconds=storm.seconds)
    told = answers(storm, found)
    with storm.app.app_context():
        snapshots.refresh(now=datetime.now(UTC))
        db.session.commit()
        compare_rows(told, found)
        compare_states(storm.plan, told, undone(storm), found)
        found.wrong_sums = db.session.scalar(text(WRONG_RUNNING_SUMS))
        with doctor.consistent_read():
            found.differences = [str(one) for one in doctor.examine(datetime.now(UTC)).differences]
    return found


def answers(storm: Storm, found: Reckoning) -> dict[str, int]:
    """The ids that were acknowledged, by external id; notes who was told something else."""
    told: dict[str, int] = {}
    for recorder in storm.recorders:
        for note in [*recorder.answers.read(), *recorder.unsaid.read()]:
            for external_id, activity_id in note["ids"].items():
                found.other_answers += told.setdefault(external_id, activity_id) != activity_id
        found.turned_away.update(note["said"][:60] for note in recorder.turned_away.read())
        found.troubles += recorder.troubles.read()
    found.troubles += storm.complaints
    found.acknowledged = len(told)
    return told


def undone(storm: Storm) -> set[str]:
    """The external ids of what was acknowledged to be taken back or put right."""
    steps = [(recorder.steps[note["step"]]) for recorder in storm.recorders for note in recorder.answers.read()]
    return {step.external_id for step in steps if not isinstance(step, Send)}


def compare_rows(told: dict[str, int], found: Reckoning) -> None:
    """Every acknowledged activity is there, settled, once."""
    columns = (Activity.external_id, Activity.id, Activity.status)
    rows = db.session.execute(select(*columns).where(Activity.source == SOURCE)).all()
    times = Counter(row.external_id for row in rows)
    settled = {row.id for row in rows if row.status in ("counted", "reversed")}
    found.lost = sum(activity_id not in settled for activity_id in told.values())
    found.doubled = sum(number - 1 for number in times.values()) + (db.session.scalar(text(BOOKED_TWICE)) or 0)
    found.unasked = len(times.keys() - told.keys())


def compare_states(plan: Plan, told: dict[str, int], undone: set[str], found: Reckoning) -> None:
    """Everybody has what the model says."""
    kept = [oracle.reverse(one) if one.external_id in undone else one for one in modelled(plan, told)]
    expected, booked = reading.undated(oracle.expected(kept)), reading.undated(reading.states())
    for who in {one.volunteer for one in kept if not one.reversed} | booked.keys():
        if expected.get(who) != booked.get(who):
            found.unlike_the_model.append(f"{who}: {expected.get(who)} is {booked.get(who)}"[:1000])


def modelled(plan: Plan, told: dict[str, int]) -> list[oracle.Activity]:
    """What was acknowledged, as the model judges it."""
    book = oracle.Book([oracle.Volunteer(who, who, time_zone=zone) for who, zone in plan.people.items()])
    rows = {row["external_id"]: row for steps in plan.steps for step in steps for row in rows_of(step)}
    sent = [row for external_id, row in rows.items() if external_id in told]
    judged = oracle.judge(sent, now=datetime.now(UTC), existing=book, source=SOURCE)
    if len(judged.accepted) != len(sent):
        raise AssertionError("a plan holds only what stands")
    return judged.accepted


def rows_of(step) -> tuple[dict, ...]:
    """The rows that a step records."""
    return step.rows if isinstance(step, Send) else (step.instead,) if step.instead else ()

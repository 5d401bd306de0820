"""What an import would bring, before anything is written: judged row by row, by the very judge of recording."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from portal.database import among, reading
from portal.domain import recording
from portal.domain.activities import LIVE, Activity, Batch, EventType
from portal.domain.imports import Row, in_order, no_garbage_collection
from portal.domain.judging import Accepted, Draft, Judge, Known, Verdict
from portal.domain.organisation import zone
from portal.domain.tallies import OnTop, Tallies
from portal.extensions import db

FIRST = 12
"""Rows that are shown as they will be read."""
MOST_DOUBTFUL = 50


@dataclass
class Outlook:
    """What an import would bring: `hundredths` of hours, `people` with `new` ones among them; which rows are perhaps
    there twice; and by which batches known rows came: [batch, how many, how many of them were taken back]."""

    accepted: int = 0
    same: int = 0
    rejected: int = 0
    hundredths: int = 0
    people: int = 0
    new: int = 0
    first: list[dict] = field(default_factory=list)
    doubtful: int = 0
    doubtful_rows: list[int] = field(default_factory=list)
    known_from: list[list[int | None]] = field(default_factory=list)

    def as_kept(self) -> dict:
        """What JSON can say of it."""
        return asdict(self)


class Rehearsal:
    """Goes through a file part by part as recording would, and writes nothing. What it remembers of a million rows
    takes a hundred bytes a row at the most."""

    def __init__(self, *, source: str, now: datetime, creates_people: bool, not_about: int | None = None):
        self.source, self.outlook = source, Outlook()
        self.numbers, self.hours, self.ids = Tallies(), Tallies(), Tallies()
        self.known_from: dict[int | None, list[int]] = {}
        self.whom: set[object] = set()
        known = Known(numbers=OnTop(self.numbers), hours=OnTop(self.hours))
        self.judge: Judge | None = None
        self.known_source: bool | None = None
        self.made = {"known": known, "now": now, "creates_people": creates_people, "not_about": not_about}

    @no_garbage_collection()
    def part(self, part: Sequence[Row]) -> list[Verdict]:
        """What would become of the next rows."""
        sound = [row for row in part if not row.problems]
        token = reading.set(True)
        try:
            judge = self.judge = self.judge or Judge(zone=zone(), **self.made)
            rows = [row.submission for row in sound]
            self.recall(judge, sound)
            recording.learn(judge, rows, self.source, is_new=self.is_new())
            verdicts = [judge.judge(row) for row in rows]
            self.look(judge, sound, verdicts)
            self.look_back(verdicts)
        finally:
            db.session.rollback()
            reading.reset(token)
        self.fold(judge)
        return self.add(part, verdicts)

    def is_new(self) -> bool:
        """Whether nothing of this source was ever recorded, so that none of its ids can be taken."""
        if self.known_source is None:
            query = select(Activity.id).where(Activity.source == self.source).limit(1)
            self.known_source = db.session.scalar(query) is not None
        return not self.known_source

    def recall(self, judge: Judge, rows: Iterable[Row]) -> None:
        """Which ids in these rows stood in an earlier part, and whether for the same."""
        for row in rows:
            external_id = row.submission.external_id
            if external_id and (mark := self.ids[external_id]):
                print_ = row.submission.fingerprint()
                judge.known.ids.setdefault(external_id, (print_ if mark_of(print_) == mark else b"", None, None))

    def fold(self, judge: Judge) -> None:
        """Keeps of a part what later ones have to fit to, in little room."""
        for draft in judge.drafts:
            if draft.row.external_id:
                self.ids[draft.external_id] = mark_of(draft.print_)
        days = {draft.day_key() for draft in judge.drafts if draft.reading.event_type == EventType.HOURS_LOGGED}
        for day in days:
            self.hours[day] = judge.known.hours[day]
        judge.known.numbers.settle()
        judge.known.hours.clear()
        judge.known.ids.clear()
        judge.drafts.clear()

    def look(self, judge: Judge, rows: Sequence[Row], verdicts: Sequence[Verdict]) -> None:
        """Adds up what the accepted rows say."""
        numbers = [row.number for row, verdict in zip(rows, verdicts, strict=True) if is_fresh(verdict)]
        found, logged = self.outlook, []
        for number, draft in zip(numbers, judge.drafts, strict=True):
            self.whom.add(draft.person.id or draft.person)
            if draft.reading.event_type == EventType.HOURS_LOGGED:
                found.hundredths += draft.reading.quantity
                if draft.person.id is not None:
                    logged.append((number, draft))
            if len(found.first) < FIRST:
                found.first.append(as_read(number, draft))
        there = self.elsewhere(logged)
        doubtful = [number for number, draft in logged if (draft.person.id, draft.occurred_on) in there]
        found.doubtful += len(doubtful)
        found.doubtful_rows += doubtful[: MOST_DOUBTFUL - len(found.doubtful_rows)]
        found.people, found.new = len(self.whom), len(judge.newcomers)

    def elsewhere(self, logged: Sequence[tuple[int, Draft]]) -> set[tuple]:
        """Whose dates have hours from another source already: perhaps the same ones."""
        if not logged:
            return set()
        dates = [draft.occurred_on for _number, draft in logged]
        query = select(Activity.volunteer_id, Activity.occurred_on).distinct()
        query = query.where(among(Activity.volunteer_id, {draft.person.id for _number, draft in logged}))
        query = query.where(Activity.occurred_on.between(min(dates), max(dates)))
        query = query.where(Activity.event_type == EventType.HOURS_LOGGED, Activity.source != self.source, LIVE)
        return {tuple(row) for row in db.session.execute(query)}

    def look_back(self, verdicts: Iterable[Verdict]) -> None:
        """By which batches known rows came, and whether they stand."""
        ids = [one.activity_id for one in verdicts if isinstance(one, Accepted) and one.activity_id]
        if not ids:
            return
        taken = func.sum(func.coalesce((Activity.status.in_(("reversed", "rejected"))).cast(db.Integer), 0))
        query = select(Activity.batch_id, func.count(), taken).where(among(Activity.id, ids))
        for batch_id, number, reversed_ in db.session.execute(query.group_by(Activity.batch_id)):
            so_far = self.known_from.setdefault(batch_id, [0, 0])
            so_far[0], so_far[1] = so_far[0] + number, so_far[1] + int(reversed_)
        self.outlook.known_from = [[batch_id, *found] for batch_id, found in self.known_from.items()]

    def add(self, part: Sequence[Row], judged: Iterable[Verdict]) -> list[Verdict]:
        """Adds up what became of a part."""
        verdicts, found = in_order(part, judged), self.outlook
        same = sum(isinstance(one, Accepted) and one.same for one in verdicts)
        fresh = sum(map(is_fresh, verdicts))
        found.same, found.accepted = found.same + same, found.accepted + fresh
        found.rejected += len(verdicts) - same - fresh
        return verdicts


def is_fresh(verdict: Verdict) -> bool:
    """Whether it would be recorded."""
    return isinstance(verdict, Accepted) and not verdict.same


def mark_of(print_: bytes) -> int:
    """Some of a fingerprint, never 0."""
    return int.from_bytes(print_[:4], "big") or 1


def as_read(number: int, draft: Draft) -> dict:
    """A row as it will be read."""
    return {
        "number": number,
        "volunteer_id": draft.person.id,
        "name": draft.person.name or draft.person.email,
        "date": draft.occurred_on.isoformat(),
        "event_type": draft.reading.event_type,
        "hundredths": draft.reading.quantity,
        "about": draft.row.reference_name[:120],
        "note": draft.row.description[:120],
    }


def batches(outlook: dict) -> dict[int, Batch]:
    """The batches by which known rows came."""
    ids = [one[0] for one in outlook["known_from"] if one[0] is not None]
    return {one.id: one for one in db.session.scalars(select(Batch).where(among(Batch.id, ids)))} if ids else {}

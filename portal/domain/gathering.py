"""News on its way out becomes letters: at once or in the morning, what is due together in one (docs/rules.md,
section 9)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Row, select, update

from portal.database import among, bulk_update
from portal.domain import accounts, leaderboards
from portal.domain.daytime import by_day, is_day, next_morning
from portal.domain.letters import Letter, reader_of
from portal.domain.mail_choices import Way, way_of
from portal.domain.notifications import Notification, OutboxRow
from portal.domain.volunteers import Volunteer
from portal.extensions import change_many, db

AT_ONCE = 500
"""Rows of the outbox that are looked at in one transaction."""
STALE = timedelta(days=7)
"""News that waited longer than this is in the portal, and no mail any more: mail was not set up, say."""
WAITING = (OutboxRow.letter_id.is_(None), OutboxRow.closed_at.is_(None))


@dataclass
class Sorted:
    """What becomes of rows of the outbox, by their ids: closed, waiting for an hour, or put into a letter."""

    closed: list[int] = field(default_factory=list)
    waits: dict[datetime, list[int]] = field(default_factory=lambda: defaultdict(list))
    put: list[tuple[Letter, list[int]]] = field(default_factory=list)


def gather(now: datetime) -> bool:
    """Puts what is due into letters, a transaction's worth; False if there was nothing. Who calls it commits.

    Everybody concerned is locked meanwhile, so that two workers never write two letters for one person's news.
    """
    people = {one.id: one for one in db.session.scalars(concerned(now))}
    due = defaultdict(list)
    for row in db.session.execute(rows_of(people, now)):
        due[row.volunteer_id].append(row)
    users, found = accounts.of_volunteers(due), Sorted()
    for volunteer_id, rows in due.items():
        to = people[volunteer_id]
        if reader_of(to, users) is None:
            found.closed += [row.id for row in rows]
        else:
            sort(to, rows, now, found)
    keep(found, now)
    return bool(due)


def concerned(now: datetime):
    """Those of whom something is due, but for those at whom another worker looks."""
    due = select(Notification.volunteer_id).join(OutboxRow, OutboxRow.notification_id == Notification.id)
    due = due.where(*WAITING, OutboxRow.due_at <= now).order_by(OutboxRow.due_at, OutboxRow.id).limit(AT_ONCE)
    query = select(Volunteer).where(Volunteer.id.in_(due)).order_by(Volunteer.id)
    query = query.execution_options(populate_existing=True)
    return query.with_for_update(skip_locked=True, key_share=True)


def rows_of(volunteer_ids: Iterable[int], now: datetime):
    """What of theirs is due."""
    query = select(OutboxRow.id, OutboxRow.created_at, Notification.volunteer_id, Notification.kind)
    query = query.join(Notification, Notification.id == OutboxRow.notification_id)
    query = query.where(*WAITING, OutboxRow.due_at <= now, among(Notification.volunteer_id, volunteer_ids))
    return query.order_by(OutboxRow.id)


def sort(to: Volunteer, rows: Sequence[Row], now: datetime, found: Sorted) -> None:
    """What goes now into one letter, what waits for its hour, what is closed."""
    put, ways, unsaid = [], set(), leaderboards.unsaid()
    for row in rows:
        way = way_of(to, row.kind)
        if way == Way.NEVER or row.kind == unsaid or now - row.created_at > STALE:
            found.closed.append(row.id)
        elif (hour := hour_of(to, row, way, now)) > now:
            found.waits[hour].append(row.id)
        else:
            put.append(row.id)
            ways.add(way)
    if put:
        way = Way.DAILY if Way.DAILY in ways else Way.AT_ONCE
        found.put.append((Letter(volunteer_id=to.id, way=way, created_at=now, due_at=now, attempts=0), put))


def hour_of(to: Volunteer, row: Row, way: Way, now: datetime) -> datetime:
    """When a row may go: now or by day, or for the digest in the morning after it was written."""
    if way == Way.AT_ONCE:
        return by_day(now, to.zone)
    morning = next_morning(row.created_at, to.zone)
    return morning if morning > now else (now if is_day(now, to.zone) else next_morning(now, to.zone))


def keep(found: Sorted, now: datetime) -> None:
    """Writes down what becomes of them."""
    db.session.add_all(letter for letter, _ids in found.put)
    db.session.flush()
    pairs = [(row_id, letter.id) for letter, ids in found.put for row_id in ids]
    bulk_update(db.session.connection(), OutboxRow.__table__, ("id",), ("letter_id",), pairs)
    for hour, ids in found.waits.items():
        change_many(update(OutboxRow).where(among(OutboxRow.id, ids)).values(due_at=hour))
    change_many(update(OutboxRow).where(among(OutboxRow.id, found.closed)).values(closed_at=now))

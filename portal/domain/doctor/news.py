"""News against the facts that it tells of, and what is still under way, which is no difference."""

from collections.abc import Iterator

from sqlalchemy import func, select

from portal.domain.achievements import Completion
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.doctor.facts import LIVE, definitions, facts
from portal.domain.doctor.report import Difference, query
from portal.domain.leaderboards import BoardTouch
from portal.domain.notifications import News, Notification, OutboxRow
from portal.extensions import db

UNDER_WAY = {
    ActivityStatus.PENDING: "activities are pending: they are not counted yet",
    ActivityStatus.REVERSED: "activities are reversed and not undone yet",
    ActivityStatus.AWAITING_REVIEW: "activities await review",
}

NOT_DECIDED = """
    SELECT count(CASE WHEN definitions.from_now_on THEN 1 END) AS from_now_on,
           count(CASE WHEN definitions.measure = 'composite' THEN 1 END) AS composite,
           (SELECT count(*) FROM live WHERE measure = 'composite') AS completions
    FROM definitions
"""


def examine() -> Iterator[Difference]:
    """News without the fact that it tells of, and news that never reached the outbox. Both are facts."""
    for notification_id, volunteer_id in db.session.execute(unsent()):
        what = f"outbox row of notification {notification_id}"
        yield Difference("news", volunteer_id, what, None, "a row")
    for notification_id, volunteer_id, completion_id in db.session.execute(unfounded()):
        what = f"completion that notification {notification_id} tells of"
        yield Difference("news", volunteer_id, what, completion_id, None)


def unsent():
    """Notifications without their row in the outbox."""
    return (
        select(Notification.id, Notification.volunteer_id)
        .outerjoin(OutboxRow, OutboxRow.notification_id == Notification.id)
        .where(OutboxRow.id.is_(None))
        .order_by(Notification.id)
    )


def unfounded():
    """Notifications of an achievement that tell of a completion that never was."""
    told = Notification.data["completion_id"].as_integer()
    return (
        select(Notification.id, Notification.volunteer_id, told)
        .outerjoin(Completion, Completion.id == told)
        .where(Notification.kind == News.ACHIEVEMENT, told.is_not(None), Completion.id.is_(None))
        .order_by(Notification.id)
    )


def remarks(due: list[str]) -> Iterator[str]:
    """What is pending, awaiting review, touched or due, and what could not be recomputed, in words."""
    number = dict(db.session.execute(under_way()).all())
    yield from (f"{number[status]} {words}" for status, words in UNDER_WAY.items() if number.get(status))
    if touches := db.session.scalar(select(func.count()).select_from(BoardTouch)):
        yield f"{touches} notes that boards were touched"
    yield from (f"{name} is due: the next snapshot rebuilds it, so it was not compared" for name in due)
    yield from not_decided()


def under_way():
    """How many activities of each status are not settled yet."""
    settled = (Activity.status == ActivityStatus.REVERSED) & ~Activity.booked
    return (
        select(Activity.status, func.count())
        .where(Activity.status.in_(UNDER_WAY), ~settled)
        .group_by(Activity.status)
        .order_by(Activity.status)
    )


def not_decided() -> Iterator[str]:
    """Which definitions and completions the facts alone don't decide here."""
    row = db.session.execute(query(facts(definitions(), LIVE) + NOT_DECIDED)).one()
    if row.from_now_on:
        yield f"{row.from_now_on} achievements count from a moment on: their progress was not recomputed"
    if row.composite or row.completions:
        yield (
            f"{row.composite} achievements with several conditions, {row.completions} completions of such: "
            "not recomputed"
        )

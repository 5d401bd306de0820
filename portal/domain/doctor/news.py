"""News against the facts that it tells of, and what is still under way, which is no difference."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.domain.activities import Activity, ActivityStatus
from portal.domain.doctor.facts import LIVE, definitions, facts
from portal.domain.doctor.report import Difference, Remark, found, query
from portal.domain.leaderboards import BoardTouch
from portal.extensions import db

UNDER_WAY = {
    ActivityStatus.PENDING: "{n} activities are pending: they are not counted yet",
    ActivityStatus.REVERSED: "{n} activities are reversed and not undone yet",
    ActivityStatus.AWAITING_REVIEW: "{n} activities await review",
}
TOUCHED = "{n} notes that boards were touched"
DUE = "{board} is due: the next snapshot rebuilds it, so it was not compared"
FROM_NOW_ON = "{n} achievements count from a moment on: their progress was not recomputed"
COMPOSITE = "{n} achievements with several conditions, {completions} completions of such: not recomputed"

NOT_DECIDED = """
    SELECT count(CASE WHEN definitions.from_now_on THEN 1 END) AS from_now_on,
           count(CASE WHEN definitions.measure = 'composite' THEN 1 END) AS composite,
           (SELECT count(*) FROM live WHERE measure = 'composite') AS completions
    FROM definitions
"""

UNSENT = """
    SELECT notifications.volunteer_id, notifications.id, NULL AS stored, 'a row' AS recomputed
    FROM notifications
    LEFT JOIN outbox ON outbox.notification_id = notifications.id
    WHERE outbox.id IS NULL
    ORDER BY notifications.id
"""

MISDIRECTED = """
    SELECT letters.volunteer_id, notifications.id, letters.volunteer_id AS stored,
           notifications.volunteer_id AS recomputed
    FROM outbox
    JOIN letters ON letters.id = outbox.letter_id
    JOIN notifications ON notifications.id = outbox.notification_id
    WHERE letters.volunteer_id <> notifications.volunteer_id
    ORDER BY notifications.id
"""

POINTS_TO = {"sqlite": "json_extract(data, '$.{name}')", "postgresql": "CAST(data ->> '{name}' AS BIGINT)"}
"""The id that a piece of news has under a name."""

UNFOUNDED = """
    SELECT news.volunteer_id, news.id, told AS stored, NULL AS recomputed
    FROM (SELECT id, volunteer_id, {told} AS told FROM notifications) AS news
    LEFT JOIN {table} AS fact ON fact.id = told
    WHERE told IS NOT NULL AND fact.id IS NULL
    ORDER BY news.id
"""

OF_ANOTHER = """
    SELECT news.volunteer_id, news.id, news.volunteer_id AS stored, fact.volunteer_id AS recomputed
    FROM (SELECT id, volunteer_id, {told} AS told FROM notifications) AS news
    JOIN {table} AS fact ON fact.id = told
    JOIN volunteers ON volunteers.id = news.volunteer_id
    WHERE fact.volunteer_id <> news.volunteer_id AND volunteers.status <> 'merged'
    ORDER BY news.id
"""

OF_NOTHING = """
    SELECT volunteer_id, id, kind AS stored, NULL AS recomputed
    FROM notifications
    WHERE kind IN ('achievement', 'badge', 'points', 'correction', 'hours_confirmed', 'hours_turned_down')
      AND coalesce({told}) IS NULL
    ORDER BY id
"""


@dataclass(frozen=True)
class Told:
    """A kind of fact that news tells of: its name, where news has its id, and its table."""

    name: str
    key: str
    table: str
    is_somebodys: bool = True

    @property
    def told(self) -> str:
        """SQL for the id."""
        return POINTS_TO[db.engine.dialect.name].format(name=self.key)


FACTS = (
    Told("completion", "completion_id", "completions"),
    Told("badge", "volunteer_badge_id", "volunteer_badges"),
    Told("award", "award_id", "awards"),
    Told("activity", "activity_id", "activities"),
    Told("batch", "batch_id", "batches", is_somebodys=False),
    Told("entry", "merged_id", "volunteers", is_somebodys=False),
)


def examine() -> Iterator[Difference]:
    """News that never reached the outbox, or a letter to somebody else, and news without the fact that it tells of. All
    of these are facts."""
    yield from found("news", UNSENT, "outbox row of notification {id}")
    yield from found("news", MISDIRECTED, "to whom the letter with notification {id} goes")
    yield from found("news", OF_NOTHING.format(told=", ".join(one.told for one in FACTS)), "fact of notification {id}")
    for one in FACTS:
        places = {"told": one.told, "table": one.table}
        yield from found("news", UNFOUNDED.format(**places), f"{one.name} that notification {{id}} tells of")
        if one.is_somebodys:
            yield from found("news", OF_ANOTHER.format(**places), f"whose {one.name} notification {{id}} tells of")


def remarks(due: list[str]) -> Iterator[Remark]:
    """What is pending, awaiting review, touched or due, and what could not be recomputed, in words."""
    number = dict(db.session.execute(under_way()).all())
    yield from (Remark(words, {"n": number[status]}) for status, words in UNDER_WAY.items() if number.get(status))
    if touches := db.session.scalar(select(func.count()).select_from(BoardTouch)):
        yield Remark(TOUCHED, {"n": touches})
    yield from (Remark(DUE, {"board": name}) for name in due)
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


def not_decided() -> Iterator[Remark]:
    """Which definitions and completions the facts alone don't decide here."""
    row = db.session.execute(query(facts(definitions(), LIVE) + NOT_DECIDED)).one()
    if row.from_now_on:
        yield Remark(FROM_NOW_ON, {"n": row.from_now_on})
    if row.composite or row.completions:
        yield Remark(COMPOSITE, {"n": row.composite, "completions": row.completions})

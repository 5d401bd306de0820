"""The ledger against itself, against its causes, and against the price of each day (docs/rules.md, section 3)."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Boolean, Date

from portal.domain.doctor.report import Difference, both_ways, filled, found, pairs, query
from portal.extensions import db

POINT = 10_000  # prices are kept in ten-thousandths

RUNNING = """
    SELECT volunteer_id, id, wrong, balance_after AS stored, running AS recomputed
    FROM (
        SELECT ledger.*, count(*) OVER (PARTITION BY volunteer_id) AS wrong,
               row_number() OVER (PARTITION BY volunteer_id ORDER BY id) AS place
        FROM (
            SELECT id, volunteer_id, balance_after,
                   CAST(sum(points_change) OVER (PARTITION BY volunteer_id ORDER BY id) AS BIGINT) AS running
            FROM points_history
        ) AS ledger
        WHERE balance_after <> running
    ) AS first
    WHERE place = 1
    ORDER BY volunteer_id
"""

ELSEWHERE = """
    SELECT points_history.volunteer_id, points_history.id,
           points_history.volunteer_points_id AS stored, own.id AS recomputed
    FROM points_history
    LEFT JOIN volunteer_points AS booked_to ON booked_to.id = points_history.volunteer_points_id
    LEFT JOIN volunteer_points AS own ON own.volunteer_id = points_history.volunteer_id
    WHERE booked_to.volunteer_id IS NULL OR booked_to.volunteer_id <> points_history.volunteer_id
    ORDER BY points_history.id
"""

NOT_CLOSED = """
    SELECT volunteer_id, CAST(sum(points_change) AS BIGINT) AS stored, 0 AS recomputed
    FROM points_history
    WHERE volunteer_id IN (SELECT id FROM volunteers WHERE status = 'merged')
    GROUP BY volunteer_id
    HAVING sum(points_change) <> 0
    ORDER BY volunteer_id
"""

CAUSES = """
    SELECT ledger.id, ledger.volunteer_id, ledger.event_type, ledger.effective_on, ledger.undoes,
           coalesce(activities.volunteer_id, completions.volunteer_id, held.volunteer_id, awards.volunteer_id) AS whose,
           CASE WHEN activities.id IS NOT NULL THEN activities.event_type
                WHEN completions.id IS NOT NULL THEN 'achievement_earned'
                WHEN held.id IS NOT NULL THEN 'badge_earned'
                WHEN awards.id IS NOT NULL THEN 'manual_adjustment' END AS cause_type,
           coalesce(activities.occurred_on, completions.completed_on, ledger.effective_on) AS deserved_on,
           CASE WHEN activities.id IS NOT NULL THEN activities.booked
                WHEN completions.id IS NOT NULL THEN completions.reversed_at IS NULL
                WHEN held.id IS NOT NULL THEN held.revoked_at IS NULL END AS stands,
           activities.status IN ('awaiting_review', 'pending', 'rejected') AS too_soon,
           volunteers.status = 'merged' AS closed
    FROM points_history AS ledger
    JOIN volunteers ON volunteers.id = ledger.volunteer_id
    LEFT JOIN activities ON activities.id = ledger.activity_id
    LEFT JOIN completions ON completions.id = ledger.completion_id
    LEFT JOIN volunteer_badges AS held ON held.id = ledger.volunteer_badge_id
    LEFT JOIN awards ON awards.id = ledger.award_id
"""

STRANGE = f"""
    SELECT * FROM ({CAUSES}) AS with_cause
    WHERE whose IS NULL OR event_type <> cause_type OR effective_on <> deserved_on
       OR (NOT closed AND (whose <> volunteer_id OR too_soon OR (undoes AND stands)))
    ORDER BY id
"""
"""The ledger of somebody who was merged is closed: what caused its rows went to another."""

TWICE = """
    SELECT volunteer_id, activity_id, undoes, count(*) AS stored, 1 AS recomputed
    FROM points_history
    WHERE activity_id IS NOT NULL
    GROUP BY volunteer_id, activity_id, undoes
    HAVING count(*) > 1
    ORDER BY volunteer_id, activity_id
"""

AWARDS = """
    SELECT awards.volunteer_id, awards.id, paid.points_change AS stored, awards.points AS recomputed
    FROM awards
    LEFT JOIN points_history AS paid
      ON paid.award_id = awards.id AND paid.volunteer_id = awards.volunteer_id AND NOT paid.undoes
    WHERE awards.points <> coalesce(paid.points_change, 0)
      AND NOT (paid.id IS NULL AND EXISTS (
          SELECT 1 FROM audit_records AS record
          WHERE record.subject_type = 'awards' AND record.subject_id = awards.id AND record.action = 'undo'
      ))
    ORDER BY awards.id
"""
"""What was undone before its owner was merged has its rows in the ledger that was closed, and none in the other's."""

PAID = """
    SELECT volunteer_id, event_type, effective_on, CAST(sum(points_change) AS BIGINT) AS points
    FROM points_history
    WHERE activity_id IS NOT NULL
    GROUP BY volunteer_id, event_type, effective_on
    HAVING sum(points_change) <> 0
"""

PRICED = f"""
    SELECT volunteer_id, event_type, occurred_on, price / {POINT}
    FROM (
        SELECT volunteer_id, event_type, occurred_on,
               CAST(CASE WHEN count(day_cap) = count(*) AND max(day_cap) < sum(exact) THEN max(day_cap)
                         ELSE sum(exact) END AS BIGINT) AS price
        FROM activities
        WHERE booked
        GROUP BY volunteer_id, event_type, occurred_on
    ) AS prices
    WHERE price >= {POINT}
"""


def examine() -> Iterator[Difference]:
    """Differences between the ledger's rows and what caused them. They are facts: named, never mended."""
    yield from found("ledger", RUNNING, "balance_after of row {id} ({wrong} such rows)")
    yield from found("ledger", ELSEWHERE, "the balance that row {id} belongs to")
    yield from found("ledger", NOT_CLOSED, "sum of the ledger of somebody who was merged")
    yield from causes()
    yield from found("causes", TWICE, "rows of activity {activity_id}")
    yield from found("causes", AWARDS, "points of award {id}")
    yield from prices()


def causes() -> Iterator[Difference]:
    """Rows without their cause, with another's, of another type or date than it, or undone while it stands."""
    dates = {"effective_on": Date, "deserved_on": Date}
    flags = {"undoes": Boolean, "stands": Boolean, "too_soon": Boolean, "closed": Boolean}
    for row in db.session.execute(query(STRANGE, **dates, **flags)).mappings():
        for what, stored, recomputed in strange(row):
            about = {"id": row["id"]}
            yield Difference("causes", row["volunteer_id"], f"{what} of row {{id}}", stored, recomputed, about=about)


def strange(row: Mapping) -> Iterator[tuple[str, object, object]]:
    """(what, stored, by its cause) for everything about a row that does not go with its cause."""
    if row["whose"] is None:
        yield "cause", "a row", None
        return
    for what, by_cause in (("event_type", "cause_type"), ("effective_on", "deserved_on")):
        if row[what] != row[by_cause]:
            yield what, row[what], row[by_cause]
    if not row["closed"] and row["whose"] != row["volunteer_id"]:
        yield "volunteer", row["volunteer_id"], row["whose"]
    if not row["closed"] and row["too_soon"]:
        yield "activity", "counted", "not counted yet"
    if not row["closed"] and row["undoes"] and row["stands"]:
        yield "cause", "undone", "stands"


def prices() -> Iterator[Difference]:
    """Days on which a type of activity brought somebody other points than its floored price."""
    keys = ("volunteer_id", "event_type", "effective_on")
    sql = both_ways(PAID, PRICED, keys=keys)
    for day, stored, recomputed in pairs(db.session.execute(query(sql, effective_on=Date)).mappings(), keys):
        what = "points for {event_type} on {effective_on}"
        about = filled(what, day)
        yield Difference("pricing", day["volunteer_id"], what, points(stored), points(recomputed), about=about)


def points(row: Mapping | None) -> int:
    """What a day brought; no row is nothing."""
    return row["points"] if row else 0

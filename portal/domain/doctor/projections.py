"""Balances, streaks and progress against the facts. These are projections: what differs here can be mended.

The same statements serve the examination of everybody and, narrowed to some volunteers, the mending under their lock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Boolean, Date

from portal.database import Scaled, UTCDateTime
from portal.domain.doctor.facts import COUNTED, LIVE, MEASURED, NEXT_DAY, definitions, facts
from portal.domain.doctor.report import PROGRESS_WHAT, Difference, both_ways, filled, pairs, query, unlike
from portal.extensions import db

BALANCES_STORED = """
    SELECT volunteer_id, total_points, current_points, total_hours, total_projects,
           current_streak_days, longest_streak_days, last_activity_date, streak_until
    FROM volunteer_points
    WHERE {whom}
"""

BALANCES_RECOMPUTED = """
    SELECT volunteer_id, CAST(sum(points) AS BIGINT), CAST(sum(points) AS BIGINT), CAST(sum(hours) AS BIGINT),
           CAST(sum(projects) AS BIGINT), max(last_run), max(run), max(last_on), max(until)
    FROM (
        SELECT volunteer_id, 0 AS points, 0 AS hours, 0 AS projects, 0 AS last_run, 0 AS run,
               CAST(NULL AS DATE) AS last_on, CAST(NULL AS DATE) AS until
        FROM volunteer_points
        WHERE {whom}
        UNION ALL
        SELECT volunteer_id, points_change, 0, 0, 0, 0, NULL, NULL
        FROM points_history
        WHERE {whom}
        UNION ALL
        SELECT volunteer_id, 0, CASE event_type WHEN 'hours_logged' THEN quantity ELSE 0 END,
               CASE event_type WHEN 'project_completed' THEN 1 ELSE 0 END, 0, 0, NULL, NULL
        FROM counted
        UNION ALL
        SELECT volunteer_id, 0, 0, 0,
               CASE place WHEN 1 THEN length ELSE 0 END, length, last_on, CASE place WHEN 1 THEN {next_day} END
        FROM (
            SELECT runs.*, row_number() OVER (PARTITION BY volunteer_id ORDER BY last_on DESC) AS place
            FROM runs
        ) AS ordered
    ) AS parts
    GROUP BY volunteer_id
"""

PROGRESS_STORED = """
    SELECT volunteer_id, achievement_id, current_progress, target_progress, is_completed, completed_at,
           times_completed, started_at, last_progress_at
    FROM volunteer_achievements
    WHERE {whom} AND achievement_id IN (
        SELECT achievement_id FROM definitions WHERE measure <> 'composite' AND NOT from_now_on
    )
"""

PROGRESS_RECOMPUTED = """
    SELECT so_far.volunteer_id, so_far.achievement_id,
           CASE WHEN NOT repeatable AND value < goal THEN value
                WHEN NOT repeatable THEN goal
                WHEN value < goal * done THEN 0
                WHEN value < goal * (done + 1) THEN value - goal * done
                ELSE goal END,
           goal, done > 0, first.completed_at, done, started_at, last_progress_at
    FROM (
        SELECT pair.volunteer_id, pair.achievement_id, definitions.target AS goal, definitions.repeatable,
               coalesce(measures.value, CASE definitions.measure WHEN 'by_hand' THEN 100 * times.times ELSE 0 END)
                   AS value,
               coalesce(times.times, 0) AS done, times.first_nth,
               coalesce(measures.first_at, times.first_at) AS started_at,
               coalesce(measures.last_at, times.last_at) AS last_progress_at
        FROM (
            SELECT measures.volunteer_id, definitions.achievement_id
            FROM measures
            JOIN definitions ON definitions.measure = measures.measure
            UNION
            SELECT volunteer_id, achievement_id FROM times
        ) AS pair
        JOIN definitions ON definitions.achievement_id = pair.achievement_id
        LEFT JOIN measures ON measures.volunteer_id = pair.volunteer_id AND measures.measure = definitions.measure
        LEFT JOIN times ON times.volunteer_id = pair.volunteer_id AND times.achievement_id = pair.achievement_id
        WHERE definitions.measure <> 'composite' AND NOT from_now_on
    ) AS so_far
    LEFT JOIN live AS first
      ON first.volunteer_id = so_far.volunteer_id AND first.achievement_id = so_far.achievement_id
     AND first.nth = so_far.first_nth
"""


@dataclass(frozen=True)
class Projection:
    """A table that can be rebuilt: its keys, the types that need one, and what stands in it and should."""

    table: str
    keys: tuple[str, ...]
    types: dict
    stored: str
    recomputed: str
    parts: tuple[str, ...]


BALANCES = Projection(
    "volunteer_points",
    ("volunteer_id",),
    {"total_hours": Scaled(2), "last_activity_date": Date, "streak_until": Date},
    BALANCES_STORED,
    BALANCES_RECOMPUTED,
    (COUNTED,),
)

PROGRESS = Projection(
    "volunteer_achievements",
    ("volunteer_id", "achievement_id"),
    {"current_progress": Scaled(2), "target_progress": Scaled(2), "is_completed": Boolean}
    | dict.fromkeys(("completed_at", "started_at", "last_progress_at"), UTCDateTime),
    PROGRESS_STORED,
    PROGRESS_RECOMPUTED,
    (COUNTED, MEASURED, LIVE),
)


def differing(projection: Projection, volunteers: Iterable[int] | None = None) -> Iterator[tuple]:
    """(keys, stored, recomputed) of rows that differ, everybody's or these volunteers'; None for a missing one."""
    whom = "TRUE" if volunteers is None else "volunteer_id IN :volunteers"
    places = {"whom": whom, "next_day": NEXT_DAY[db.engine.dialect.name].format("holds_on")}
    stored, recomputed = (sql.format(**places) for sql in (projection.stored, projection.recomputed))
    beginning = facts(*projection.parts, definitions(), whom=whom)
    sql = both_ways(stored, recomputed, keys=projection.keys, facts=beginning)
    ids = {} if volunteers is None else {"volunteers": list(volunteers)}
    return pairs(db.session.execute(query(sql, **projection.types), ids).mappings(), projection.keys)


def examine() -> Iterator[Difference]:
    """Differences between the projections and the facts: they can be mended."""
    yield from named("balances", BALANCES, "{column}")
    yield from named("progress", PROGRESS, PROGRESS_WHAT)


def named(check: str, projection: Projection, what: str) -> Iterator[Difference]:
    """A difference for each column that is not as the facts say."""
    for row, stored, recomputed in differing(projection):
        for column, was, should in unlike(stored, recomputed, projection.keys):
            about = filled(what, {**row, "column": column})
            yield Difference(check, row["volunteer_id"], what, was, should, mendable=True, about=about)

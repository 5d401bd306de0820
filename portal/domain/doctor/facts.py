"""What the facts say, in plain SQL for SQLite and PostgreSQL alike: days, runs of days, measures, what was reached.

Each name is a common table expression. Numbers are hundredths, as achievements keep them. An activity adds up while
it is `booked`: that is what the projections reflect. `{whom}` narrows everything to some volunteers.
"""

from decimal import Decimal

from sqlalchemy import select

from portal.database import to_units
from portal.domain.achievements import Achievement
from portal.extensions import db

NEXT_DAY = {"sqlite": "date({}, '+1 day')", "postgresql": "({} + 1)"}
DAY_NUMBER = {
    "sqlite": "CAST(julianday(occurred_on) + 0.5 AS INTEGER)",
    "postgresql": "(occurred_on - DATE '2000-01-01')",
}

MEASURES = {
    "hours_required": "hours_logged",
    "projects_required": "project_completed",
    "tasks_required": "task_completed",
    "trainings_required": "training_completed",
    "skills_required": "certified",
    "days_required": "days",
    "volunteers_required": "volunteer_referred",
    "by_hand": "by_hand",
}
"""What each key of criteria measures: a type of activity, or a name of its own."""

COUNTED = """
    counted AS (
        SELECT volunteer_id, event_type, quantity, certified, occurred_at, occurred_on
        FROM activities
        WHERE booked AND {whom}
    ),
    days AS (
        SELECT volunteer_id, occurred_on, min(occurred_at) AS first_at, max(occurred_at) AS last_at
        FROM counted
        GROUP BY volunteer_id, occurred_on
    ),
    paused AS (
        SELECT volunteer_id, first_on AS occurred_on, last_on
        FROM pauses
        WHERE withdrawn_at IS NULL AND {whom}
        UNION ALL
        SELECT volunteer_id, {next_day}, last_on
        FROM paused
        WHERE occurred_on < last_on
    ),
    stretch AS (
        SELECT volunteer_id, occurred_on, 1 AS helped, first_at, last_at
        FROM days
        UNION
        SELECT paused.volunteer_id, paused.occurred_on, 0, NULL, NULL
        FROM paused
        LEFT JOIN days ON days.volunteer_id = paused.volunteer_id AND days.occurred_on = paused.occurred_on
        WHERE days.volunteer_id IS NULL
    ),
    islands AS (
        SELECT stretch.*, {day} - row_number() OVER (PARTITION BY volunteer_id ORDER BY occurred_on) AS island
        FROM stretch
    ),
    runs AS (
        SELECT volunteer_id, island, sum(helped) AS length, max(occurred_on) AS holds_on,
               max(CASE helped WHEN 1 THEN occurred_on END) AS last_on,
               min(first_at) AS first_at, max(last_at) AS last_at
        FROM islands
        GROUP BY volunteer_id, island
        HAVING sum(helped) > 0
    )
"""

MEASURED = """
    measures AS (
        SELECT volunteer_id, event_type AS measure, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
               CAST(CASE event_type WHEN 'hours_logged' THEN sum(quantity) ELSE 100 * count(*) END AS BIGINT) AS value
        FROM counted
        GROUP BY volunteer_id, event_type
        UNION ALL
        SELECT volunteer_id, 'certified', min(occurred_at), max(occurred_at), 100 * count(*)
        FROM counted
        WHERE event_type = 'skill_certified' AND certified
        GROUP BY volunteer_id
        UNION ALL
        SELECT volunteer_id, 'days', min(first_at), max(last_at), 100 * max(length)
        FROM runs
        GROUP BY volunteer_id
    )
"""

LIVE = """
    live AS (
        SELECT id, volunteer_id, achievement_id, nth, target, completed_at, {measure} AS measure
        FROM completions
        WHERE reversed_at IS NULL AND {whom}
    ),
    times AS (
        SELECT volunteer_id, achievement_id, count(*) AS times, min(nth) AS first_nth, max(nth) AS last_nth,
               min(completed_at) AS first_at, max(completed_at) AS last_at
        FROM live
        GROUP BY volunteer_id, achievement_id
    )
"""

REACHED = """
    targets AS (
        SELECT DISTINCT measure, target FROM live
        UNION
        SELECT measure, target FROM definitions
    ),
    reached AS (
        SELECT measures.volunteer_id, measures.measure, targets.target, measures.value / targets.target AS times
        FROM targets
        JOIN measures ON measures.measure = targets.measure AND measures.value >= targets.target
        WHERE targets.measure <> 'days'
        UNION ALL
        SELECT runs.volunteer_id, 'days', targets.target, CAST(sum(100 * runs.length / targets.target) AS BIGINT)
        FROM targets
        JOIN runs ON 100 * runs.length >= targets.target
        WHERE targets.measure = 'days'
        GROUP BY runs.volunteer_id, targets.target
    )
"""


def facts(*parts: str, whom: str = "TRUE") -> str:
    """The beginning of a statement: WITH these parts, for everybody or for whom the condition names."""
    dialect = db.engine.dialect.name
    places = {"whom": whom, "day": DAY_NUMBER[dialect], "measure": measure_kept()}
    places["next_day"] = NEXT_DAY[dialect].format("occurred_on")
    return "WITH RECURSIVE " + ",".join(parts).format(**places)


def measure_kept() -> str:
    """SQL for what the criteria kept in a completion measure; 'composite' for what is not decided here."""
    cases = "\n".join(f"WHEN kept_text LIKE '%\"{key}\"%' THEN '{measure}'" for key, measure in MEASURES.items())
    any_skill = "WHEN kept_text LIKE '%\"skills_required\"%' AND kept_text LIKE '%false%' THEN 'skill_certified'"
    return f"CASE {any_skill} {cases} ELSE 'composite' END".replace("kept_text", "CAST(criteria AS TEXT)")


def measure_and_target(criteria: dict) -> tuple[str, int]:
    """What criteria measure, and the target in hundredths; 'composite' for what is not decided here."""
    key = next((key for key in criteria if key in MEASURES), None)
    if key is None:
        return "composite", 1
    if key == "skills_required" and criteria.get("certified", True) is False:
        return "skill_certified", to_units(Decimal(str(criteria[key])), 2)
    return MEASURES[key], to_units(Decimal(str(criteria[key])), 2) if key != "by_hand" else 100


def definitions() -> str:
    """The definitions in force as a table in SQL."""
    rows = [definition(*row) for row in db.session.execute(select(*DEFINITION).order_by(Achievement.id))]
    nothing = "(0, 'none', 1, FALSE, FALSE, FALSE)"
    names = "achievement_id, measure, target, repeatable, active, from_now_on"
    return f"definitions({names}) AS (VALUES {', '.join([nothing, *rows])})"


DEFINITION = (
    Achievement.id,
    Achievement.criteria,
    Achievement.is_repeatable,
    Achievement.is_active,
    Achievement.counts_from,
)


def definition(achievement_id, criteria, is_repeatable, is_active, counts_from) -> str:
    """One row of that table. It is made of numbers and names of ours, never of what somebody typed."""
    measure, target = measure_and_target(criteria)
    flags = f"{bool(is_repeatable)}, {bool(is_active)}, {counts_from is not None}".upper()
    return f"({int(achievement_id)}, '{measure}', {int(target)}, {flags})"

"""Goals against the facts: what each adds up to, and whether it is reached (docs/rules.md, section 8).

A goal that is due, or in whose dates something was touched, is about to be refreshed: it is not compared.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from sqlalchemy import Row

from portal.database import Scaled
from portal.domain import goals
from portal.domain.doctor.report import Difference, query
from portal.domain.leaderboards import BoardTouch
from portal.extensions import db

WHAT = "{column} of goal {goal_id}"

SUMS = """
    WITH crew AS (
        SELECT team_members.team_id, team_members.volunteer_id
        FROM team_members
        JOIN teams ON teams.id = team_members.team_id
        JOIN volunteers ON volunteers.id = team_members.volunteer_id
        WHERE teams.retired_at IS NULL AND volunteers.status = 'active'
    ),
    shown AS (
        SELECT team_id FROM crew GROUP BY team_id HAVING count(*) > 2
    ),
    days AS (
        SELECT 'points' AS metric, volunteer_id, effective_on AS day, 100 * sum(points_change) AS amount
        FROM points_history
        GROUP BY volunteer_id, effective_on
        UNION ALL
        SELECT CASE event_type WHEN 'hours_logged' THEN 'hours' ELSE 'projects' END, volunteer_id, occurred_on,
               sum(quantity)
        FROM activities
        WHERE booked AND event_type IN ('hours_logged', 'project_completed')
        GROUP BY event_type, volunteer_id, occurred_on
    ),
    sums AS (
        SELECT goals.id AS goal_id, CAST(sum(days.amount) AS BIGINT) AS value
        FROM goals
        JOIN days ON days.metric = goals.metric
        LEFT JOIN crew ON crew.team_id = goals.team_id AND crew.volunteer_id = days.volunteer_id
        WHERE goals.ended_at IS NULL AND NOT goals.due AND days.day >= goals.first_on
          AND (goals.last_on IS NULL OR days.day <= goals.last_on)
          AND (goals.team_id IS NULL OR crew.team_id IS NOT NULL)
        GROUP BY goals.id
    )
    SELECT goals.id, goals.value AS stored, goals.target, goals.reached_on,
           CASE WHEN goals.team_id IS NULL OR shown.team_id IS NOT NULL THEN coalesce(sums.value, 0) END AS recomputed
    FROM goals
    LEFT JOIN shown ON shown.team_id = goals.team_id
    LEFT JOIN sums ON sums.goal_id = goals.id
    WHERE goals.ended_at IS NULL AND NOT goals.due
    ORDER BY goals.id
"""


def examine(touches: Sequence[BoardTouch]) -> Iterator[Difference]:
    """Goals that say something else than the facts. They can be mended."""
    about_to = {goal.id for goal in goals.open_goals() if any(goals.concerns(goal, one) for one in touches)}
    types = {"stored": Scaled(2), "recomputed": Scaled(2), "target": Scaled(2)}
    for row in db.session.execute(query(SUMS, **types)):
        if row.id not in about_to:
            yield from unlike(row)


def unlike(row: Row) -> Iterator[Difference]:
    """What is not as it should be with a goal."""
    values = (row.stored, row.recomputed)
    reached = (row.reached_on is not None, reaches(row.recomputed, row.target))
    for column, (was, should) in {"value": values, "reached_on": reached}.items():
        if was != should:
            about = {"column": column, "goal_id": row.id}
            yield Difference("goals", None, WHAT, was, should, mendable=True, about=about)


def reaches(value: Decimal | None, target: Decimal) -> bool:
    """Whether so much is enough."""
    return value is not None and value >= target

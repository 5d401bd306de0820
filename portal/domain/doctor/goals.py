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
    SELECT goals.id, goals.value AS stored, goals.target, goals.reached_on,
           CASE WHEN goals.team_id IS NULL OR (
               teams.retired_at IS NULL AND (
                   SELECT count(*)
                   FROM team_members
                   JOIN volunteers ON volunteers.id = team_members.volunteer_id
                   WHERE team_members.team_id = goals.team_id AND volunteers.status = 'active'
               ) > 2
           ) THEN CAST(coalesce((
               SELECT sum(amount)
               FROM (
                   SELECT 'points' AS metric, volunteer_id, effective_on AS day, 100 * points_change AS amount
                   FROM points_history
                   UNION ALL
                   SELECT 'hours', volunteer_id, occurred_on, quantity
                   FROM activities WHERE booked AND event_type = 'hours_logged'
                   UNION ALL
                   SELECT 'projects', volunteer_id, occurred_on, 100
                   FROM activities WHERE booked AND event_type = 'project_completed'
               ) AS brought
               WHERE brought.metric = goals.metric AND day >= goals.first_on
                 AND (goals.last_on IS NULL OR day <= goals.last_on)
                 AND (goals.team_id IS NULL OR volunteer_id IN (
                     SELECT team_members.volunteer_id
                     FROM team_members
                     JOIN volunteers ON volunteers.id = team_members.volunteer_id
                     WHERE team_members.team_id = goals.team_id AND volunteers.status = 'active'
                 ))
           ), 0) AS BIGINT) END AS recomputed
    FROM goals
    LEFT JOIN teams ON teams.id = goals.team_id
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

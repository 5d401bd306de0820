"""Where teams stand, against the facts: places by counting who has more, fractions by multiplying crosswise
(docs/rules.md, section 8)."""

from collections.abc import Iterator

from portal.database import Scaled
from portal.domain.doctor.boards import Boards
from portal.domain.doctor.report import Difference, both_ways, pairs, query, unlike
from portal.extensions import db

WHAT = "{column} of team {team_id}"

GATHERED = """
    WITH boards AS (
        SELECT id, leaderboard_type, period_start, period_end FROM leaderboards WHERE id IN :boards
    ),
    crew AS (
        SELECT team_members.team_id, team_members.volunteer_id
        FROM teams
        JOIN team_members ON team_members.team_id = teams.id
        JOIN volunteers ON volunteers.id = team_members.volunteer_id
        WHERE teams.retired_at IS NULL AND volunteers.status = 'active'
    ),
    sizes AS (
        SELECT team_id, CAST(count(*) AS BIGINT) AS members FROM crew GROUP BY team_id HAVING count(*) > 2
    ),
    brought AS (
        SELECT boards.id AS leaderboard_id, crew.team_id, 100 * points_change AS value
        FROM boards
        CROSS JOIN points_history
        JOIN crew ON crew.volunteer_id = points_history.volunteer_id
        WHERE leaderboard_type = 'points'
          AND (period_start IS NULL OR (effective_on >= period_start AND effective_on < period_end))
        UNION ALL
        SELECT boards.id, crew.team_id, CASE leaderboard_type WHEN 'hours' THEN quantity ELSE 100 END
        FROM boards
        CROSS JOIN activities
        JOIN crew ON crew.volunteer_id = activities.volunteer_id
        WHERE booked
          AND event_type = CASE leaderboard_type WHEN 'hours' THEN 'hours_logged'
                                                 WHEN 'projects' THEN 'project_completed' END
          AND (period_start IS NULL OR (occurred_on >= period_start AND occurred_on < period_end))
    ),
    sums AS (
        SELECT brought.leaderboard_id, brought.team_id, sizes.members, CAST(sum(value) AS BIGINT) AS value
        FROM brought
        JOIN sizes ON sizes.team_id = brought.team_id
        GROUP BY brought.leaderboard_id, brought.team_id, sizes.members
        HAVING sum(value) > 0
    )
"""

STORED = """
    SELECT leaderboard_id, team_id, CAST(members AS BIGINT) AS members, value, CAST(rank AS BIGINT) AS rank,
           CAST(rank_per_head AS BIGINT) AS rank_per_head
    FROM team_standings
    WHERE leaderboard_id IN :boards
"""

RECOMPUTED = """
    SELECT one.leaderboard_id, one.team_id, one.members, one.value,
           1 + count(CASE WHEN other.value > one.value THEN 1 END),
           1 + count(CASE WHEN other.value * one.members > one.value * other.members THEN 1 END)
    FROM sums AS one
    JOIN sums AS other ON other.leaderboard_id = one.leaderboard_id
    GROUP BY one.leaderboard_id, one.team_id, one.members, one.value
"""

LEFT_OVER = """
    SELECT leaderboard_id, count(*) AS standings
    FROM team_standings
    WHERE leaderboard_id NOT IN (SELECT id FROM leaderboards WHERE is_current)
    GROUP BY leaderboard_id
    ORDER BY leaderboard_id
"""


def examine(boards: Boards) -> Iterator[Difference]:
    """Places of teams that are not as the facts say. The board is rebuilt to mend them."""
    keys, ids = ("leaderboard_id", "team_id"), {"boards": [board.id for board in boards.compared]}
    sql = both_ways(STORED, RECOMPUTED, keys=keys, facts=GATHERED)
    for row, stored, recomputed in pairs(db.session.execute(query(sql, value=Scaled(2)), ids).mappings(), keys):
        name = boards.names[row["leaderboard_id"]]
        for column, was, should in unlike(stored, recomputed, keys):
            about = {"column": column, "team_id": row["team_id"]}
            yield Difference(name, None, WHAT, was, should, mendable=True, about=about)
    for board_id, number in db.session.execute(query(LEFT_OVER)):
        what = "places of teams of superseded snapshot {id}"
        yield Difference("standings", None, what, number, 0, mendable=True, about={"id": board_id})

"""Completions and badges against the facts that earned them, and the ledger (docs/rules.md, sections 4, 5, 7)."""

from collections.abc import Iterator

from portal.domain.doctor.facts import COUNTED, LIVE, MEASURED, REACHED, definitions, facts
from portal.domain.doctor.report import Difference, found

STANDS = """
    SELECT live.volunteer_id, live.achievement_id, live.nth AS stored, coalesce(reached.times, 0) AS recomputed
    FROM live
    LEFT JOIN reached ON reached.volunteer_id = live.volunteer_id
                     AND reached.measure = live.measure AND reached.target = live.target
    WHERE live.measure NOT IN ('by_hand', 'composite') AND coalesce(reached.times, 0) < live.nth
    ORDER BY live.volunteer_id, live.achievement_id, live.nth
"""

MISSING = """
    SELECT owed.volunteer_id, owed.achievement_id, coalesce(times.times, 0) AS stored, owed.times AS recomputed
    FROM (
        SELECT reached.volunteer_id, definitions.achievement_id,
               CASE WHEN definitions.repeatable THEN reached.times ELSE 1 END AS times
        FROM definitions
        JOIN reached ON reached.measure = definitions.measure AND reached.target = definitions.target
        WHERE definitions.active AND NOT definitions.from_now_on
    ) AS owed
    LEFT JOIN times ON times.volunteer_id = owed.volunteer_id AND times.achievement_id = owed.achievement_id
    WHERE coalesce(times.times, 0) < owed.times
    ORDER BY owed.volunteer_id, owed.achievement_id
"""

GAPS = """
    SELECT volunteer_id, achievement_id, times AS recomputed, last_nth AS stored
    FROM times
    WHERE (first_nth <> 1 OR last_nth <> times) AND NOT EXISTS (
        SELECT 1 FROM live
        WHERE live.volunteer_id = times.volunteer_id AND live.achievement_id = times.achievement_id
          AND live.measure = 'by_hand'
    )
    ORDER BY volunteer_id, achievement_id
"""

CAUSES = """
    SELECT completions.volunteer_id, completions.id, completions.volunteer_id AS stored,
           activities.volunteer_id AS recomputed
    FROM completions
    LEFT JOIN activities ON activities.id = completions.activity_id
    WHERE completions.reversed_at IS NULL AND given_by_id IS NULL
      AND (activities.id IS NULL OR activities.volunteer_id <> completions.volunteer_id)
    ORDER BY completions.id
"""

DATES = """
    SELECT completions.volunteer_id, completions.id, completed_on AS stored, occurred_on AS recomputed
    FROM completions
    JOIN activities ON activities.id = completions.activity_id
    WHERE completed_at <> occurred_at OR completed_on <> occurred_on
    ORDER BY completions.id
"""

UNPAID = """
    SELECT completions.volunteer_id, completions.id, 0 AS stored, points_reward AS recomputed
    FROM completions
    JOIN achievements ON achievements.id = completions.achievement_id
    LEFT JOIN points_history AS paid
      ON paid.completion_id = completions.id AND paid.volunteer_id = completions.volunteer_id AND NOT paid.undoes
    WHERE completions.reversed_at IS NULL AND paid.id IS NULL
      AND points_reward > 0 AND achievements.updated_at <= completions.created_at
    ORDER BY completions.id
"""
"""What a completion brought stands in the ledger; what its definition brings may have changed since."""

NOT_UNDONE = """
    SELECT {table}.volunteer_id, {table}.id, CAST(sum(points_change) AS BIGINT) AS stored, 0 AS recomputed
    FROM {table}
    JOIN points_history ON points_history.{cause} = {table}.id AND points_history.volunteer_id = {table}.volunteer_id
    WHERE {table}.{ended} IS NOT NULL
    GROUP BY {table}.volunteer_id, {table}.id
    HAVING sum(points_change) <> 0
    ORDER BY {table}.id
"""

TWICE = """
    SELECT volunteer_id, badge_id, count(*) AS stored, 1 AS recomputed
    FROM volunteer_badges
    WHERE revoked_at IS NULL
    GROUP BY volunteer_id, badge_id
    HAVING count(*) > 1
    ORDER BY volunteer_id, badge_id
"""

GROUNDLESS = """
    SELECT held.volunteer_id, held.badge_id, 'held' AS stored,
           CASE WHEN held.completion_id IS NULL THEN 'given by nobody'
                WHEN completions.id IS NULL THEN 'no completion'
                WHEN completions.volunteer_id <> held.volunteer_id THEN 'the completion of another'
                ELSE 'its completion is reversed' END AS recomputed
    FROM volunteer_badges AS held
    LEFT JOIN completions ON completions.id = held.completion_id
    WHERE held.revoked_at IS NULL
      AND ((held.completion_id IS NULL AND held.awarded_by_id IS NULL)
           OR (held.completion_id IS NOT NULL
               AND (completions.id IS NULL OR completions.volunteer_id <> held.volunteer_id
                    OR completions.reversed_at IS NOT NULL)))
    ORDER BY held.id
"""

REGAINED = """
    SELECT DISTINCT held.volunteer_id, held.badge_id, 'held' AS stored, 'taken back by hand' AS recomputed
    FROM volunteer_badges AS held
    JOIN completions ON completions.id = held.completion_id
    JOIN volunteer_badges AS taken
      ON taken.volunteer_id = held.volunteer_id AND taken.badge_id = held.badge_id AND taken.id < held.id
    WHERE held.revoked_at IS NULL AND taken.revoked_by_id IS NOT NULL AND completions.created_at < taken.revoked_at
    ORDER BY held.volunteer_id, held.badge_id
"""
"""What was there when a badge was taken back by hand never gives it again."""

NOT_GIVEN = """
    SELECT DISTINCT completions.volunteer_id, achievements.badge_id, 'never held' AS stored, 'earned' AS recomputed
    FROM completions
    JOIN achievements ON achievements.id = completions.achievement_id
    JOIN badges ON badges.id = achievements.badge_id
    LEFT JOIN volunteer_badges AS any_time
      ON any_time.volunteer_id = completions.volunteer_id AND any_time.badge_id = achievements.badge_id
    WHERE completions.reversed_at IS NULL AND any_time.id IS NULL AND badges.is_active
      AND achievements.updated_at <= completions.created_at AND badges.updated_at <= completions.created_at
    ORDER BY completions.volunteer_id, achievements.badge_id
"""
"""Who was never given the badge of a live completion, though neither definition changed since."""

BADGE_UNPAID = """
    SELECT held.volunteer_id, held.badge_id, 0 AS stored, points_value AS recomputed
    FROM volunteer_badges AS held
    JOIN badges ON badges.id = held.badge_id
    LEFT JOIN points_history AS paid
      ON paid.volunteer_badge_id = held.id AND paid.volunteer_id = held.volunteer_id AND NOT paid.undoes
    WHERE held.revoked_at IS NULL AND paid.id IS NULL AND points_value > 0 AND badges.updated_at <= held.created_at
    ORDER BY held.id
"""


def examine() -> Iterator[Difference]:
    """Differences between what was earned, what earned it, and what it paid. They are facts: named, never mended."""
    yield from completions()
    yield from badges()


def completions() -> Iterator[Difference]:
    """Completions that don't stand, are missing, leave a gap, or have not brought or given back their reward."""
    owed, live = facts(COUNTED, MEASURED, LIVE, definitions(), REACHED), facts(LIVE)
    back = NOT_UNDONE.format(table="completions", cause="completion_id", ended="reversed_at")
    yield from found("completions", owed + STANDS, "times reached achievement {achievement_id}, by a live completion")
    yield from found("completions", owed + MISSING, "completions of achievement {achievement_id}")
    yield from found("completions", live + GAPS, "highest nth of achievement {achievement_id}")
    yield from found("completions", CAUSES, "whose activity completion {id} has as its cause")
    yield from found("completions", DATES, "date of completion {id}")
    yield from found("completions", UNPAID, "reward of completion {id}")
    yield from found("completions", back, "points left of completion {id}, which was reversed")


def badges() -> Iterator[Difference]:
    """Badges held twice, without ground, not given, or that have not brought or given back their points."""
    back = NOT_UNDONE.format(table="volunteer_badges", cause="volunteer_badge_id", ended="revoked_at")
    yield from found("badges", TWICE, "badge {badge_id} held how often")
    yield from found("badges", GROUNDLESS, "badge {badge_id}")
    yield from found("badges", REGAINED, "badge {badge_id}")
    yield from found("badges", NOT_GIVEN, "badge {badge_id}")
    yield from found("badges", BADGE_UNPAID, "points of badge {badge_id}")
    yield from found("badges", back, "points left of badge held {id}, which was revoked")

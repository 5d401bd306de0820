"""Work for workers: rows that volunteers hand in, and what is counted of them in the end."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import func, select, text

from portal.database import reading
from portal.domain import recording
from portal.domain.activities import Activity
from portal.domain.submissions import Submission
from portal.extensions import db

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)
FIRST_DAY = datetime(2026, 1, 5, 12, tzinfo=UTC)


def rows(volunteers: int, each: int) -> list[Submission]:
    """An hour and a bit a day for everybody, on `each` days; different people have different days."""
    return [
        Submission(
            event_type="hours_logged",
            quantity=f"{1 + (who + day) % 7}.{day % 10}",
            occurred_at=(FIRST_DAY + timedelta(days=day + who % 3)).isoformat(),
            volunteer_email=f"volunteer{who}@example.org",
            volunteer_name=f"Volunteer {who}",
            external_id=f"{who}-{day}",
        )
        for day in range(each)
        for who in range(volunteers)
    ]


def record(app: Flask, submissions: list[Submission]) -> None:
    """Records them all, committed, and rings for nobody."""
    with app.app_context():
        verdicts = recording.record(submissions, source="test", now=NOW, creates_people=True)
        assert len(verdicts) == len(submissions)
        db.session.commit()


def counted(app: Flask) -> int:
    """How many activities are counted."""
    return how_many(app, "counted")


def pending(app: Flask) -> int:
    """How many activities are still to be counted."""
    return how_many(app, "pending")


def how_many(app: Flask, status: str) -> int:
    """How many activities have come that far. Looks without keeping any worker waiting."""
    before = reading.set(True)
    try:
        with app.app_context():
            return db.session.scalar(select(func.count()).where(Activity.status == status)) or 0
    finally:
        reading.reset(before)


OUTCOME = {
    "ledger": """
        SELECT v.email, h.event_type, a.external_id, h.completion_id IS NULL, h.points_change, h.effective_on, h.undoes
        FROM points_history h JOIN volunteers v ON v.id = h.volunteer_id LEFT JOIN activities a ON a.id = h.activity_id
        ORDER BY 1, 2, 3, 5, 6
    """,
    "balances": """
        SELECT v.email, p.total_points, p.total_hours, p.current_streak_days, p.longest_streak_days,
            p.last_activity_date
        FROM volunteer_points p JOIN volunteers v ON v.id = p.volunteer_id ORDER BY 1
    """,
    "completions": """
        SELECT v.email, c.achievement_id, c.nth, c.completed_on, c.reversed_at IS NULL
        FROM completions c JOIN volunteers v ON v.id = c.volunteer_id ORDER BY 1, 2, 3
    """,
    "badges": """
        SELECT v.email, b.badge_id, b.revoked_at IS NULL
        FROM volunteer_badges b JOIN volunteers v ON v.id = b.volunteer_id ORDER BY 1, 2
    """,
    "news": """
        SELECT v.email, n.key FROM notifications n JOIN volunteers v ON v.id = n.volunteer_id
        WHERE n.kind <> 'rank' ORDER BY 1, 2
    """,  # who is first is told when boards are counted, which is at some moment afterwards
    "outbox": """
        SELECT count(*), count(DISTINCT o.notification_id)
        FROM outbox o JOIN notifications n ON n.id = o.notification_id WHERE n.kind <> 'rank'
    """,
}
WRONG_RUNNING_SUMS = """
    SELECT count(*) FROM (
        SELECT balance_after, sum(points_change) OVER (PARTITION BY volunteer_id ORDER BY id) AS running
        FROM points_history
    ) AS ledger WHERE balance_after <> running
"""


def outcome(app: Flask) -> dict[str, list[tuple]]:
    """What everybody has in the end, without ids and the moments of writing; and no running balance is wrong."""
    with app.app_context():
        assert db.session.scalar(text(WRONG_RUNNING_SUMS)) == 0
        return {name: [tuple(row) for row in db.session.execute(text(query))] for name, query in OUTCOME.items()}

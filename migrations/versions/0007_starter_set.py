"""What every organisation starts with (docs/rules.md, section 12): point rules, badges, achievements, empty boards."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

POINTS = {"common": 10, "rare": 25, "epic": 50, "legendary": 100}

RULES = [
    ("hours_logged", 5),
    ("task_completed", 10),
    ("project_completed", 100),
    ("training_completed", 25),
    ("skill_certified", 50),
    ("volunteer_referred", 50),
]

BADGES = [
    ("First Step", "time", "common", "#4CAF50", "footprints", "Your first hour."),
    ("Dedicated Volunteer", "time", "rare", "#2196F3", "hand-heart", "Fifty hours for others."),
    ("Century Club", "time", "epic", "#9C27B0", "hourglass", "A hundred hours for others."),
    ("Hero of the Community", "time", "legendary", "#FF9800", "heart-handshake", "Five hundred hours for others."),
    ("Project Pioneer", "projects", "common", "#C0563B", "flag", "Your first project, brought to its end."),
    ("Multi-Tasker", "projects", "rare", "#3F51B5", "layers", "Five projects, brought to their end."),
    ("Quick Learner", "skills", "common", "#00897B", "lightbulb", "Your first certified skill."),
    ("Jack of All Trades", "skills", "epic", "#AD1457", "wrench", "Five certified skills."),
    ("Trained and Ready", "training", "common", "#7C8C2A", "clipboard-check", "Your first training."),
    ("Lifelong Learner", "training", "rare", "#1565C0", "book-open", "Ten trainings."),
    ("Mentor", "leadership", "rare", "#D84315", "sprout", "You brought somebody along."),
    ("Consistent Contributor", "special", "rare", "#E53935", "flame", "Seven days in a row."),
    ("Month of Service", "special", "epic", "#5E35B1", "calendar-heart", "Thirty days in a row."),
]

ACHIEVEMENTS = [
    ("First Hour", "hours_logged", "hours_required", 1, 10, 1, "Give your first hour."),
    ("10 Hour Milestone", "hours_logged", "hours_required", 10, 25, None, "Give ten hours."),
    ("50 Hour Milestone", "hours_logged", "hours_required", 50, 50, 2, "Give fifty hours."),
    ("100 Hour Milestone", "hours_logged", "hours_required", 100, 100, 3, "Give a hundred hours."),
    ("500 Hour Milestone", "hours_logged", "hours_required", 500, 500, 4, "Give five hundred hours."),
    ("First Project", "projects_completed", "projects_required", 1, 50, 5, "Complete your first project."),
    ("Project Regular", "projects_completed", "projects_required", 5, 150, 6, "Complete five projects."),
    ("Task Tackler", "tasks_completed", "tasks_required", 10, 25, None, "Complete ten tasks."),
    ("Task Master", "tasks_completed", "tasks_required", 50, 100, None, "Complete fifty tasks."),
    ("First Skill", "skills_acquired", "skills_required", 1, 25, 7, "Have your first skill certified."),
    ("Five Skills", "skills_acquired", "skills_required", 5, 150, 8, "Have five skills certified."),
    ("First Training", "trainings_completed", "trainings_required", 1, 25, 9, "Complete your first training."),
    ("Ten Trainings", "trainings_completed", "trainings_required", 10, 150, 10, "Complete ten trainings."),
    ("Week Streak", "consecutive_days", "days_required", 7, 75, 12, "Help on seven days in a row."),
    ("Month Streak", "consecutive_days", "days_required", 30, 300, 13, "Help on thirty days in a row."),
    ("Bring a Friend", "volunteer_referred", "volunteers_required", 1, 25, 11, "Bring somebody along."),
]

BOARDS = [(kind, frame) for kind in ("points", "hours", "projects") for frame in ("all_time", "monthly", "weekly")]


def table(name: str, /, **types) -> sa.TableClause:
    """A light stand-in for a table, with the types that matter for inserting."""
    return sa.table(name, *(sa.column(column, kind) for column, kind in types.items()))


def period(timeframe: str, today: date) -> tuple[date | None, date | None]:
    """First date of the period around `today`, and the first after it."""
    if timeframe == "all_time":
        return None, None
    if timeframe == "weekly":
        start = today - timedelta(days=today.weekday())
        return start, start + timedelta(days=7)
    start = today.replace(day=1)
    return start, (start + timedelta(days=31)).replace(day=1)


def badge_rows(now: datetime) -> list[dict]:
    """The thirteen badges."""
    return [
        {
            "id": number,
            "name": name,
            "description": description,
            "category": category,
            "icon": icon,
            "color": color,
            "rarity": rarity,
            "points_value": POINTS[rarity],
            "is_active": True,
            "is_secret": False,
            "created_at": now,
            "updated_at": now,
        }
        for number, (name, category, rarity, color, icon, description) in enumerate(BADGES, start=1)
    ]


def achievement_rows(now: datetime) -> list[dict]:
    """The sixteen achievements."""
    return [
        {
            "id": number,
            "name": name,
            "description": description,
            "achievement_type": kind,
            "criteria": {key: target} | ({"certified": True} if kind == "skills_acquired" else {}),
            "points_reward": reward,
            "badge_id": badge,
            "is_repeatable": kind == "volunteer_referred",
            "tracks_progress": True,
            "is_active": True,
            "is_secret": False,
            "created_at": now,
            "updated_at": now,
        }
        for number, (name, kind, key, target, reward, badge, description) in enumerate(ACHIEVEMENTS, start=1)
    ]


def board_rows(now: datetime) -> list[dict]:
    """Nine current snapshots with nobody in them; the first build sets them to the organisation's calendar."""
    rows = []
    for kind, frame in BOARDS:
        start, end = period(frame, now.date())
        rows.append(
            {
                "leaderboard_type": kind,
                "timeframe": frame,
                "period_start": start,
                "period_end": end,
                "rankings": [],
                "generated_at": now,
                "data_cut": 0,
                "is_current": True,
                "total_participants": 0,
            }
        )
    return rows


def upgrade() -> None:
    now = datetime.now(UTC)
    instant, flag, number = sa.DateTime(timezone=True), sa.Boolean, sa.BigInteger
    op.bulk_insert(
        table("point_rules", event_type=sa.String, per_unit=number),
        [{"event_type": kind, "per_unit": points * 100} for kind, points in RULES],
    )
    badges = table(
        "badges",
        **{"id": number, "name": sa.String, "description": sa.Text, "category": sa.String, "icon": sa.String},
        **{"color": sa.String, "rarity": sa.String, "points_value": number, "is_active": flag, "is_secret": flag},
        **{"created_at": instant, "updated_at": instant},
    )
    op.bulk_insert(badges, badge_rows(stored(now)))
    achievements = table(
        "achievements",
        **{"id": number, "name": sa.String, "description": sa.Text, "achievement_type": sa.String},
        **{"criteria": sa.JSON, "points_reward": number, "badge_id": number, "is_repeatable": flag},
        **{"tracks_progress": flag, "is_active": flag, "is_secret": flag},
        **{"created_at": instant, "updated_at": instant},
    )
    op.bulk_insert(achievements, achievement_rows(stored(now)))
    boards = table(
        "leaderboards",
        **{"leaderboard_type": sa.String, "timeframe": sa.String, "period_start": sa.Date, "period_end": sa.Date},
        **{"rankings": sa.JSON, "generated_at": instant, "data_cut": number, "is_current": flag},
        total_participants=number,
    )
    op.bulk_insert(boards, board_rows(stored(now)))
    move_sequences()


def stored(now: datetime) -> datetime:
    """SQLite keeps instants without an offset, in UTC."""
    return now.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else now


def move_sequences() -> None:
    """PostgreSQL counts up from its sequences, which know nothing of ids that were given."""
    if op.get_bind().dialect.name == "postgresql":
        for name in ("badges", "achievements"):
            op.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")


def downgrade() -> None:
    for name in ("leaderboards", "achievements", "badges", "point_rules"):
        op.execute(f"DELETE FROM {name}")

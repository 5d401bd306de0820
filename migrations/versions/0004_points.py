"""Awards by hand, balances, the ledger."""

import sqlalchemy as sa
from alembic import op

from migrations.append_only import allow_changes, refuse_changes

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "awards",
        sa.Column("id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("awarded_by_id", Id, nullable=False),
        sa.Column("batch_id", Id, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["awarded_by_id"], ["users.id"], name=op.f("fk_awards_awarded_by_id_users")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_awards_batch_id_batches")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_awards_volunteer_id_volunteers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
    )
    op.create_index("ix_awards_volunteer_id", "awards", ["volunteer_id"], unique=False)
    op.create_table(
        "volunteer_points",
        sa.Column("id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("total_points", sa.Integer(), nullable=False),
        sa.Column("current_points", sa.Integer(), nullable=False),
        sa.Column("total_hours", sa.BigInteger(), nullable=False),
        sa.Column("total_projects", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("rank_percentile", sa.BigInteger(), nullable=True),
        sa.Column("current_streak_days", sa.Integer(), nullable=False),
        sa.Column("longest_streak_days", sa.Integer(), nullable=False),
        sa.Column("last_activity_date", sa.Date(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "longest_streak_days >= current_streak_days AND current_streak_days >= 0",
            name=op.f("ck_volunteer_points_streaks"),
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_volunteer_points_volunteer_id_volunteers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_points")),
        sa.UniqueConstraint("volunteer_id", name=op.f("uq_volunteer_points_volunteer_id")),
    )
    op.create_index("ix_volunteer_points_rank", "volunteer_points", ["rank"], unique=False)
    op.create_index("ix_volunteer_points_total_points", "volunteer_points", ["total_points"], unique=False)
    op.create_table(
        "points_history",
        sa.Column("id", Id, nullable=False),
        sa.Column("volunteer_points_id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("points_change", sa.Integer(), nullable=False),
        sa.Column("event_type", sa.String(length=32), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("reference_type", sa.String(length=64), nullable=True),
        sa.Column("reference_id", sa.String(length=200), nullable=True),
        sa.Column("balance_after", sa.Integer(), nullable=False),
        sa.Column("awarded_by_id", Id, nullable=True),
        sa.Column("activity_id", Id, nullable=True),
        sa.Column("completion_id", Id, nullable=True),
        sa.Column("volunteer_badge_id", Id, nullable=True),
        sa.Column("award_id", Id, nullable=True),
        sa.Column("undoes", sa.Boolean(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "event_type IN ('hours_logged', 'task_completed', 'project_completed', 'training_completed', 'skill_certified', 'volunteer_referred', 'achievement_earned', 'badge_earned', 'manual_adjustment')",
            name=op.f("ck_points_history_event_type"),
        ),
        sa.CheckConstraint(
            "CASE WHEN activity_id IS NULL THEN 0 ELSE 1 END + CASE WHEN completion_id IS NULL THEN 0 ELSE 1 END + CASE WHEN volunteer_badge_id IS NULL THEN 0 ELSE 1 END + CASE WHEN award_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_points_history_one_cause"),
        ),
        sa.CheckConstraint("points_change <> 0", name=op.f("ck_points_history_points_change")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_points_history_activity_id_activities")
        ),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_points_history_award_id_awards")),
        sa.ForeignKeyConstraint(["awarded_by_id"], ["users.id"], name=op.f("fk_points_history_awarded_by_id_users")),
        sa.ForeignKeyConstraint(
            ["completion_id"], ["completions.id"], name=op.f("fk_points_history_completion_id_completions")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_badge_id"],
            ["volunteer_badges.id"],
            name=op.f("fk_points_history_volunteer_badge_id_volunteer_badges"),
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_points_history_volunteer_id_volunteers")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_points_id"],
            ["volunteer_points.id"],
            name=op.f("fk_points_history_volunteer_points_id_volunteer_points"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_history")),
    )
    op.create_index("ix_points_history_created_at", "points_history", ["created_at"], unique=False)
    op.create_index("ix_points_history_effective_on", "points_history", ["effective_on", "volunteer_id"], unique=False)
    op.create_index("ix_points_history_event_type", "points_history", ["event_type"], unique=False)
    op.create_index("ix_points_history_volunteer_id", "points_history", ["volunteer_id", "id"], unique=False)
    op.create_index("ix_points_history_volunteer_points_id", "points_history", ["volunteer_points_id"], unique=False)
    op.create_index(
        "uq_points_history_activity_id",
        "points_history",
        ["activity_id", "volunteer_id", "undoes"],
        unique=True,
        sqlite_where=sa.text("activity_id IS NOT NULL"),
        postgresql_where=sa.text("activity_id IS NOT NULL"),
    )
    op.create_index(
        "uq_points_history_award_id",
        "points_history",
        ["award_id", "volunteer_id", "undoes"],
        unique=True,
        sqlite_where=sa.text("award_id IS NOT NULL"),
        postgresql_where=sa.text("award_id IS NOT NULL"),
    )
    op.create_index(
        "uq_points_history_completion_id",
        "points_history",
        ["completion_id", "volunteer_id", "undoes"],
        unique=True,
        sqlite_where=sa.text("completion_id IS NOT NULL"),
        postgresql_where=sa.text("completion_id IS NOT NULL"),
    )
    op.create_index(
        "uq_points_history_volunteer_badge_id",
        "points_history",
        ["volunteer_badge_id", "volunteer_id", "undoes"],
        unique=True,
        sqlite_where=sa.text("volunteer_badge_id IS NOT NULL"),
        postgresql_where=sa.text("volunteer_badge_id IS NOT NULL"),
    )
    refuse_changes("points_history")


def downgrade() -> None:
    allow_changes("points_history")
    op.drop_table("points_history")
    op.drop_table("volunteer_points")
    op.drop_table("awards")

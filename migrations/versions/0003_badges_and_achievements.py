"""What can be earned and who earned it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "badges",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("icon", sa.String(length=40), nullable=True),
        sa.Column("icon_url", sa.String(length=300), nullable=True),
        sa.Column("color", sa.String(length=7), nullable=True),
        sa.Column("rarity", sa.String(length=32), nullable=False),
        sa.Column("points_value", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_secret", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "category IN ('time', 'skills', 'projects', 'training', 'leadership', 'special')",
            name=op.f("ck_badges_category"),
        ),
        sa.CheckConstraint("color IS NULL OR (length(color) = 7 AND color LIKE '#%')", name=op.f("ck_badges_color")),
        sa.CheckConstraint("rarity IN ('common', 'rare', 'epic', 'legendary')", name=op.f("ck_badges_rarity")),
        sa.CheckConstraint("points_value >= 0", name=op.f("ck_badges_points_value")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badges")),
        sa.UniqueConstraint("name", name=op.f("uq_badges_name")),
    )
    op.create_index("ix_badges_category", "badges", ["category"], unique=False)
    op.create_index("ix_badges_is_active", "badges", ["is_active"], unique=False)
    op.create_table(
        "achievements",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("achievement_type", sa.String(length=32), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("points_reward", sa.Integer(), nullable=False),
        sa.Column("badge_id", Id, nullable=True),
        sa.Column("is_repeatable", sa.Boolean(), nullable=False),
        sa.Column("tracks_progress", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_secret", sa.Boolean(), nullable=False),
        sa.Column("counts_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "achievement_type IN ('hours_logged', 'projects_completed', 'tasks_completed', 'skills_acquired', 'trainings_completed', 'consecutive_days', 'volunteer_referred', 'custom')",
            name=op.f("ck_achievements_achievement_type"),
        ),
        sa.CheckConstraint("points_reward >= 0", name=op.f("ck_achievements_points_reward")),
        sa.ForeignKeyConstraint(["badge_id"], ["badges.id"], name=op.f("fk_achievements_badge_id_badges")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achievements")),
        sa.UniqueConstraint("name", name=op.f("uq_achievements_name")),
    )
    op.create_index("ix_achievements_achievement_type", "achievements", ["achievement_type"], unique=False)
    op.create_index("ix_achievements_badge_id", "achievements", ["badge_id"], unique=False)
    op.create_index("ix_achievements_is_active", "achievements", ["is_active"], unique=False)
    op.create_table(
        "completions",
        sa.Column("id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("achievement_id", Id, nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("counts_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("activity_id", Id, nullable=True),
        sa.Column("given_by_id", Id, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by_id", Id, nullable=True),
        sa.Column("reversed_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(activity_id IS NULL) <> (given_by_id IS NULL)", name=op.f("ck_completions_one_cause")),
        sa.CheckConstraint("nth >= 1", name=op.f("ck_completions_nth")),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievements.id"], name=op.f("fk_completions_achievement_id_achievements")
        ),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_completions_activity_id_activities")),
        sa.ForeignKeyConstraint(["given_by_id"], ["users.id"], name=op.f("fk_completions_given_by_id_users")),
        sa.ForeignKeyConstraint(["reversed_by_id"], ["users.id"], name=op.f("fk_completions_reversed_by_id_users")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_completions_volunteer_id_volunteers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completions")),
    )
    op.create_index("ix_completions_achievement_id", "completions", ["achievement_id"], unique=False)
    op.create_index("ix_completions_activity_id", "completions", ["activity_id"], unique=False)
    op.create_index("ix_completions_completed_at", "completions", ["completed_at"], unique=False)
    op.create_index(
        "uq_completions_live",
        "completions",
        ["volunteer_id", "achievement_id", "nth"],
        unique=True,
        sqlite_where=sa.text("reversed_at IS NULL"),
        postgresql_where=sa.text("reversed_at IS NULL"),
    )
    op.create_table(
        "volunteer_badges",
        sa.Column("id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("badge_id", Id, nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("earned_reason", sa.Text(), nullable=True),
        sa.Column("awarded_by_id", Id, nullable=True),
        sa.Column("completion_id", Id, nullable=True),
        sa.Column("is_showcased", sa.Boolean(), nullable=False),
        sa.Column("showcase_position", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", Id, nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "completion_id IS NULL OR awarded_by_id IS NULL", name=op.f("ck_volunteer_badges_one_giver")
        ),
        sa.CheckConstraint("showcase_position BETWEEN 1 AND 6", name=op.f("ck_volunteer_badges_showcase_position")),
        sa.ForeignKeyConstraint(["awarded_by_id"], ["users.id"], name=op.f("fk_volunteer_badges_awarded_by_id_users")),
        sa.ForeignKeyConstraint(["badge_id"], ["badges.id"], name=op.f("fk_volunteer_badges_badge_id_badges")),
        sa.ForeignKeyConstraint(
            ["completion_id"], ["completions.id"], name=op.f("fk_volunteer_badges_completion_id_completions")
        ),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["users.id"], name=op.f("fk_volunteer_badges_revoked_by_id_users")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_volunteer_badges_volunteer_id_volunteers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_badges")),
    )
    op.create_index("ix_volunteer_badges_badge_id", "volunteer_badges", ["badge_id"], unique=False)
    op.create_index("ix_volunteer_badges_completion_id", "volunteer_badges", ["completion_id"], unique=False)
    op.create_index("ix_volunteer_badges_earned_at", "volunteer_badges", ["earned_at"], unique=False)
    op.create_index("ix_volunteer_badges_volunteer_id", "volunteer_badges", ["volunteer_id"], unique=False)
    op.create_index(
        "uq_volunteer_badges_held",
        "volunteer_badges",
        ["volunteer_id", "badge_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "volunteer_achievements",
        sa.Column("id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("achievement_id", Id, nullable=False),
        sa.Column("current_progress", sa.BigInteger(), nullable=False),
        sa.Column("target_progress", sa.BigInteger(), nullable=False),
        sa.Column("is_completed", sa.Boolean(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times_completed", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_progress_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "is_completed = (completed_at IS NOT NULL)", name=op.f("ck_volunteer_achievements_completed_at")
        ),
        sa.CheckConstraint(
            "is_completed = (times_completed >= 1)", name=op.f("ck_volunteer_achievements_times_completed")
        ),
        sa.CheckConstraint(
            "times_completed >= 0 AND current_progress >= 0", name=op.f("ck_volunteer_achievements_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"], ["achievements.id"], name=op.f("fk_volunteer_achievements_achievement_id_achievements")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_volunteer_achievements_volunteer_id_volunteers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteer_achievements")),
    )
    op.create_index(
        "ix_volunteer_achievements_achievement_id", "volunteer_achievements", ["achievement_id"], unique=False
    )
    op.create_index("ix_volunteer_achievements_completed_at", "volunteer_achievements", ["completed_at"], unique=False)
    op.create_index("ix_volunteer_achievements_is_completed", "volunteer_achievements", ["is_completed"], unique=False)
    op.create_index(
        "uq_volunteer_achievements_volunteer_id",
        "volunteer_achievements",
        ["volunteer_id", "achievement_id"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("volunteer_achievements")
    op.drop_table("volunteer_badges")
    op.drop_table("completions")
    op.drop_table("achievements")
    op.drop_table("badges")

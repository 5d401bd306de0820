"""Snapshots, standings, and the notes that something changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "leaderboards",
        sa.Column("id", Id, nullable=False),
        sa.Column("leaderboard_type", sa.String(length=32), nullable=False),
        sa.Column("timeframe", sa.String(length=32), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("rankings", sa.JSON(), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data_cut", sa.BigInteger(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("total_participants", sa.Integer(), nullable=False),
        sa.Column("average_value", sa.BigInteger(), nullable=True),
        sa.Column("median_value", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(timeframe = 'all_time') = (period_start IS NULL)", name=op.f("ck_leaderboards_period_start")
        ),
        sa.CheckConstraint(
            "leaderboard_type IN ('points', 'hours', 'projects')", name=op.f("ck_leaderboards_leaderboard_type")
        ),
        sa.CheckConstraint("timeframe IN ('all_time', 'monthly', 'weekly')", name=op.f("ck_leaderboards_timeframe")),
        sa.CheckConstraint("(period_start IS NULL) = (period_end IS NULL)", name=op.f("ck_leaderboards_period_end")),
        sa.CheckConstraint("closed_at IS NULL OR NOT is_current", name=op.f("ck_leaderboards_closed_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaderboards")),
    )
    op.create_index("ix_leaderboards_generated_at", "leaderboards", ["generated_at"], unique=False)
    op.create_index("ix_leaderboards_is_current", "leaderboards", ["is_current"], unique=False)
    op.create_index("ix_leaderboards_leaderboard_type", "leaderboards", ["leaderboard_type"], unique=False)
    op.create_index("ix_leaderboards_period_start", "leaderboards", ["period_start"], unique=False)
    op.create_index("ix_leaderboards_timeframe", "leaderboards", ["timeframe"], unique=False)
    op.create_index(
        "uq_leaderboards_closed",
        "leaderboards",
        ["leaderboard_type", "timeframe", "period_start"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "uq_leaderboards_current",
        "leaderboards",
        ["leaderboard_type", "timeframe"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "standings",
        sa.Column("leaderboard_id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["leaderboard_id"], ["leaderboards.id"], name=op.f("fk_standings_leaderboard_id_leaderboards")
        ),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_standings_volunteer_id_volunteers")),
        sa.PrimaryKeyConstraint("leaderboard_id", "volunteer_id", name=op.f("pk_standings")),
    )
    op.create_index("ix_standings_position", "standings", ["leaderboard_id", "position"], unique=False)
    op.create_index("ix_standings_value", "standings", ["leaderboard_id", "value"], unique=False)
    op.create_table(
        "board_touches",
        sa.Column("id", Id, nullable=False),
        sa.Column("leaderboard_type", sa.String(length=32), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "leaderboard_type IN ('points', 'hours', 'projects')", name=op.f("ck_board_touches_leaderboard_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_touches")),
    )


def downgrade() -> None:
    op.drop_table("board_touches")
    op.drop_table("standings")
    op.drop_table("leaderboards")

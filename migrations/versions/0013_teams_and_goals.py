"""Teams, who is in them, where they stand, and goals."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "teams",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("sort", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("folded", name=op.f("uq_teams_folded")),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id_teams")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_team_members_volunteer_id_volunteers")
        ),
        sa.PrimaryKeyConstraint("team_id", "volunteer_id", name=op.f("pk_team_members")),
    )
    op.create_index("ix_team_members_volunteer_id", "team_members", ["volunteer_id"], unique=False)
    op.create_table(
        "team_standings",
        sa.Column("leaderboard_id", Id, nullable=False),
        sa.Column("team_id", Id, nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("rank_per_head", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["leaderboard_id"], ["leaderboards.id"], name=op.f("fk_team_standings_leaderboard_id_leaderboards")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_standings_team_id_teams")),
        sa.PrimaryKeyConstraint("leaderboard_id", "team_id", name=op.f("pk_team_standings")),
    )
    op.create_table(
        "goals",
        sa.Column("id", Id, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("metric", sa.String(length=32), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=False),
        sa.Column("team_id", Id, nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.CheckConstraint("metric IN ('points', 'hours', 'projects')", name=op.f("ck_goals_metric")),
        sa.CheckConstraint("target > 0 AND target <= 100000000000", name=op.f("ck_goals_target")),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_goals_dates")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_goals_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )
    op.create_index("ix_goals_team_id", "goals", ["team_id"], unique=False)


def downgrade() -> None:
    for table in ("goals", "team_standings", "team_members", "teams"):
        op.drop_table(table)

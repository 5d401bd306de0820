"""Pauses, until when a streak goes on, and what was conferred on a group."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_pauses_order")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_pauses_volunteer_id_volunteers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_index("ix_pauses_volunteer_id", "pauses", ["volunteer_id", "first_on"], unique=False)
    op.create_table(
        "batch_completions",
        sa.Column("completion_id", Id, nullable=False),
        sa.Column("batch_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_completions_batch_id_batches")),
        sa.ForeignKeyConstraint(
            ["completion_id"], ["completions.id"], name=op.f("fk_batch_completions_completion_id_completions")
        ),
        sa.PrimaryKeyConstraint("completion_id", name=op.f("pk_batch_completions")),
    )
    op.create_index("ix_batch_completions_batch_id", "batch_completions", ["batch_id"], unique=False)
    op.add_column("volunteer_points", sa.Column("streak_until", sa.Date(), nullable=True))
    next_day = "last_activity_date + 1"
    if op.get_bind().dialect.name == "sqlite":
        next_day = "date(last_activity_date, '+1 day')"
    op.execute(f"UPDATE volunteer_points SET streak_until = {next_day}")


def downgrade() -> None:
    op.drop_column("volunteer_points", "streak_until")
    op.drop_table("batch_completions")
    op.drop_table("pauses")

"""Undoing what came together: an import, hours or medals for a group."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "undoings",
        sa.Column("id", Id, nullable=False),
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("requested_by_id", Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_volunteer_id", Id, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_undoings_batch_id_batches")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_undoings_requested_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undoings")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_undoings_batch_id")),
    )
    op.create_index(
        "ix_undoings_open",
        "undoings",
        ["id"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "batch_badges",
        sa.Column("volunteer_badge_id", Id, nullable=False),
        sa.Column("batch_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_badges_batch_id_batches")),
        sa.ForeignKeyConstraint(
            ["volunteer_badge_id"],
            ["volunteer_badges.id"],
            name=op.f("fk_batch_badges_volunteer_badge_id_volunteer_badges"),
        ),
        sa.PrimaryKeyConstraint("volunteer_badge_id", name=op.f("pk_batch_badges")),
    )
    op.create_index("ix_batch_badges_batch_id", "batch_badges", ["batch_id"], unique=False)
    op.create_index(
        "ix_awards_batch_id",
        "awards",
        ["batch_id"],
        unique=False,
        sqlite_where=sa.text("batch_id IS NOT NULL"),
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_awards_batch_id", table_name="awards")
    op.drop_table("batch_badges")
    op.drop_table("undoings")

"""What was done: batches, activities, and the rules that price them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("recorded_by_id", Id, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('import', 'group')", name=op.f("ck_batches_kind")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_batches_recorded_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_table(
        "activities",
        sa.Column("id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("event_type", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("reference_type", sa.String(length=64), nullable=False),
        sa.Column("reference_id", sa.String(length=200), nullable=True),
        sa.Column("reference_name", sa.String(length=300), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("certified", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("exact", sa.BigInteger(), nullable=False),
        sa.Column("day_cap", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.Column("batch_id", Id, nullable=True),
        sa.Column("recorded_by_id", Id, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by_id", Id, nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by_id", Id, nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "\n    (event_type = 'hours_logged' AND quantity > 0 AND quantity <= 2400)\n    OR (event_type = 'task_completed' AND quantity IN (100, 200, 300, 400, 500))\n    OR (event_type NOT IN ('hours_logged', 'task_completed') AND quantity = 100)\n",
            name=op.f("ck_activities_quantity"),
        ),
        sa.CheckConstraint(
            "event_type IN ('hours_logged', 'task_completed', 'project_completed', 'training_completed', 'skill_certified', 'volunteer_referred')",
            name=op.f("ck_activities_event_type"),
        ),
        sa.CheckConstraint(
            "status <> 'counted' OR (booked AND counted_at IS NOT NULL)", name=op.f("ck_activities_counted")
        ),
        sa.CheckConstraint(
            "status IN ('awaiting_review', 'pending', 'counted', 'reversed', 'rejected')",
            name=op.f("ck_activities_status"),
        ),
        sa.CheckConstraint("status IN ('counted', 'reversed') OR NOT booked", name=op.f("ck_activities_booked")),
        sa.CheckConstraint("exact >= 0", name=op.f("ck_activities_exact")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_activities_batch_id_batches")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_activities_recorded_by_id_users")),
        sa.ForeignKeyConstraint(["reversed_by_id"], ["users.id"], name=op.f("fk_activities_reversed_by_id_users")),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["users.id"], name=op.f("fk_activities_reviewed_by_id_users")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_activities_volunteer_id_volunteers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index(
        "ix_activities_awaiting_review",
        "activities",
        ["recorded_at"],
        unique=False,
        sqlite_where=sa.text("status = 'awaiting_review'"),
        postgresql_where=sa.text("status = 'awaiting_review'"),
    )
    op.create_index("ix_activities_batch_id", "activities", ["batch_id"], unique=False)
    op.create_index("ix_activities_event_type_occurred_on", "activities", ["event_type", "occurred_on"], unique=False)
    op.create_index(
        "ix_activities_unsettled",
        "activities",
        ["volunteer_id", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'pending' OR (status = 'reversed' AND booked)"),
        postgresql_where=sa.text("status = 'pending' OR (status = 'reversed' AND booked)"),
    )
    op.create_index(
        "ix_activities_volunteer_id_occurred_on",
        "activities",
        ["volunteer_id", "occurred_on", "event_type"],
        unique=False,
    )
    op.create_index(
        "uq_activities_reference_a_day",
        "activities",
        ["volunteer_id", "event_type", "reference_type", "reference_id", "occurred_on"],
        unique=True,
        sqlite_where=sa.text(
            "reference_id IS NOT NULL AND status NOT IN ('reversed', 'rejected') AND event_type NOT IN ('hours_logged', 'volunteer_referred')"
        ),
        postgresql_where=sa.text(
            "reference_id IS NOT NULL AND status NOT IN ('reversed', 'rejected') AND event_type NOT IN ('hours_logged', 'volunteer_referred')"
        ),
    )
    op.create_index(
        "uq_activities_referral",
        "activities",
        ["reference_type", "reference_id"],
        unique=True,
        sqlite_where=sa.text(
            "reference_id IS NOT NULL AND status NOT IN ('reversed', 'rejected') AND event_type = 'volunteer_referred'"
        ),
        postgresql_where=sa.text(
            "reference_id IS NOT NULL AND status NOT IN ('reversed', 'rejected') AND event_type = 'volunteer_referred'"
        ),
    )
    op.create_index("uq_activities_source_external_id", "activities", ["source", "external_id"], unique=True)
    op.create_table(
        "point_rules",
        sa.Column("event_type", sa.String(length=32), nullable=False),
        sa.Column("per_unit", sa.BigInteger(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=True),
        sa.Column("maximum", sa.BigInteger(), nullable=True),
        sa.Column("daily_cap", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "event_type IN ('hours_logged', 'task_completed', 'project_completed', 'training_completed', 'skill_certified', 'volunteer_referred')",
            name=op.f("ck_point_rules_event_type"),
        ),
        sa.CheckConstraint("minimum <= maximum", name=op.f("ck_point_rules_minimum_maximum")),
        sa.CheckConstraint(
            "per_unit >= 0 AND minimum >= 0 AND maximum >= 0 AND daily_cap >= 0",
            name=op.f("ck_point_rules_not_negative"),
        ),
        sa.PrimaryKeyConstraint("event_type", name=op.f("pk_point_rules")),
    )


def downgrade() -> None:
    op.drop_table("point_rules")
    op.drop_table("activities")
    op.drop_table("batches")

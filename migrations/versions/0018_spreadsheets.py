"""Spreadsheets: files in pieces, read, understood, checked and confirmed before anything of them is recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STAGES = ("reading", "unreadable", "mapping", "checking", "checked", "recording", "counting")
COPY = "INSERT INTO upload_parts (batch_id, number, content) SELECT batch_id, 0, content FROM uploads"
KEPT = "SELECT batch_id FROM kept_uploads"
ASIDE = "INSERT INTO kept_uploads (batch_id) SELECT batch_id FROM uploads"
WHOLE = "stage = 'recording' AND batch_id NOT IN (SELECT batch_id FROM upload_parts WHERE number > 0)"
LOST = """
    UPDATE batches SET finished_at = created_at, failure = 'This file was not imported. Send it again.'
    WHERE id IN (SELECT batch_id FROM uploads) AND id NOT IN (SELECT batch_id FROM kept_uploads)
"""
RETURN = """
    INSERT INTO uploads (batch_id, content)
    SELECT batch_id, content FROM upload_parts WHERE batch_id IN (SELECT batch_id FROM kept_uploads)
"""


def upgrade() -> None:
    op.add_column("batches", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "upload_parts",
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_upload_parts_batch_id_batches")),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_upload_parts")),
    )
    op.create_table(
        "sheet_layouts",
        sa.Column("id", Id, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("fk_sheet_layouts_changed_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_layouts")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_sheet_layouts_fingerprint")),
    )
    op.drop_index("uq_rejected_rows_number", table_name="rejected_rows")
    op.create_index("uq_rejected_rows_number", "rejected_rows", ["batch_id", "number", "column_name"], unique=True)
    make_uploads_anew()


def make_uploads_anew() -> None:
    """Those that wait were confirmed when they were sent."""
    op.execute(COPY)
    op.create_table("kept_uploads", sa.Column("batch_id", Id, nullable=False))
    op.execute(ASIDE)
    op.drop_table("uploads")
    op.create_table(
        "uploads",
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("makes_people", sa.Boolean(), nullable=False),
        sa.Column("how", sa.JSON(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("layout", sa.JSON(), nullable=True),
        sa.Column("outlook", sa.JSON(), nullable=True),
        sa.CheckConstraint(f"stage IN ({', '.join(repr(one) for one in STAGES)})", name=op.f("ck_uploads_stage")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_uploads_batch_id_batches")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_uploads")),
    )
    op.execute(
        "INSERT INTO uploads (batch_id, stage, size, changed_at, version, done, total, makes_people) "
        "SELECT kept.batch_id, 'recording', 0, batches.created_at, 0, 0, batches.rows, true "
        "FROM kept_uploads AS kept JOIN batches ON batches.id = kept.batch_id"
    )
    op.execute(f"UPDATE batches SET done = 0, same = 0, refused = 0, accepted = 0 WHERE id IN ({KEPT})")
    op.drop_table("kept_uploads")


def downgrade() -> None:
    op.create_table("kept_uploads", sa.Column("batch_id", Id, nullable=False))
    op.execute(f"{ASIDE} WHERE {WHOLE}")
    op.execute(LOST)
    op.drop_table("uploads")
    op.create_table(
        "uploads",
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_uploads_batch_id_batches")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_uploads")),
    )
    op.execute(RETURN)
    op.drop_table("kept_uploads")
    op.drop_table("upload_parts")
    op.drop_table("sheet_layouts")
    op.execute(
        "DELETE FROM rejected_rows WHERE EXISTS (SELECT 1 FROM rejected_rows AS first "
        "WHERE first.batch_id = rejected_rows.batch_id AND first.number = rejected_rows.number "
        "AND first.id < rejected_rows.id)"
    )
    op.drop_index("uq_rejected_rows_number", table_name="rejected_rows")
    op.create_index("uq_rejected_rows_number", "rejected_rows", ["batch_id", "number"], unique=True)
    op.drop_column("batches", "cancelled_at")

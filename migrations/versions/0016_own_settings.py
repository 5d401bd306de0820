"""What is people's own: a picture of themselves, and a link by which they invite friends."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "avatars",
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_avatars_volunteer_id_volunteers")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_avatars")),
    )
    op.create_table(
        "friend_links",
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_friend_links_volunteer_id_volunteers")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_friend_links")),
        sa.UniqueConstraint("code", name=op.f("uq_friend_links_code")),
    )


def downgrade() -> None:
    op.drop_table("friend_links")
    op.drop_table("avatars")

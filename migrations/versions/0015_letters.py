"""Mail of news: letters, in which language and of what each volunteer wants them, and inboxes read by the hour."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = "letter_id IS NULL AND closed_at IS NULL"
OPEN = "sent_at IS NULL AND failed_at IS NULL"
UNREAD = "read_at IS NULL"


def upgrade() -> None:
    op.add_column("volunteers", sa.Column("language", sa.String(length=16), nullable=True))
    op.add_column("volunteers", sa.Column("mail_choices", sa.JSON(), nullable=True))
    index("ix_notifications_unread", "notifications", ["volunteer_id", "created_at"], UNREAD, again=True)
    op.drop_index("ix_notifications_volunteer_id", table_name="notifications")
    op.create_index("ix_notifications_volunteer_id", "notifications", ["volunteer_id", "created_at", "id"])
    create_letters()
    make_outbox_anew(
        "notification_id, created_at, created_at AS due_at, sent_at AS closed_at",
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("letter_id", Id, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("letter_id IS NULL OR closed_at IS NULL", name=op.f("ck_outbox_one_end")),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], name=op.f("fk_outbox_notification_id_notifications")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_outbox_letter_id_letters")),
    )
    index("ix_outbox_waiting", "outbox", ["due_at", "id"], WAITING)
    op.create_index("ix_outbox_letter_id", "outbox", ["letter_id"], unique=False)


def make_outbox_anew(taken: str, *parts) -> None:
    """Puts the rows of the outbox into a new table: SQLite can change one only by writing it in another order of its
    constraints than it would have been made with. `taken` is what is read of the old one, by its new names."""
    op.execute(f"CREATE TEMPORARY TABLE kept_outbox AS SELECT id, {taken} FROM outbox")
    op.drop_table("outbox")
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("notification_id", Id, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("notification_id", name=op.f("uq_outbox_notification_id")),
    )
    names = ", ".join(one.split()[-1] for one in taken.split(","))
    op.execute(f"INSERT INTO outbox ({names}) SELECT {names} FROM kept_outbox ORDER BY id")
    op.drop_table("kept_outbox")


def index(name: str, table: str, columns: list[str], where: str, *, again: bool = False) -> None:
    """An index over some rows; `again` if there was one of that name."""
    if again:
        op.drop_index(name, table_name=table)
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def create_letters() -> None:
    """Mails of news."""
    op.create_table(
        "letters",
        sa.Column("id", Id, nullable=False),
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.CheckConstraint("way IN ('at_once', 'daily', 'never')", name=op.f("ck_letters_way")),
        sa.CheckConstraint("sent_at IS NULL OR failed_at IS NULL", name=op.f("ck_letters_one_end")),
        sa.CheckConstraint("sent_at IS NULL OR handed_at IS NOT NULL", name=op.f("ck_letters_handed_at")),
        sa.CheckConstraint("(failed_at IS NULL) = (failure IS NULL)", name=op.f("ck_letters_failure")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_letters_volunteer_id_volunteers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index("ix_letters_volunteer_id", "letters", ["volunteer_id"], unique=False)
    index("ix_letters_waiting", "letters", ["due_at", "id"], OPEN)


def downgrade() -> None:
    make_outbox_anew(
        "notification_id, created_at, 0 AS attempts, "
        "CASE WHEN letter_id IS NULL THEN closed_at ELSE due_at END AS sent_at",
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], name=op.f("fk_outbox_notification_id_notifications")
        ),
    )
    index("ix_outbox_waiting", "outbox", ["id"], "sent_at IS NULL")
    op.drop_table("letters")
    index("ix_notifications_unread", "notifications", ["volunteer_id"], UNREAD, again=True)
    op.drop_index("ix_notifications_volunteer_id", table_name="notifications")
    op.create_index("ix_notifications_volunteer_id", "notifications", ["volunteer_id", "id"])
    op.drop_column("volunteers", "mail_choices")
    op.drop_column("volunteers", "language")

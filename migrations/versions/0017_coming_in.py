"""Coming in: sign-ins that are seen, remembered or half, links that work once, sign-ups, second factors, their mails."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
ROLES = "role IN ('volunteer', 'coordinator', 'admin')"
LINK = ("token_hash", "expires_at", "used_at", "withdrawn_at")


def upgrade() -> None:
    op.add_column("users", sa.Column("second_factor_since", INSTANT, nullable=True))
    op.add_column("sign_ins", sa.Column("remembered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sign_ins", sa.Column("half", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sign_ins", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("sign_ins", sa.Column("last_seen_at", INSTANT, nullable=True))
    create_password_links()
    create_invitations()
    create_sign_ups()
    create_second_factors()
    create_door_mails()


def link() -> list[sa.Column]:
    """What a link has that works once."""
    return [
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        *(sa.Column(name, INSTANT, nullable=True) for name in LINK[1:]),
    ]


def user(table: str, column: str) -> sa.ForeignKeyConstraint:
    """That a column names a user."""
    return sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{table}_{column}_users"))


def key(table: str) -> list:
    """A table's id."""
    return [sa.Column("id", Id, nullable=False), sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]


def index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    """An index over some rows."""
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def create_password_links() -> None:
    """Links for a new password."""
    op.create_table(
        "password_links",
        *key("password_links"),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("made_by_id", Id, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        *link(),
        user("password_links", "user_id"),
        user("password_links", "made_by_id"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_links_token_hash")),
    )
    op.create_index("ix_password_links_user_id", "password_links", ["user_id"])


def create_invitations() -> None:
    """Invitations by e-mail."""
    op.create_table(
        "invitations",
        *key("invitations"),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("joins", sa.Boolean(), nullable=False),
        sa.Column("volunteer_id", Id, nullable=True),
        sa.Column("invited_by_id", Id, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        *link(),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_invitations_email_lower")),
        sa.CheckConstraint(ROLES, name=op.f("ck_invitations_role")),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_invitations_volunteer_id_volunteers")
        ),
        user("invitations", "invited_by_id"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    index("uq_invitations_open", "invitations", ["email"], "used_at IS NULL AND withdrawn_at IS NULL", unique=True)
    op.create_index("ix_invitations_volunteer_id", "invitations", ["volunteer_id"])


def create_sign_ups() -> None:
    """People who would like to join."""
    op.create_table(
        "sign_ups",
        *key("sign_ups"),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("referral_code", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("decision", sa.String(length=32), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        *link(),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_sign_ups_email_lower")),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_sign_ups_decided_at")),
        sa.CheckConstraint("decision IN ('approved', 'turned_down')", name=op.f("ck_sign_ups_decision")),
        user("sign_ups", "decided_by_id"),
        user("sign_ups", "user_id"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ups_token_hash")),
    )
    index("ix_sign_ups_waiting", "sign_ups", ["id"], "confirmed_at IS NOT NULL AND decision IS NULL")
    op.create_index("ix_sign_ups_email", "sign_ups", ["email"])


def create_second_factors() -> None:
    """Apps, passkeys, and codes on paper."""
    op.create_table(
        "second_factors",
        *key("second_factors"),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("seed", sa.LargeBinary(length=32), nullable=True),
        sa.Column("last_step", Id, nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("sign_count", Id, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.CheckConstraint("kind IN ('app', 'passkey')", name=op.f("ck_second_factors_kind")),
        user("second_factors", "user_id"),
        sa.UniqueConstraint("credential_id", name=op.f("uq_second_factors_credential_id")),
    )
    index("uq_second_factors_app", "second_factors", ["user_id"], "kind = 'app'", unique=True)
    op.create_index("ix_second_factors_user_id", "second_factors", ["user_id"])
    op.create_table(
        "backup_codes",
        *key("backup_codes"),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        user("backup_codes", "user_id"),
    )
    op.create_index("ix_backup_codes_user_id", "backup_codes", ["user_id"])


OCCASIONS = (
    "'invited', 'forgot_password', 'password_link', 'asked_to_join', 'let_in', 'password_changed', "
    "'second_factor_reset'"
)


def create_door_mails() -> None:
    """Mails about signing in that wait."""
    op.create_table(
        "door_mails",
        *key("door_mails"),
        sa.Column("occasion", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("about_id", Id, nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failed_at", INSTANT, nullable=True),
        sa.CheckConstraint(f"occasion IN ({OCCASIONS})", name=op.f("ck_door_mails_occasion")),
    )
    index("ix_door_mails_waiting", "door_mails", ["due_at", "id"], "failed_at IS NULL")


def downgrade() -> None:
    for table in ("door_mails", "backup_codes", "second_factors", "sign_ups", "invitations", "password_links"):
        op.drop_table(table)
    for column in ("last_seen_at", "attempts", "half", "remembered"):
        op.drop_column("sign_ins", column)
    op.drop_column("users", "second_factor_since")

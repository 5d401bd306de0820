"""Displays say all that they show; each television has a secret of its own, and can be paired by a code."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BESIDE = ["medals", "join"]
"""What stood beside the boards of every display."""


def column(name: str, kind, *, empty: bool = False) -> sa.Column:
    """A column of a table that is made."""
    return sa.Column(name, kind, nullable=empty)


def moment(name: str, *, empty: bool = True) -> sa.Column:
    """An instant."""
    return column(name, sa.DateTime(timezone=True), empty=empty)


def whose(name: str = "displays") -> tuple:
    """What ends the definition of both forms of the table."""
    maker = sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f(f"fk_{name}_created_by_id_users"))
    return maker, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}"))


def with_panels() -> sa.Table:
    """Displays from now on."""
    return op.create_table(
        "displays",
        column("id", Id),
        column("name", sa.String(length=100)),
        column("panels", sa.JSON()),
        column("seconds", sa.Integer()),
        column("theme", sa.String(length=32)),
        column("language", sa.String(length=16), empty=True),
        column("code_hash", sa.String(length=64), empty=True),
        moment("code_until"),
        column("created_by_id", Id, empty=True),
        moment("created_at", empty=False),
        moment("revoked_at"),
        *whose(),
        sa.UniqueConstraint("code_hash", name=op.f("uq_displays_code_hash")),
        sa.CheckConstraint("theme IN ('dark', 'light')", name=op.f("ck_displays_theme")),
    )


def with_links() -> sa.Table:
    """Displays until now, each with one link."""
    return op.create_table(
        "displays",
        column("id", Id),
        column("name", sa.String(length=100)),
        column("token_hash", sa.String(length=64)),
        column("boards", sa.JSON()),
        column("seconds", sa.Integer()),
        column("created_by_id", Id, empty=True),
        moment("created_at", empty=False),
        moment("revoked_at"),
        moment("last_seen_at"),
        *whose(),
        sa.UniqueConstraint("token_hash", name=op.f("uq_displays_token_hash")),
    )


def all_of(table: str, *columns: sa.Column) -> list:
    """The rows of a table, by id."""
    known = sa.table(table, *columns)
    return list(op.get_bind().execute(sa.select(known).order_by(known.c.id)).mappings())


def fill(table: sa.Table, rows: list[dict]) -> None:
    """Writes rows with their ids, and moves PostgreSQL's sequence past them."""
    if rows:
        op.bulk_insert(table, rows)
        if op.get_bind().dialect.name == "postgresql":
            name = table.name
            op.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")


SAME = ("id", "name", "seconds", "created_by_id", "created_at", "revoked_at")


def known(*more: sa.Column) -> tuple[sa.Column, ...]:
    """The columns that both forms have, for reading, and others."""
    moments = (moment("created_at"), moment("revoked_at"))
    return (column("id", Id), column("name", sa.String()), column("seconds", sa.Integer()), *moments, *more)


def upgrade() -> None:
    old = all_of("displays", *known(*columns_of_a_link(), column("boards", sa.JSON()), column("created_by_id", Id)))
    op.drop_table("displays")
    panels = [
        {name: one[name] for name in SAME} | {"panels": [*one["boards"], *BESIDE], "theme": "dark"} for one in old
    ]
    fill(with_panels(), panels)
    screens = op.create_table(
        "screens",
        column("id", Id),
        column("display_id", Id),
        column("token_hash", sa.String(length=64)),
        column("by_link", sa.Boolean()),
        moment("created_at", empty=False),
        moment("revoked_at"),
        moment("last_seen_at"),
        sa.ForeignKeyConstraint(["display_id"], ["displays.id"], name=op.f("fk_screens_display_id_displays")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_screens_token_hash")),
    )
    op.create_index("ix_screens_display_id", "screens", ["display_id"], unique=False)
    link = ("token_hash", "created_at", "last_seen_at")
    links = [{name: one[name] for name in link} | {"display_id": one["id"], "by_link": True} for one in old]
    if links:
        op.bulk_insert(screens, links)


def columns_of_a_link() -> tuple[sa.Column, ...]:
    """What stood with a display and stands with a screen."""
    return column("token_hash", sa.String()), moment("last_seen_at")


def downgrade() -> None:
    """Screens that were paired are forgotten; of several links of a display the newest stays."""
    about = (column("display_id", Id), column("by_link", sa.Boolean()))
    screens = all_of("screens", column("id", Id), *about, *columns_of_a_link())
    links = {one["display_id"]: one for one in screens if one["by_link"]}
    new = all_of("displays", *known(column("panels", sa.JSON()), column("created_by_id", Id)))
    op.drop_table("screens")
    op.drop_table("displays")
    fill(
        with_links(),
        [
            {name: one[name] for name in SAME}
            | {name: links[one["id"]][name] for name in ("token_hash", "last_seen_at")}
            | {"boards": [name for name in one["panels"] if name not in BESIDE]}
            for one in new
        ],
    )

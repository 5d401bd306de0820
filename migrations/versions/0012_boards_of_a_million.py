"""Boards of a million: standings that are quick to write, names found by their beginnings, results that know later entries."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 5000

PLAIN = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
WORDS = 8

OF_POINTS = """
    UPDATE leaderboards
    SET entries = (SELECT count(*) FROM points_history
                   WHERE effective_on >= period_start AND effective_on < period_end)
    WHERE closed_at IS NOT NULL AND leaderboard_type = 'points'
"""
OF_ACTIVITIES = """
    UPDATE leaderboards
    SET entries = (SELECT coalesce(sum(CASE status WHEN 'reversed' THEN 2 ELSE 1 END), 0) FROM activities
                   WHERE event_type = '{event_type}' AND counted_at IS NOT NULL
                     AND occurred_on >= period_start AND occurred_on < period_end)
    WHERE closed_at IS NOT NULL AND leaderboard_type = '{kind}'
"""
FOREIGN = ("fk_standings_leaderboard_id_leaderboards", "fk_standings_volunteer_id_volunteers")


def upgrade() -> None:
    with op.batch_alter_table("standings") as standings:
        for name in FOREIGN:
            standings.drop_constraint(name, type_="foreignkey")
    op.add_column("leaderboards", sa.Column("entries", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(OF_POINTS)
    op.execute(OF_ACTIVITIES.format(kind="hours", event_type="hours_logged"))
    op.execute(OF_ACTIVITIES.format(kind="projects", event_type="project_completed"))
    bytewise = sa.String(length=200, collation="C").with_variant(sa.String(length=200), "sqlite")
    table = op.create_table(
        "name_beginnings",
        sa.Column("volunteer_id", Id, nullable=False),
        sa.Column("beginning", bytewise, nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name=op.f("fk_name_beginnings_volunteer_id_volunteers")
        ),
        sa.PrimaryKeyConstraint("volunteer_id", "beginning", name=op.f("pk_name_beginnings")),
    )
    fill(table)
    op.create_index("ix_name_beginnings_beginning", "name_beginnings", ["beginning", "volunteer_id"], unique=False)


def fill(table: sa.Table) -> None:
    """Writes down the names of who is there already."""
    connection, last = op.get_bind(), 0
    query = sa.text("SELECT id, shown_name FROM volunteers WHERE id > :last ORDER BY id LIMIT :number")
    while people := connection.execute(query, {"last": last, "number": AT_ONCE}).all():
        last = people[-1].id
        rows = [{"volunteer_id": one.id, "beginning": each} for one in people for each in beginnings(one.shown_name)]
        if rows:
            connection.execute(table.insert(), rows)


def beginnings(name: str) -> list[str]:
    """As portal/domain/names.py had it when this was written."""
    letters = unicodedata.normalize("NFKD", name.casefold()).translate(PLAIN)
    letters = "".join(one for one in letters if not unicodedata.combining(one))
    words = "".join(one if unicodedata.category(one)[0] in "LMN" else " " for one in letters).split()
    return sorted({" ".join(words[number:])[:200] for number in range(min(len(words), WORDS))})


def downgrade() -> None:
    op.drop_table("name_beginnings")
    op.drop_column("leaderboards", "entries")
    op.execute("DELETE FROM standings WHERE volunteer_id NOT IN (SELECT id FROM volunteers)")
    with op.batch_alter_table("standings") as standings:
        standings.create_foreign_key(FOREIGN[0], "leaderboards", ["leaderboard_id"], ["id"])
        standings.create_foreign_key(FOREIGN[1], "volunteers", ["volunteer_id"], ["id"])

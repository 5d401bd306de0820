"""Rows whose parent is missing: what foreign keys keep from happening, where they are on.

Every reference that any table has is looked at, so that a new table is, too.
"""

from collections.abc import Iterator

from sqlalchemy import ForeignKeyConstraint

from portal.domain.doctor.report import Difference, found
from portal.extensions import db

COMPARED_ANYWAY = ("standings", "team_standings", "volunteer_achievements")
"""Projections, which are compared row by row: what does not belong there is mended."""

ORPHAN = """
    SELECT {whose} AS volunteer_id, '{table}' AS table_name, child.{key} AS row_id, '{column}' AS column_name,
           child.{column} AS stored, NULL AS recomputed
    FROM {table} AS child
    LEFT JOIN {parent} AS parent ON parent.{parent_key} = child.{column}
    WHERE child.{column} IS NOT NULL AND parent.{parent_key} IS NULL
"""


def examine() -> Iterator[Difference]:
    """References that lead nowhere. They stand in facts: named, never mended."""
    sql = "UNION ALL".join(orphan(*one) for one in references()) + "ORDER BY 2, 3, 4"
    yield from found("orphans", sql, "{column_name} of {table_name} {row_id}")


def references() -> Iterator[tuple]:
    """(table, reference) for each reference from one table to another."""
    for table in db.metadata.sorted_tables:
        if table.name not in COMPARED_ANYWAY:
            ordered = sorted(table.foreign_key_constraints, key=lambda one: one.column_keys)
            yield from ((table, reference) for reference in ordered)


def orphan(table, reference: ForeignKeyConstraint) -> str:
    """SQL for the rows of a table whose reference leads nowhere."""
    (column,), (target,) = reference.columns, (one.column for one in reference.elements)
    return ORPHAN.format(
        whose="child.volunteer_id" if "volunteer_id" in table.c else "CAST(NULL AS BIGINT)",
        table=table.name,
        key=next(iter(table.primary_key)).name,
        column=column.name,
        parent=target.table.name,
        parent_key=target.name,
    )

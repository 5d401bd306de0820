"""What the doctor says: differences, each with its volunteer and both values, and remarks that are no differences."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from string import Formatter

from sqlalchemy import bindparam, text
from sqlalchemy.sql.selectable import TextualSelect

from portal.extensions import db

PROGRESS_WHAT = "{column} of achievement {achievement_id}"


@dataclass(frozen=True)
class Difference:
    """One thing that is stored twice and not alike. `mendable` ones are in projections; the others stand in facts.

    `what` names it, and has places that `about` fills in, so that a page may say the same in other words.
    """

    check: str
    volunteer_id: int | None
    what: str
    stored: object
    recomputed: object
    mendable: bool = False
    about: Mapping = field(default_factory=dict)

    def __str__(self) -> str:
        whose = "" if self.volunteer_id is None else f"volunteer {self.volunteer_id}: "
        what = self.what.format_map(self.about)
        return f"{self.check}: {whose}{what}: stored {shown(self.stored)}, recomputed {shown(self.recomputed)}"


@dataclass(frozen=True)
class Remark:
    """Something that is no difference, with places in its words that `about` fills in."""

    what: str
    about: Mapping

    def __str__(self) -> str:
        return self.what.format_map(self.about)


@dataclass(frozen=True)
class Report:
    """What an examination found. `remarks` say what is still under way, and what could not be recomputed."""

    differences: list[Difference]
    remarks: list[Remark]

    @property
    def mendable(self) -> list[Difference]:
        """What `repair` can put right."""
        return [difference for difference in self.differences if difference.mendable]


def shown(value: object) -> str:
    """A value in a line of the report."""
    return "nothing" if value is None else str(value)


def filled(what: str, row: Mapping) -> dict:
    """Those values of a row that have a place in `what`."""
    return {name: row[name] for _, name, _, _ in Formatter().parse(what) if name}


def query(sql: str, **types) -> TextualSelect:
    """SQL with the types of its columns; what it has `IN :volunteers` or `IN :boards` takes a list."""
    lists = [bindparam(name, expanding=True) for name in ("volunteers", "boards") if f"IN :{name}" in sql]
    return text(sql).bindparams(*lists).columns(**types)


def found(check: str, sql: str, what: str) -> Iterator[Difference]:
    """A difference between facts for each row: its `volunteer_id`, `stored`, `recomputed`, and `what`, filled in."""
    for row in db.session.execute(query(sql)).mappings():
        about = filled(what, row)
        yield Difference(check, row["volunteer_id"], what, row["stored"], row["recomputed"], about=about)


def both_ways(stored: str, recomputed: str, *, keys: tuple[str, ...], facts: str = "") -> str:
    """SQL for the rows of `stored` that are not in `recomputed` and the other way round; `side` says which are which.

    EXCEPT takes two empty values for equal, and both databases have it.
    """
    return f"""
        {facts or "WITH"}{"," if facts else ""} stored AS ({stored}), recomputed AS ({recomputed})
        SELECT 'stored' AS side, one_way.* FROM (SELECT * FROM stored EXCEPT SELECT * FROM recomputed) AS one_way
        UNION ALL
        SELECT 'recomputed', other_way.* FROM (SELECT * FROM recomputed EXCEPT SELECT * FROM stored) AS other_way
        ORDER BY {", ".join(keys)}
    """


def pairs(rows: Iterable[Mapping], keys: tuple[str, ...]) -> Iterator[tuple[dict, Mapping | None, Mapping | None]]:
    """Rows of `both_ways`, in order, as (keys, stored, recomputed); None where one side has no such row."""
    for values, alike in groupby(rows, key=lambda row: tuple(row[key] for key in keys)):
        sides = {row["side"]: row for row in alike}
        yield dict(zip(keys, values, strict=True)), sides.get("stored"), sides.get("recomputed")


def unlike(stored: Mapping | None, recomputed: Mapping | None, keys: tuple[str, ...]) -> Iterator[tuple]:
    """(column, stored, recomputed) for each column that differs; for a missing row one that names all its values."""
    if stored is None or recomputed is None:
        yield "row", stored and values_of(stored, keys), recomputed and values_of(recomputed, keys)
        return
    for column in stored:
        if column != "side" and stored[column] != recomputed[column]:
            yield column, stored[column], recomputed[column]


def values_of(row: Mapping, keys: tuple[str, ...]) -> str:
    """What stands in a row beside its keys, in words."""
    return ", ".join(f"{name} {shown(value)}" for name, value in row.items() if name not in ("side", *keys))

"""Every badge and achievement, to look at: most pages show some of them, and they seldom change.

Rows are read each time; what was made of them, which takes far longer, is kept within a process as long as all rows are
the same. It is of nobody's session: it is only read.
"""

from collections.abc import Callable, Sequence

from flask import current_app
from sqlalchemy import Row, select

from portal.domain.achievements import Achievement
from portal.domain.badges import Badge
from portal.extensions import Found, once, rows


def _all(model):
    columns = (column for column in model.__table__.c if column.name not in ("created_at", "updated_at"))
    return select(*columns).order_by(model.__table__.c.id)


BADGES, ACHIEVEMENTS = _all(Badge), _all(Achievement)


def badges() -> dict[int, Badge]:
    """Every badge by its id, in order."""
    return once("badges", lambda: _kept("badges", _badges, rows(BADGES)))


def achievements() -> list[Achievement]:
    """Every achievement with its badge, by id."""
    return once("achievements", lambda: _kept("achievements", _achievements, rows(ACHIEVEMENTS), badges()))


def _kept(name: str, make: Callable[..., Found], *of) -> Found:
    kept = current_app.extensions.get(name)
    if kept is None or kept[0] != of:
        kept = current_app.extensions[name] = (of, make(*of))
    return kept[1]


def _badges(found: Sequence[Row]) -> dict[int, Badge]:
    return {row.id: Badge(**row._mapping) for row in found}


def _achievements(found: Sequence[Row], badges: dict[int, Badge]) -> list[Achievement]:
    return [Achievement(**row._mapping, badge=badges.get(row.badge_id)) for row in found]

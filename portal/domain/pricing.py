"""What a day pays: each day is priced as a whole, and an activity brings the difference it makes
(docs/rules.md, section 3). Worked out by the database, for all that waits of many volunteers at once: counting,
taking back and previewing ask the same query."""

from collections.abc import Sequence

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, and_, case, cast, func, literal, select, union_all
from sqlalchemy.orm import aliased

from portal.database import among, units
from portal.domain.activities import IS_UNSETTLED, Activity, ActivityStatus
from portal.extensions import db

POINT = 10_000
"""Prices are whole ten-thousandths of a point."""

NO_CAP = 2**62
"""More than any day can bring."""

STANDING = 0
"""Stands for the id of what is booked already: less than any other."""


def points(volunteer_id: int) -> int:
    """What the unsettled activities of a volunteer change in their points, all together."""
    change = changes([volunteer_id]).subquery().c.change
    return int(db.session.scalar(select(func.coalesce(func.sum(change), 0))) or 0)


def changes(volunteer_ids: Sequence[int]) -> Select:
    """What each unsettled activity of these volunteers changes in their points: `change`, 0 too.

    One that waits adds the difference it makes to its day, after what stands there and what waits from before it.
    One that was reversed takes as much away.
    """
    step = _steps(volunteer_ids).subquery("step")
    after = _points(step.c.total, step.c.cap)
    before = _points(step.c.total - step.c.exact, step.c.cap_before)
    change = case((step.c.undoes, before - after), else_=after - before)
    columns = (step.c.id, step.c.volunteer_id, step.c.event_type, step.c.undoes)
    return select(*columns, change.label("change")).where(step.c.id != STANDING)


def _points(exact: ColumnElement[int], cap: ColumnElement[int]) -> ColumnElement[int]:
    """Whole points: the floor of the sum, or of the cap if that is less."""
    return case((cap < exact, cap), else_=exact) // POINT


def _steps(volunteer_ids: Sequence[int]) -> Select:
    """The sum and the greatest cap of a day with each of its activities, and the cap before it.

    What is taken back and what is added are looked at apart: each after what stands.
    """
    waiting = _waiting(volunteer_ids).cte("waiting")
    one = union_all(select(waiting), _standing(waiting)).subquery("one").c
    day = {"partition_by": (one.volunteer_id, one.occurred_on, one.event_type, one.undoes), "order_by": one.id}
    return select(
        *(one.id, one.volunteer_id, one.event_type, one.undoes, one.exact),
        cast(func.sum(one.exact).over(**day), BigInteger).label("total"),
        func.max(one.cap).over(**day).label("cap"),
        func.coalesce(func.max(one.cap).over(**day, rows=(None, -1)), 0).label("cap_before"),
    )


def _waiting(volunteer_ids: Sequence[int]) -> Select:
    """What is unsettled."""
    one = Activity
    return select(
        *(one.id, one.volunteer_id, one.occurred_on, one.event_type),
        (one.status == ActivityStatus.REVERSED).label("undoes"),
        *(units(one.exact).label("exact"), _cap(one).label("cap")),
    ).where(among(one.volunteer_id, volunteer_ids), IS_UNSETTLED)


def _standing(waiting: CTE) -> Select:
    """What stands on the days that something unsettled touches, as one row that comes before all others.

    Looked up day by day: a join would be planned by how many activities were booked when the database last counted,
    and in the middle of an import that is off by all of them.
    """
    columns = (waiting.c.volunteer_id, waiting.c.occurred_on, waiting.c.event_type, waiting.c.undoes)
    day, one = select(*columns).distinct().subquery("day").c, aliased(Activity)
    there = and_(
        *(one.volunteer_id == day.volunteer_id, one.occurred_on == day.occurred_on, one.event_type == day.event_type),
        *(one.booked, one.status != ActivityStatus.REVERSED),
    )
    exact = select(cast(func.sum(units(one.exact)), BigInteger)).where(there).scalar_subquery().label("exact")
    cap = select(func.max(_cap(one))).where(there).scalar_subquery().label("cap")
    standing = select(literal(STANDING), *day, exact, cap).subquery("standing")
    return select(standing).where(standing.c.exact.is_not(None))


def _cap(one) -> ColumnElement[int]:
    return func.coalesce(units(one.day_cap), NO_CAP)

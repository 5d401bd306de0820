"""By what people are found, against their shown names. A projection: what differs can be mended."""

from collections.abc import Collection, Iterator
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Select, delete, select

from portal.database import among
from portal.domain import volunteers
from portal.domain.doctor.report import Difference
from portal.domain.names import NameBeginning, beginnings
from portal.domain.volunteers import Volunteer
from portal.extensions import change_many, db

CHECK = "names"
AT_ONCE = 5000


def examine() -> Iterator[Difference]:
    """Names by which somebody is found and should not be, or the other way round."""
    rows = db.session.execute(stored().execution_options(yield_per=AT_ONCE))
    for (who, name), found in groupby(rows, key=attrgetter("id", "shown_name")):
        was, should = [row.beginning for row in found if row.beginning is not None], beginnings(name)
        if sorted(was) != should:
            yield Difference(CHECK, who, "found by", said(was), said(should), mendable=True)


def stored() -> Select:
    """Everybody by id, with what they are found by, a row each."""
    return (
        select(Volunteer.id, Volunteer.shown_name, NameBeginning.beginning)
        .join(NameBeginning, NameBeginning.volunteer_id == Volunteer.id, isouter=True)
        .order_by(Volunteer.id)
    )


def said(texts: Collection[str]) -> str | None:
    """Several texts in one; None for none."""
    return ", ".join(sorted(texts)) or None


def mend(volunteer_ids: Collection[int]) -> int:
    """Writes anew by what these are found; how many they are."""
    change_many(delete(NameBeginning).where(among(NameBeginning.volunteer_id, volunteer_ids)))
    people = volunteers.by_ids(volunteer_ids).values()
    volunteers.found_by(db.session.connection(), [(one.id, one.shown_name) for one in people])
    return len(volunteer_ids)

"""What of two people cannot stand together once they are one: the later of each two falls (docs/rules.md, sections 1
and 2). Decides only; `merging` does it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import aliased

from portal.database import among, units
from portal.domain import volunteers
from portal.domain.achievements import Completion
from portal.domain.activities import LIVE, Activity, EventType
from portal.domain.badges import VolunteerBadge
from portal.domain.judging import FULL_DAY
from portal.domain.volunteers import Volunteer
from portal.extensions import db


def activities(both: Sequence[Volunteer]) -> list[int]:
    """Ids of activities that would have been refused, had all been recorded for one person, in the order of recording:
    a reference that stands already, more hours than a day has, bringing oneself along."""
    one = Activity
    matters = or_(one.reference_id.is_not(None), one.event_type == EventType.HOURS_LOGGED)
    query = (
        select(one.id, one.event_type, one.reference_type, one.reference_id, one.occurred_on, units(one.quantity))
        .where(among(one.volunteer_id, [each.id for each in both]), LIVE, matters)
        .order_by(one.id)
    )
    entries = [*both, *volunteers.leading_to([each.id for each in both])]
    names = {name.casefold() for each in entries for name in (each.email, each.external_id) if name}
    return list(refused(db.session.execute(query), names))


def refused(rows: Iterable[Row], names: set[str]) -> Iterator[int]:
    """The ids of those among these rows that what comes before them leaves no room for."""
    references, hours = set(), Counter()
    for activity_id, kind, reference_type, reference_id, day, quantity in rows:
        if kind == EventType.HOURS_LOGGED:
            if hours[day] + quantity > FULL_DAY:
                yield activity_id
            else:
                hours[day] += quantity
            continue
        referral = kind == EventType.VOLUNTEER_REFERRED
        key = (kind, reference_type, reference_id, None if referral else day)
        if key in references or (referral and reference_id.casefold() in names):
            yield activity_id
        references.add(key)


def completions(own: Sequence[Completion], others: Sequence[Completion]) -> list[tuple[Completion, Completion]]:
    """(stands, falls) for each two that are the same for the same time; of a repeatable one both stand."""
    theirs = {(one.achievement_id, one.nth): one for one in others if not one.achievement.is_repeatable}
    pairs = [(one, theirs[key]) for one in own if (key := (one.achievement_id, one.nth)) in theirs]
    return [(a, b) if (a.completed_at, a.id) < (b.completed_at, b.id) else (b, a) for a, b in pairs]


def barred(both: Sequence[Volunteer]) -> list[VolunteerBadge]:
    """Badges held through a completion that was there already when somebody took the same badge back by hand, from
    either of them (section 5)."""
    held, lost = VolunteerBadge, aliased(VolunteerBadge)
    ids = [each.id for each in both]
    query = (
        select(held)
        .join(Completion, Completion.id == held.completion_id)
        .join(lost, lost.badge_id == held.badge_id)
        .where(among(held.volunteer_id, ids), held.revoked_at.is_(None))
        .where(among(lost.volunteer_id, ids), lost.revoked_by_id.is_not(None), lost.revoked_at > Completion.created_at)
        .distinct()
    )
    return list(db.session.scalars(query))


def badges(
    own: Sequence[VolunteerBadge], others: Sequence[VolunteerBadge]
) -> list[tuple[VolunteerBadge, VolunteerBadge]]:
    """(stands, falls) for each badge that both hold."""
    theirs = {one.badge_id: one for one in others}
    pairs = [(one, theirs[one.badge_id]) for one in own if one.badge_id in theirs]
    return [(a, b) if (a.earned_at, a.id) < (b.earned_at, b.id) else (b, a) for a, b in pairs]

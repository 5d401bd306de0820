"""What a volunteer may aim for, and how far they are: achievements as they see them (docs/rules.md, section 4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.database import from_units
from portal.domain.accounts import Role, User
from portal.domain.achievements import Achievement, VolunteerAchievement
from portal.domain.achievements.kinds import kind_of
from portal.domain.badges import Badge, VolunteerBadge
from portal.extensions import db

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Aim:
    """An achievement and how far somebody is with it. `badge` is what it would bring, as far as they may know of it."""

    achievement: Achievement
    value: Decimal
    target: Decimal
    times: int
    completed_at: datetime | None
    badge: Badge | None
    holds_badge: bool

    @property
    def is_open(self) -> bool:
        """Whether it can still be earned, for the first time or again."""
        return self.achievement.is_active and (not self.times or self.achievement.is_repeatable)

    @property
    def is_by_hand(self) -> bool:
        """Whether a coordinator gives it, so that nothing measures how far one is."""
        return "by_hand" in self.achievement.criteria

    @property
    def is_measured(self) -> bool:
        """Whether progress is shown."""
        return self.achievement.tracks_progress and not self.is_by_hand

    @property
    def share(self) -> float:
        """How far it is, from 0 to 1."""
        return float(min(self.value / self.target, Decimal(1)))

    @property
    def left(self) -> Decimal:
        """What is missing."""
        return max(self.target - self.value, NOTHING)

    @property
    def brings(self) -> int:
        """Points that it would bring, with those of a badge that is not held yet."""
        badge = 0 if self.badge is None or self.holds_badge else self.badge.points_value
        return self.achievement.points_reward + badge


def of(viewer: User) -> list[Aim]:
    """All that whoever looks may aim for or has completed, by id: secret and retired ones only once completed.

    Coordinators see secret ones as well.
    """
    progress = progress_of(viewer.volunteer_id)
    held = held_badges(viewer.volunteer_id)
    found = (aim(one, progress.get(one.id), held, viewer) for one in definitions())
    return [one for one in found if one.times or is_visible(one.achievement, viewer)]


def definitions() -> list[Achievement]:
    """Every achievement with its badge, by id."""
    query = select(Achievement).options(joinedload(Achievement.badge)).order_by(Achievement.id)
    return list(db.session.scalars(query))


def progress_of(volunteer_id: int | None) -> dict[int, VolunteerAchievement]:
    """How far a volunteer is, by achievement; nothing for nobody."""
    query = select(VolunteerAchievement).where(VolunteerAchievement.volunteer_id == volunteer_id)
    return {one.achievement_id: one for one in db.session.scalars(query)} if volunteer_id else {}


def held_badges(volunteer_id: int | None) -> set[int]:
    """Which badges a volunteer holds."""
    one = VolunteerBadge
    query = select(one.badge_id).where(one.volunteer_id == volunteer_id, one.revoked_at.is_(None))
    return set(db.session.scalars(query)) if volunteer_id else set()


def is_visible(achievement: Achievement, viewer: User) -> bool:
    """Whether an achievement that is not completed exists for whoever looks."""
    return achievement.is_active and (not achievement.is_secret or viewer.may(Role.COORDINATOR))


def aim(achievement: Achievement, row: VolunteerAchievement | None, held: set[int], viewer: User) -> Aim:
    """One achievement as whoever looks sees it."""
    badge, target = achievement.badge, kind_of(achievement).target(achievement.criteria)
    holds = badge is not None and badge.id in held
    if badge is not None and badge.is_secret and not holds and not viewer.may(Role.COORDINATOR):
        badge = None
    return Aim(
        achievement=achievement,
        value=row.current_progress if row else NOTHING,
        target=from_units(target, 2),
        times=row.times_completed if row else 0,
        completed_at=row.completed_at if row else None,
        badge=badge,
        holds_badge=holds,
    )


def by_nearness(aims: Iterable[Aim]) -> list[Aim]:
    """Those that are measured and nearest first; of equally near ones the smaller."""
    return sorted(aims, key=lambda one: (not one.is_measured, -one.share, one.target, one.achievement.id))


def nearest(aims: Iterable[Aim], number: int = 3) -> list[Aim]:
    """The nearest open ones, of different kinds as far as there are: hours, projects and skills, not three of hours."""
    ordered = [one for one in by_nearness(aims) if one.is_open and one.is_measured and not one.achievement.is_secret]
    first: dict[str, Aim] = {}
    for one in ordered:
        first.setdefault(one.achievement.achievement_type, one)
    others = [one for one in ordered if one not in first.values()]
    return by_nearness([*list(first.values())[:number], *others[: max(0, number - len(first))]])


def leading_to(aims: Sequence[Aim], badge: Badge) -> list[Aim]:
    """Those that bring this badge, the nearest first."""
    return by_nearness(one for one in aims if one.badge is badge and one.is_open)

"""What a volunteer may aim for, and how far they are: achievements as they see them (docs/rules.md, section 4)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Row, bindparam, select

from portal.database import from_units
from portal.domain import catalogue, definitions
from portal.domain.accounts import Role, User
from portal.domain.achievements import Achievement, VolunteerAchievement
from portal.domain.achievements.kinds import kind_of
from portal.domain.badges import Badge
from portal.extensions import rows

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


def of(viewer: User, held: Collection[int] | None = None) -> list[Aim]:
    """All that whoever looks may aim for or has completed, by id: secret and retired ones only once completed.

    Coordinators see secret ones as well. `held` are the badges that they hold, where that is known already.
    """
    progress = progress_of(viewer.volunteer_id)
    if held is None:
        held = {one.badge_id for one in catalogue.held_by(viewer.volunteer_id)}
    found = (aim(one, progress.get(one.id), held, viewer) for one in definitions.achievements())
    return [one for one in found if one.times or is_visible(one.achievement, viewer)]


got = VolunteerAchievement.__table__.c
PROGRESS = select(got.achievement_id, got.current_progress, got.times_completed, got.completed_at).where(
    got.volunteer_id == bindparam("whose")
)


def progress_of(volunteer_id: int | None) -> Mapping[int, Row]:
    """How far a volunteer is, by achievement; nothing for nobody."""
    return {one.achievement_id: one for one in rows(PROGRESS, whose=volunteer_id)} if volunteer_id else {}


def is_visible(achievement: Achievement, viewer: User) -> bool:
    """Whether an achievement that is not completed exists for whoever looks."""
    return achievement.is_active and (not achievement.is_secret or viewer.may(Role.COORDINATOR))


def aim(achievement: Achievement, row: Row | None, held: Collection[int], viewer: User) -> Aim:
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
    return by_nearness(one for one in aims if one.is_open and one.badge is not None and one.badge.id == badge.id)

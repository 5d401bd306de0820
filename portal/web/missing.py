"""What is still missing to an achievement, in words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.domain.achievements import AchievementType
from portal.domain.aims import Aim
from portal.domain.badges import Badge, BadgeCategory, Rarity
from portal.domain.points import VolunteerPoints
from portal.domain.streaks import still_running
from portal.web import words

KINDS = {
    AchievementType.HOURS_LOGGED: BadgeCategory.TIME,
    AchievementType.PROJECTS_COMPLETED: BadgeCategory.PROJECTS,
    AchievementType.TASKS_COMPLETED: BadgeCategory.PROJECTS,
    AchievementType.SKILLS_ACQUIRED: BadgeCategory.SKILLS,
    AchievementType.TRAININGS_COMPLETED: BadgeCategory.TRAINING,
    AchievementType.VOLUNTEER_REFERRED: BadgeCategory.LEADERSHIP,
}
"""The shape that stands for an achievement which brings no medal."""


@dataclass(frozen=True, slots=True)
class Blank:
    """What is drawn for an achievement that brings no medal."""

    name: str
    category: str
    rarity: str = Rarity.COMMON
    color: str | None = None
    icon: str | None = None
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """One of the things that come next; see next_up in components/progress.html."""

    missing: str
    title: str
    value: Decimal
    target: Decimal
    of_target: str
    points: int
    url: str | None
    badge: Badge | Blank


def run_now(balance: VolunteerPoints | None, today) -> int:
    """The days in a row up to now; 0 for nobody."""
    going = balance is not None and still_running(balance.last_activity_date, today)
    return balance.current_streak_days if balance is not None and going else 0


def next_up(aim: Aim, run: int) -> Next:
    """An aim as a row with its bar. `run` is the days in a row up to now."""
    badge = aim.badge
    return Next(
        missing=sentence(aim, run),
        title=aim.achievement.name,
        value=aim.value,
        target=aim.target,
        of_target=of_target(aim),
        points=aim.brings,
        url=url_for("badges.show", badge_id=badge.id) if badge is not None else None,
        badge=badge or blank(aim),
    )


def blank(aim: Aim) -> Blank:
    """The drawing for an aim without a medal."""
    kind = KINDS.get(AchievementType(aim.achievement.achievement_type), BadgeCategory.SPECIAL)
    return Blank(aim.achievement.name, kind)


def left(aim: Aim, run: int) -> Decimal:
    """What is missing; of days in a row it is what the present run lacks, for an old one does not go on."""
    if aim.achievement.achievement_type == AchievementType.CONSECUTIVE_DAYS:
        return max(aim.target - run, Decimal(1))
    return aim.left


def sentence(aim: Aim, run: int) -> str:
    """'You need 24 more hours'."""
    kind, rest = aim.achievement.achievement_type, left(aim, run)
    n, how_many = words.number(rest), words.plural(rest)
    if aim.is_by_hand:
        return _("A coordinator gives it")
    if kind == AchievementType.CONSECUTIVE_DAYS and not run:
        return ngettext("Help on %(n)s day", "Help on %(n)s days in a row", how_many, n=n)
    if kind == AchievementType.SKILLS_ACQUIRED and not aim.achievement.criteria.get("certified", True):
        return ngettext("You need %(n)s more skill", "You need %(n)s more skills", how_many, n=n)
    forms = {
        AchievementType.HOURS_LOGGED: ("You need %(n)s more hour", "You need %(n)s more hours"),
        AchievementType.PROJECTS_COMPLETED: ("You need %(n)s more project", "You need %(n)s more projects"),
        AchievementType.TASKS_COMPLETED: ("You need %(n)s more task", "You need %(n)s more tasks"),
        AchievementType.SKILLS_ACQUIRED: (
            "You need %(n)s more certified skill",
            "You need %(n)s more certified skills",
        ),
        AchievementType.TRAININGS_COMPLETED: ("You need %(n)s more training", "You need %(n)s more trainings"),
        AchievementType.CONSECUTIVE_DAYS: (
            "You need %(n)s more day in a row",
            "You need %(n)s more days in a row",
        ),
        AchievementType.VOLUNTEER_REFERRED: ("Bring %(n)s more person along", "Bring %(n)s more people along"),
    }
    one, many = forms[AchievementType(kind)]
    return ngettext(one, many, how_many, n=n)


def short(aim: Aim, run: int) -> str:
    """'24 more hours', for under a medal."""
    text = sentence(aim, run)
    start = _("You need ")
    return text.removeprefix(start)


def of_target(aim: Aim) -> str:
    """'76 of 100 hours'."""
    kind, value, target = aim.achievement.achievement_type, words.number(aim.value), words.number(aim.target)
    how_many = words.plural(aim.target)
    forms = {
        AchievementType.HOURS_LOGGED: ("%(value)s of %(target)s hour", "%(value)s of %(target)s hours"),
        AchievementType.PROJECTS_COMPLETED: ("%(value)s of %(target)s project", "%(value)s of %(target)s projects"),
        AchievementType.TASKS_COMPLETED: ("%(value)s of %(target)s task", "%(value)s of %(target)s tasks"),
        AchievementType.SKILLS_ACQUIRED: ("%(value)s of %(target)s skill", "%(value)s of %(target)s skills"),
        AchievementType.TRAININGS_COMPLETED: (
            "%(value)s of %(target)s training",
            "%(value)s of %(target)s trainings",
        ),
        AchievementType.CONSECUTIVE_DAYS: (
            "%(value)s of %(target)s day",
            "Longest run %(value)s of %(target)s days",
        ),
        AchievementType.VOLUNTEER_REFERRED: ("%(value)s of %(target)s person", "%(value)s of %(target)s people"),
        AchievementType.CUSTOM: ("%(value)s of %(target)s", "%(value)s of %(target)s"),
    }
    one, many = forms[AchievementType(kind)]
    return ngettext(one, many, how_many, value=value, target=target)

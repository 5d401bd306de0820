"""What is still missing to an achievement, in words."""

from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.domain import points
from portal.domain.achievements import AchievementType, Completion
from portal.domain.aims import Aim
from portal.domain.badges import Badge, BadgeCategory, Rarity
from portal.domain.points import VolunteerPoints
from portal.web import words
from portal.web.addresses import url_for
from portal.web.criteria_words import conditions_words
from portal.web.starter_words import translated

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
    share: float
    of_target: str
    points: int
    url: str | None
    badge: Badge | Blank


def run_now(balance: VolunteerPoints | None, today) -> int:
    """The days in a row up to now; 0 for nobody."""
    return points.streak_of(balance).current(today) if balance is not None else 0


def next_up(aim: Aim, run: int) -> Next:
    """An aim as a row with its bar. `run` is the days in a row up to now."""
    badge = aim.badge
    return Next(
        missing=sentence(aim, run),
        title=translated(aim.achievement.name),
        value=aim.value,
        target=aim.target,
        share=aim.share,
        of_target=of_target(aim),
        points=aim.brings,
        url=url_for("badges.show", badge_id=badge.id) if badge is not None else None,
        badge=badge or blank(aim),
    )


def blank(aim: Aim) -> Blank:
    """The drawing for an aim without a medal."""
    kind = KINDS.get(AchievementType(aim.achievement.achievement_type), BadgeCategory.SPECIAL)
    return Blank(translated(aim.achievement.name), kind)


def left(aim: Aim, run: int) -> Decimal:
    """What is missing; of days in a row it is what the present run lacks, for an old one does not go on."""
    if aim.achievement.achievement_type == AchievementType.CONSECUTIVE_DAYS:
        return max(aim.target - run, Decimal(1))
    return aim.left


def sentence(aim: Aim, run: int) -> str:
    """'You need 24 more hours'."""
    if "conditions" in aim.achievement.criteria:
        return conditions_words(aim.achievement.criteria)
    rest = left(aim, run)
    n, many = words.number(rest), words.plural(rest)
    match aim.achievement.achievement_type:
        case AchievementType.HOURS_LOGGED:
            return ngettext("You need %(n)s more hour", "You need %(n)s more hours", many, n=n)
        case AchievementType.PROJECTS_COMPLETED:
            return ngettext("You need %(n)s more project", "You need %(n)s more projects", many, n=n)
        case AchievementType.TASKS_COMPLETED:
            return ngettext("You need %(n)s more task", "You need %(n)s more tasks", many, n=n)
        case AchievementType.TRAININGS_COMPLETED:
            return ngettext("You need %(n)s more training", "You need %(n)s more trainings", many, n=n)
        case AchievementType.VOLUNTEER_REFERRED:
            return ngettext("Bring somebody along", "Bring %(n)s more people along", many, n=n)
        case AchievementType.SKILLS_ACQUIRED:
            return more_skills(aim, n, many)
        case AchievementType.CONSECUTIVE_DAYS:
            return more_days(run, n, many)
        case _:
            return _("A coordinator gives it")


def more_skills(aim: Aim, n: str, many: int) -> str:
    """'You need 2 more certified skills'."""
    if aim.achievement.criteria.get("certified", True):
        return ngettext("You need %(n)s more certified skill", "You need %(n)s more certified skills", many, n=n)
    return ngettext("You need %(n)s more skill", "You need %(n)s more skills", many, n=n)


def more_days(run: int, n: str, many: int) -> str:
    """'You need 5 more days in a row', or for whom no run goes on: 'Help on 7 days in a row'."""
    if run:
        return ngettext("You need %(n)s more day in a row", "You need %(n)s more days in a row", many, n=n)
    return ngettext("Help on %(n)s day", "Help on %(n)s days in a row", many, n=n)


def short(aim: Aim, run: int) -> str:
    """'24 more hours', for under a medal."""
    rest = left(aim, run)
    n, many = words.number(rest), words.plural(rest)
    match aim.achievement.achievement_type:
        case AchievementType.HOURS_LOGGED:
            return ngettext("%(n)s more hour", "%(n)s more hours", many, n=n)
        case AchievementType.PROJECTS_COMPLETED:
            return ngettext("%(n)s more project", "%(n)s more projects", many, n=n)
        case AchievementType.TASKS_COMPLETED:
            return ngettext("%(n)s more task", "%(n)s more tasks", many, n=n)
        case AchievementType.TRAININGS_COMPLETED:
            return ngettext("%(n)s more training", "%(n)s more trainings", many, n=n)
        case AchievementType.SKILLS_ACQUIRED:
            return short_skills(aim, n, many)
        case AchievementType.CONSECUTIVE_DAYS if run:
            return ngettext("%(n)s more day in a row", "%(n)s more days in a row", many, n=n)
        case _:
            return sentence(aim, run)


def short_skills(aim: Aim, n: str, many: int) -> str:
    """'2 more certified skills'."""
    if aim.achievement.criteria.get("certified", True):
        return ngettext("%(n)s more certified skill", "%(n)s more certified skills", many, n=n)
    return ngettext("%(n)s more skill", "%(n)s more skills", many, n=n)


def of_target(aim: Aim) -> str:
    """'76 of 100 hours'."""
    if "conditions" in aim.achievement.criteria:
        return _("%(share)s of it", share=per_cent(aim.value))
    kind, value = aim.achievement.achievement_type, words.number(aim.value)
    if kind == AchievementType.CONSECUTIVE_DAYS:
        days = ngettext("%(n)s day", "%(n)s days", words.plural(aim.target), n=words.number(aim.target))
        return _("Longest run %(value)s of %(target)s", value=value, target=days)
    return _("%(value)s of %(target)s", value=value, target=amount(kind, aim.target))


def value_words(aim: Aim) -> str:
    """How far one is: '76', or '62%' of what is made of conditions."""
    return per_cent(aim.value) if "conditions" in aim.achievement.criteria else words.number(aim.value)


def reached(completion: Completion) -> str:
    """What was reached when it was completed for the nth time: '50 hours', '7 days in a row'."""
    if "conditions" in completion.criteria:
        return conditions_words(completion.criteria)
    return amount(completion.achievement.achievement_type, completion.target * completion.nth)


def per_cent(value: Decimal) -> str:
    """'62%', rounded down: nothing but all is all."""
    return words.per_cent(int(value), 100) if value >= 1 or not value else words.per_cent(1, 1000)


def amount(kind: str, value: Decimal) -> str:
    """'100 hours'."""
    n, many = words.number(value), words.plural(value)
    match kind:
        case AchievementType.HOURS_LOGGED:
            return words.hours(value)
        case AchievementType.PROJECTS_COMPLETED:
            return ngettext("%(n)s project", "%(n)s projects", many, n=n)
        case AchievementType.TASKS_COMPLETED:
            return ngettext("%(n)s task", "%(n)s tasks", many, n=n)
        case AchievementType.TRAININGS_COMPLETED:
            return ngettext("%(n)s training", "%(n)s trainings", many, n=n)
        case AchievementType.SKILLS_ACQUIRED:
            return ngettext("%(n)s skill", "%(n)s skills", many, n=n)
        case AchievementType.VOLUNTEER_REFERRED:
            return ngettext("%(n)s person", "%(n)s people", many, n=n)
        case AchievementType.CONSECUTIVE_DAYS:
            return ngettext("%(n)s day", "%(n)s days in a row", many, n=n)
        case _:
            return per_cent(value)

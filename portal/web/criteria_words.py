"""What is to be reached for an achievement, in words."""

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.domain.achievements import Achievement, AchievementType
from portal.domain.achievements.kinds import kind_for
from portal.web import words


def criteria_words(achievement: Achievement) -> str:
    """What is to be reached: '25 hours', '5 certified skills', '10 hours within 30 days and 1 task'."""
    what = what_to_reach(achievement.achievement_type, achievement.criteria)
    return _("%(what)s, each time anew", what=what) if achievement.is_repeatable else what


def what_to_reach(achievement_type: str, criteria: dict) -> str:
    """The same for criteria alone."""
    if "conditions" in criteria:
        return conditions_words(criteria)
    if "by_hand" in criteria:
        return _("Given by hand")
    amount = Decimal(kind_for(achievement_type, criteria).target(criteria)) / 100
    return amount_words(achievement_type, amount, criteria.get("certified", True))


def amount_words(kind: str, amount: Decimal, certified: bool) -> str:
    """So many of a kind, in words."""
    n, count = words.number(amount), words.plural(amount)
    if kind == AchievementType.SKILLS_ACQUIRED and certified:
        return ngettext("%(n)s certified skill", "%(n)s certified skills", count, n=n)
    return {
        AchievementType.HOURS_LOGGED: ngettext("%(n)s hour", "%(n)s hours", count, n=n),
        AchievementType.PROJECTS_COMPLETED: ngettext("%(n)s project", "%(n)s projects", count, n=n),
        AchievementType.TASKS_COMPLETED: ngettext("%(n)s task", "%(n)s tasks", count, n=n),
        AchievementType.TRAININGS_COMPLETED: ngettext("%(n)s training", "%(n)s trainings", count, n=n),
        AchievementType.SKILLS_ACQUIRED: ngettext("%(n)s skill", "%(n)s skills", count, n=n),
        AchievementType.CONSECUTIVE_DAYS: ngettext("%(n)s day in a row", "%(n)s days in a row", count, n=n),
        AchievementType.VOLUNTEER_REFERRED: ngettext("%(n)s person brought", "%(n)s people brought", count, n=n),
    }[AchievementType(kind)]


def conditions_words(criteria: dict) -> str:
    """All the conditions: '10 hours within 30 days and 2 projects', or with 'or' between them."""
    each = [condition_words(one) for one in criteria["conditions"]]
    if len(each) == 1:
        return each[0]
    first, last = words.listed(each[:-1]), each[-1]
    if criteria["match"] == "any":
        return _("%(first)s or %(last)s", first=first, last=last)
    return _("%(first)s and %(last)s", first=first, last=last)


def condition_words(one: dict) -> str:
    """One of them: '10 hours within 30 days, tagged “food bank”'."""
    text = metric_words(one["metric"], Decimal(str(one["at_least"])))
    if days := one.get("within_days"):
        n = words.number(days)
        text = ngettext("%(what)s within %(n)s day", "%(what)s within %(n)s days", days, what=text, n=n)
    if tag := one.get("tag"):
        text = _("%(what)s tagged “%(tag)s”", what=text, tag=tag)
    return text


def metric_words(metric: str, amount: Decimal) -> str:
    """So many of what a condition counts."""
    n, count = words.number(amount), words.plural(amount)
    return {
        "hours": ngettext("%(n)s hour", "%(n)s hours", count, n=n),
        "projects": ngettext("%(n)s project", "%(n)s projects", count, n=n),
        "tasks": ngettext("%(n)s task", "%(n)s tasks", count, n=n),
        "skills": ngettext("%(n)s skill", "%(n)s skills", count, n=n),
        "trainings": ngettext("%(n)s training", "%(n)s trainings", count, n=n),
        "referrals": ngettext("%(n)s person brought", "%(n)s people brought", count, n=n),
        "days_active": ngettext("helping on %(n)s day", "helping on %(n)s days", count, n=n),
        "longest_streak": ngettext("%(n)s day in a row", "%(n)s days in a row", count, n=n),
        "longest_week_streak": ngettext("%(n)s week in a row", "%(n)s weeks in a row", count, n=n),
    }[metric]

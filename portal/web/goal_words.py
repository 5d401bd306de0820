"""How far a goal is, in words: '612 of 1,000 hours', '388 to go', 'until 31 December', 'Reached on 3 May!'."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.domain.goals import Progress
from portal.domain.leaderboards import LeaderboardType
from portal.web import words
from portal.web.addresses import url_for

METRICS = {
    LeaderboardType.HOURS: _l("Hours"),
    LeaderboardType.POINTS: _l("Points"),
    LeaderboardType.PROJECTS: _l("Projects"),
}


@dataclass(frozen=True, slots=True)
class GoalWords:
    """A goal as a page has it; see components/goal.html. Without figures `done` is empty."""

    id: int
    title: str
    value: Decimal
    target: Decimal
    done: str
    left: str
    is_reached: bool
    team: str | None
    team_url: str | None


def in_words(goals: Iterable[Progress], today: date) -> list[GoalWords]:
    """Goals as pages have them."""
    return [goal_words(one, today) for one in goals]


def goal_words(goal: Progress, today: date) -> GoalWords:
    """One goal."""
    return GoalWords(
        id=goal.id,
        title=goal.title,
        value=min(goal.value or Decimal(0), goal.target),
        target=goal.target,
        done="" if goal.value is None else done(goal.metric, goal.value, goal.target),
        left=left(goal, today),
        is_reached=goal.reached_on is not None,
        team=goal.team_name,
        team_url=goal.team_id and url_for("teams.show", team_id=goal.team_id),
    )


def done(metric: str, value: Decimal, target: Decimal) -> str:
    """'612 of 1,000 hours'."""
    figures = {"done": words.number(value), "target": words.number(target)}
    many = words.plural(target)
    match metric:
        case LeaderboardType.HOURS:
            return ngettext("%(done)s of %(target)s hour", "%(done)s of %(target)s hours", many, **figures)
        case LeaderboardType.PROJECTS:
            return ngettext("%(done)s of %(target)s project", "%(done)s of %(target)s projects", many, **figures)
        case _:
            return ngettext("%(done)s of %(target)s point", "%(done)s of %(target)s points", many, **figures)


def left(goal: Progress, today: date) -> str:
    """'388 to go, until 31 December', 'Reached on 3 May!'."""
    if goal.value is None:
        return _("Figures from three members on.")
    if goal.reached_on is not None:
        return _("Reached on %(day)s!", day=near(goal.reached_on, today))
    missing = _("%(n)s to go", n=words.number(goal.missing))
    if goal.last_on is None:
        return missing
    if goal.last_on < today:
        return _("%(n)s were missing on %(day)s", n=words.number(goal.missing), day=near(goal.last_on, today))
    return _("%(missing)s, until %(day)s", missing=missing, day=near(goal.last_on, today))


def near(day: date, today: date) -> str:
    """'31 December', or '31 December 2027' of another year."""
    return words.long_day(day) if day.year != today.year else words.day_and_month(day)

"""All that can be achieved, the nearest first, and what was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.access import volunteers
from portal.domain import aims, points
from portal.domain.aims import Aim
from portal.domain.badges import Badge
from portal.web import missing, words
from portal.web.missing import Blank, Next
from portal.web.starter_words import translated

screen = Blueprint("achievements", __name__)


@dataclass(frozen=True, slots=True)
class Open:
    """One that can still be earned: as a row with its bar, or given by hand."""

    next: Next
    is_measured: bool
    description: str
    again: str | None
    is_secret: bool


@dataclass(frozen=True, slots=True)
class Completed:
    """One that was earned."""

    title: str
    description: str
    when: str
    gives: str
    badge: Badge | Blank
    badge_id: int | None


@screen.get("/achievements")
@volunteers
def index():
    """The list."""
    today = words.my_today(datetime.now(UTC))
    run = missing.run_now(points.find_balance(current_user.volunteer_id), today)
    found = aims.by_nearness(aims.of(current_user))
    open_ones = [one for one in found if one.is_open]
    completed = sorted((one for one in found if one.times), key=lambda one: one.completed_at, reverse=True)
    return render_template(
        "achievements/index.html",
        heading=_("Achievements"),
        lede=lede(open_ones, completed),
        open=[open_row(one, run) for one in open_ones],
        completed=[completed_row(one, today) for one in completed],
    )


def lede(open_ones: Sequence[Aim], completed: Sequence[Aim]) -> str:
    """How many there are."""
    ahead = ngettext("%(n)s is ahead of you", "%(n)s are ahead of you", len(open_ones), n=len(open_ones))
    if not completed:
        return _("%(ahead)s, the nearest first.", ahead=ahead)
    done = ngettext("You completed %(n)s.", "You completed %(n)s.", len(completed), n=len(completed))
    return _("%(done)s %(ahead)s, the nearest first.", done=done, ahead=ahead)


def open_row(aim: Aim, run: int) -> Open:
    """One that is open."""
    times = aim.times
    again = (
        ngettext("earned once", "earned %(n)s times", times, n=times) if times else _("can be earned again and again")
    )
    return Open(
        next=missing.next_up(aim, run),
        is_measured=aim.is_measured,
        description=translated(aim.achievement.description),
        again=again if aim.achievement.is_repeatable else None,
        is_secret=aim.achievement.is_secret,
    )


def gives(aim: Aim) -> str:
    """What it brings: '100 points and the medal Century Club'."""
    reward = words.points(aim.achievement.points_reward)
    if aim.badge is None:
        return reward if aim.achievement.points_reward else ""
    if not aim.achievement.points_reward:
        return _("the medal %(name)s", name=translated(aim.badge.name))
    return _("%(points)s and the medal %(name)s", points=reward, name=translated(aim.badge.name))


def completed_row(aim: Aim, today: date) -> Completed:
    """One that was earned, perhaps several times."""
    when = words.short_day(words.local_date(aim.completed_at), today)
    if aim.times > 1:
        when = _("%(n)s times since %(day)s", n=words.number(aim.times), day=when)
    return Completed(
        title=translated(aim.achievement.name),
        description=translated(aim.achievement.description),
        when=when,
        gives=gives(aim),
        badge=aim.badge if aim.holds_badge and aim.badge is not None else missing.blank(aim),
        badge_id=aim.badge.id if aim.badge is not None else None,
    )

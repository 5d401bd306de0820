"""Home: what I have done, what is next, my medals, what happened lately and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.access import volunteers
from portal.domain import (
    aims,
    badges,
    catalogue,
    diary,
    goals,
    history,
    leaderboards,
    organisation,
    pauses,
    periods,
    places,
    points,
    teams,
)
from portal.domain.catalogue import Held
from portal.domain.diary import Day
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.points import VolunteerPoints
from portal.domain.volunteers import Volunteer
from portal.web import goal_words, missing, words, year
from portal.web.explanations import signature, tell
from portal.web.page import Link

screen = Blueprint("dashboard", __name__)
LATEST_LINES = 5
LATEST_MEDALS = 6
GOALS = 3


@dataclass(frozen=True, slots=True)
class Numeral:
    """One large number; see components/numeral.html."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    raised: bool = False


@screen.get("/")
@volunteers
def show():
    """My page; a coordinator who is no volunteer has the desk."""
    if current_user.volunteer is None:
        return redirect(url_for("desk.show"))
    now = datetime.now(UTC)
    return render_template("dashboard/show.html", **everything(current_user.volunteer, now))


def everything(me: Volunteer, now: datetime) -> dict:
    """What the page is given."""
    today, balance = me.today(now), points.balance_of(me.id)
    first = year.first_day(today)
    days = diary.days_since(me.id, first)
    paused = pauses.days_of(me.id)
    weeks, run = diary.weeks_in_a_row(me.id, days, first, today, paused), missing.run_now(balance, today)
    lines = tell(history.page(me.id, limit=LATEST_LINES), today)
    held = catalogue.held_by(me.id)
    all_aims = aims.of(current_user, {one.badge_id for one in held})
    return {
        "today": words.week_day(today),
        "greeting": greeting(me, now),
        "lede": lede(days, weeks, today) if lines else _("Good that you are here."),
        "numerals": numerals(me, balance, days, held, streak_numeral(weeks, run, today in paused), now),
        "first_steps": not lines,
        "review": organisation.setting("review_hours") if not lines else None,
        "first_badge": next(iter(badges.starters()), None) if not lines else None,
        "next_up": [missing.next_up(one, run) for one in aims.nearest(all_aims)],
        "next_total": len(all_aims),
        **medals(held, today),
        "year": year.year(days, today, paused) if days else None,
        "history": lines,
        **together(now),
        "thanks": thanks(me),
    }


def together(now: datetime) -> dict:
    """The goals of all and of one's teams, the nearest first; and those teams."""
    found = goals.running(now, viewer=current_user, mine=True)
    return {
        "goals": goal_words.in_words(found[:GOALS], organisation.today(now)),
        "more_goals": len(found) > GOALS,
        "teams": [
            Link(one.team.name, url_for("teams.show", team_id=one.team.id))
            for one in teams.of(current_user.volunteer_id)
        ],
    }


def greeting(me: Volunteer, now: datetime) -> str:
    """'Good evening, Adaeze'."""
    hour, name = now.astimezone(me.zone).hour, me.name.split()[0] if me.name.strip() else me.shown_name
    if 5 <= hour < 12:
        return _("Good morning, %(name)s", name=name)
    if 12 <= hour < 18:
        return _("Good afternoon, %(name)s", name=name)
    return _("Good evening, %(name)s", name=name)


def lede(days: Sequence[Day], weeks: int, today: date) -> str:
    """A sentence or two about the last weeks."""
    sentences = []
    if weeks >= 2:
        sentences.append(_("%(n)s weeks in a row.", n=weeks))
    first = today.replace(day=1)
    month = [day for day in days if day.hours and day.on >= first]
    if hours := sum(day.hours for day in month):
        on = ngettext("on %(n)s day", "on %(n)s days", len(month), n=len(month))
        sentences.append(_("You gave %(hours)s this month, %(on)s.", hours=words.hours(hours), on=on))
    elif days:
        last = words.day_in_a_sentence(days[-1].on, today)
        sentences.append(_("You last helped %(day)s. It is good to see you.", day=last))
    return " ".join(sentences) or _("It is good to see you.")


def numerals(
    me: Volunteer, balance: VolunteerPoints, days: Sequence[Day], held: Sequence[Held], streak: Numeral, now: datetime
) -> list[Numeral]:
    """The four large numbers."""
    first = me.today(now).replace(day=1)
    hours = sum(day.hours for day in days if day.on >= first)
    period = periods.period_of(Timeframe.MONTHLY, organisation.today(now))
    earned = sum(history.points_by_day(me.id, period.start, period.end).values())
    return [
        Numeral(_("Hours given"), words.number(balance.total_hours), note=this_month(hours)),
        Numeral(_("Points"), words.number(balance.total_points), note=this_month(earned)),
        place_numeral(me) if leaderboards.people_are_compared() else medals_numeral(held),
        streak,
    ]


def this_month(value) -> str:
    """'10 this month'."""
    return _("%(n)s this month", n=words.number(value))


def medals_numeral(held: Sequence[Held]) -> Numeral:
    """How many medals, where people are not compared."""
    latest = words.short_day(words.local_date(held[0].earned_at), words.local_date(datetime.now(UTC))) if held else ""
    return Numeral(_("Medals"), words.number(len(held)), note=latest and _("the latest on %(day)s", day=latest))


def place_numeral(me: Volunteer) -> Numeral:
    """The place on this month's board of points, and what is missing to the next one."""
    board = places.board(LeaderboardType.POINTS, Timeframe.MONTHLY)
    mine = places.of(me, board)
    if mine is None:
        return Numeral(_("Place this month"), "–", note=_("Your next points put you on the board"))
    gap, others = places.to_next(mine, board), board.total_participants + (mine.position is None)
    of = _("of %(n)s.", n=words.number(others))
    ahead = (
        _("%(points)s to %(place)s", points=words.points(int(gap.missing)), place=words.ordinal(gap.rank))
        if gap
        else _("Nobody is ahead of you")
    )
    ending = words.ordinal_ending(mine.rank)
    return Numeral(_("Place this month"), words.number(mine.rank), ending, f"{of} {ahead}", raised=True)


def streak_numeral(weeks: int, run: int, paused: bool) -> Numeral:
    """Weeks in a row, with the days below, or that they wait."""
    in_a_row = ngettext("and %(n)s day in a row", "and %(n)s days in a row", run, n=run)
    note = in_a_row if run else _("Help again to start a new run of days")
    note = _("It waits for you: you take a pause") if paused else note
    return Numeral(_("Streak"), words.number(weeks), ngettext("week", "weeks", weeks), note)


def medals(held: Sequence[Held], today: date) -> dict:
    """The showcase, or the latest medals where it is empty; and how many of those that one may know of."""
    wall = catalogue.wall(current_user, {one.badge_id for one in held})
    shown = sorted((one for one in held if one.showcase_position), key=lambda one: one.showcase_position or 0)
    return {
        "held": [
            {"badge": one.badge, "on": words.short_day(words.local_date(one.earned_at), today)}
            for one in (shown or held[:LATEST_MEDALS])
        ],
        "held_count": len(held),
        "badge_count": len(wall),
    }


def thanks(me: Volunteer) -> dict | None:
    """The words that came with the last points by hand."""
    award = points.latest_award(me.id)
    if award is None:
        return None
    return {"words": award.note or award.reason, "by": signature(award), "points": award.points}

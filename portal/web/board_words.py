"""What is said on and around a board."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row

from portal.domain import organisation, places
from portal.domain.leaderboards import Leaderboard, LeaderboardType, Timeframe
from portal.domain.periods import Board
from portal.domain.places import Place
from portal.web import words

FEW = 20
"""Participants among whom one sees by oneself in which part of them one is."""


def heading(board: Row) -> str:
    """'November’s leaderboard'."""
    if board.timeframe == Timeframe.MONTHLY:
        return _("%(month)s’s leaderboard", month=words.month_alone(board.period_start))
    return _("This week’s leaderboard") if board.timeframe == Timeframe.WEEKLY else _("The leaderboard of all time")


def lede(board: Row) -> str:
    """'214 people have points this month. Everyone started again on the 1st.'"""
    return f"{taking_part(board)} {began(board)}".strip()


def taking_part(board: Row) -> str:
    """How many have something."""
    count = board.total_participants
    n = words.number(count)
    match board.leaderboard_type:
        case LeaderboardType.HOURS:
            return ngettext("%(n)s person gave hours.", "%(n)s people gave hours.", count, n=n)
        case LeaderboardType.PROJECTS:
            return ngettext("%(n)s person completed projects.", "%(n)s people completed projects.", count, n=n)
        case _:
            return ngettext("%(n)s person has points.", "%(n)s people have points.", count, n=n)


def began(board: Row) -> str:
    """When everyone started again."""
    if board.timeframe == Timeframe.MONTHLY:
        return _("Everyone started again on the 1st.")
    return _("Everyone started again on Monday.") if board.timeframe == Timeframe.WEEKLY else ""


def frame(timeframe: str) -> str:
    """'This month'."""
    return {
        Timeframe.WEEKLY: _("This week"),
        Timeframe.MONTHLY: _("This month"),
        Timeframe.ALL_TIME: _("All time"),
    }[Timeframe(timeframe)]


def unit_of(kind: str) -> str:
    """'Points'."""
    return {
        LeaderboardType.POINTS: _("Points"),
        LeaderboardType.HOURS: _("Hours"),
        LeaderboardType.PROJECTS: _("Projects"),
    }[LeaderboardType(kind)]


def unit(board: Row) -> str:
    """The heading of its column."""
    return unit_of(board.leaderboard_type)


def unit_small(board: Row) -> str:
    """'points', behind a number."""
    return {
        LeaderboardType.POINTS: _("points"),
        LeaderboardType.HOURS: _("hours"),
        LeaderboardType.PROJECTS: _("projects"),
    }[LeaderboardType(board.leaderboard_type)]


def amount(board: Row, value: Decimal) -> str:
    """'5 points'."""
    n, many = words.number(value), words.plural(value)
    match board.leaderboard_type:
        case LeaderboardType.HOURS:
            return words.hours(value)
        case LeaderboardType.PROJECTS:
            return ngettext("%(n)s project", "%(n)s projects", many, n=n)
        case _:
            return ngettext("%(n)s point", "%(n)s points", many, n=n)


def more(board: Row, value: Decimal) -> str:
    """'5 more points'."""
    n, many = words.number(value), words.plural(value)
    match board.leaderboard_type:
        case LeaderboardType.HOURS:
            return ngettext("%(n)s more hour", "%(n)s more hours", many, n=n)
        case LeaderboardType.PROJECTS:
            return ngettext("%(n)s more project", "%(n)s more projects", many, n=n)
        case _:
            return ngettext("%(n)s more point", "%(n)s more points", many, n=n)


def ahead(board: Row, mine: Place) -> str:
    """What is missing to the next place, or how far one leads."""
    gap = places.to_next(mine, board)
    if gap is None:
        return leading(board, mine)
    return ngettext(
        "%(amount)s brings you level with %(name)s, in %(place)s place",
        "%(amount)s bring you level with %(name)s, in %(place)s place",
        words.plural(gap.missing),
        amount=more(board, gap.missing),
        name=gap.shown_name,
        place=words.ordinal(gap.rank),
    )


def leading(board: Row, mine: Place) -> str:
    """For whoever has most."""
    behind = places.to_pursuer(mine, board)
    if places.shares(mine, board):
        return _("You share the first place")
    if behind is None:
        return _("You are the first on this board")
    name = behind.shown_name
    return _("You lead: %(name)s is %(amount)s behind", name=name, amount=amount(board, behind.missing))


def not_yet(board: Row) -> str:
    """For somebody who is not on it."""
    return {
        LeaderboardType.POINTS: _("You are not on this board yet. Your next points put you on it."),
        LeaderboardType.HOURS: _("You are not on this board yet. Your next hour puts you on it."),
        LeaderboardType.PROJECTS: _("You are not on this board yet. Your next project puts you on it."),
    }[LeaderboardType(board.leaderboard_type)]


def where(board: Row, first: int, last: int, mine: Place | None, now: datetime) -> str:
    """'1 to 50 of 214. You are in the first 6%. As of 14:05.'"""
    of = words.number(board.total_participants)
    text = _("%(first)s to %(last)s of %(of)s.", first=words.number(first), last=words.number(last), of=of)
    return " ".join(filter(None, (text, share(board, mine), as_of(board, now))))


def share(board: Row, mine: Place | None) -> str:
    """In which part of all one is, where that says something: among more than a few, and not for the first one."""
    if mine is None or mine.rank == 1 or board.total_participants <= FEW:
        return ""
    return _("You are in the first %(n)s%%.", n=words.number(places.share(mine, board)))


def figures(board: Row | Leaderboard) -> str:
    """'On average 120 points, half of them 95 or more.' Nothing where fewer than three take part."""
    if board.total_participants < 3:
        return ""
    average, median = (round(value, 1) for value in (board.average_value, board.median_value))
    return _(
        "On average %(n)s, half of them %(median)s or more.", n=amount(board, average), median=words.number(median)
    )


def period(board: Board, start: date) -> str:
    """'May 2026', '4 to 10 May 2026'."""
    if board.timeframe == Timeframe.MONTHLY:
        return words.month(start)
    return _("Week from %(day)s", day=words.long_day(start))


def was_taking_part(result: Leaderboard) -> str:
    """How many had something."""
    count = result.total_participants
    n = words.number(count)
    match result.leaderboard_type:
        case LeaderboardType.HOURS:
            return ngettext("%(n)s person gave hours.", "%(n)s people gave hours.", count, n=n)
        case LeaderboardType.PROJECTS:
            return ngettext("%(n)s person completed projects.", "%(n)s people completed projects.", count, n=n)
        case _:
            return ngettext("%(n)s person had points.", "%(n)s people had points.", count, n=n)


def how_final(result: Leaderboard, since: int | None) -> str:
    """Whether it stands for good, and what came since."""
    if result.closed_at is None:
        closes = result.period_end + timedelta(days=organisation.setting("closing_days"))
        return _("Not final yet: what comes in until %(day)s still counts here.", day=words.long_day(closes))
    closed = _("Final since %(day)s.", day=words.long_day(result.closed_at.astimezone(organisation.zone()).date()))
    if not since:
        return closed
    later = _("Entries since: %(n)s. They count in all time.", n=words.number(since))
    return f"{closed} {later}"


def all_earlier(board: Board | Row) -> str:
    """The way to all weeks or months that are over."""
    return _("Earlier weeks") if board.timeframe == Timeframe.WEEKLY else _("Earlier months")


def back(board: Board) -> str:
    """The way to the board as it is now."""
    return _("This week") if board.timeframe == Timeframe.WEEKLY else _("This month")


def as_of(board: Row, now: datetime) -> str:
    """'As of 14:05.', with the day if that was another."""
    zone = words.my_zone()
    clock, day = words.clock(board.generated_at, zone), board.generated_at.astimezone(zone).date()
    if day == now.astimezone(zone).date():
        return _("As of %(time)s.", time=clock)
    return _("As of %(day)s, %(time)s.", day=words.week_day(day), time=clock)

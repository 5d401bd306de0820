"""How pages say numbers, hours, dates and places, by the reader's language and calendar.

A page says hundreds of them, and many pages say the same: what was worked out once for a language is kept.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, wraps
from typing import TypeVar
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.support import NullTranslations
from flask import g
from flask_babel import format_date, format_decimal, get_locale, ngettext, pgettext
from flask_babel import gettext as _
from flask_login import current_user

from portal.domain import organisation
from portal.extensions import babel

DAY = timedelta(days=1)
Said = TypeVar("Said")
FRACTION = 100
"""Stands for what is no whole number: the languages that have forms for one, two or few have none of them for it."""
KEPT = 8192
"""How many answers of each of these are kept."""


def by_language(say: Callable[..., Said]) -> Callable[..., Said]:
    """Keeps what a function of plain values says in each language."""

    @lru_cache(maxsize=KEPT)
    def kept(_language: NullTranslations, *what) -> Said:
        return say(*what)

    @wraps(say)
    def asked(*what) -> Said:
        return kept(babel.domain_instance.get_translations(), *what)

    return asked


@by_language
def number(value: Decimal | int | float) -> str:
    """'1,545', '1.5'."""
    return format_decimal(value)


def plural(value: Decimal | int) -> int:
    """The whole number by which a language chooses its plural: 1.5 hours are plural, and neither one nor a pair."""
    return int(value) if value == int(value) else FRACTION


@by_language
def hours(value: Decimal) -> str:
    """'1.5 hours'."""
    return ngettext("%(n)s hour", "%(n)s hours", plural(value), n=number(value))


@by_language
def points(value: int) -> str:
    """'25 points'."""
    return ngettext("%(n)s point", "%(n)s points", value, n=number(value))


@by_language
def people(count: int) -> str:
    """'214 people'."""
    return ngettext("%(n)s person", "%(n)s people", count, n=number(count))


@by_language
def per_cent(part: int, whole: int) -> str:
    """'41%', '2.3%', 'under 1%'."""
    share = 100 * part / whole if whole else 0
    if 0 < share < 1:
        return _("under %(n)s%%", n=number(1))
    return _("%(n)s%%", n=number(round(share, 1) if share < 10 else round(share)))


@by_language
def ordinal(rank: int) -> str:
    """'12th', as the place of somebody."""
    n = number(rank)
    if rank % 100 in (11, 12, 13):
        return pgettext("place", "%(n)sth", n=n)
    match rank % 10:
        case 1:
            return pgettext("place", "%(n)sst", n=n)
        case 2:
            return pgettext("place", "%(n)snd", n=n)
        case 3:
            return pgettext("place", "%(n)srd", n=n)
        case _:
            return pgettext("place", "%(n)sth", n=n)


@by_language
def ordinal_ending(rank: int) -> str:
    """What stands raised behind a place: 'st', 'nd', 'rd', 'th'; nothing in some languages."""
    ending = ordinal(rank).removeprefix(number(rank))
    return "" if ending == "." else ending


def listed(parts: Iterable[str | None]) -> str:
    """'ada@example.org, 17': what there is of these, with commas between."""
    return _("%(first)s, %(second)s", first="\0", second="\0").strip("\0").join(part for part in parts if part)


def my_zone() -> ZoneInfo:
    """The zone of whoever is signed in: their own, or the organisation's."""
    if "zone" not in g:
        volunteer = current_user.volunteer
        g.zone = volunteer.zone if volunteer is not None else organisation.zone()
    return g.zone


def my_today(now: datetime) -> date:
    """The date that the calendar of whoever is signed in shows."""
    return now.astimezone(my_zone()).date()


HERE = {"long": "d MMMM y", "yMMMM": "MMMM y", "MMMMd": "d MMMM", "MMMd": "d MMM", "yMMMd": "d MMM y"}
"""How we write dates in English: the day first. All other languages have their own custom."""


def written(day: date, how: str) -> str:
    """A date as its readers write it: 'long', or the parts that it has, such as 'MMMMd'."""
    locale = get_locale()
    if locale is None or locale.language == "en":
        return format_date(day, HERE.get(how, how))
    return format_date(day, how) if how == "long" else format_skeleton(how, day, locale=locale)


def with_week_day(day: date, name: str, how: str) -> str:
    """A date with the name of its day before it."""
    return _("%(weekday)s %(day)s", weekday=format_date(day, name), day=written(day, how))


@by_language
def long_day(day: date) -> str:
    """'15 August 2026'."""
    return written(day, "long")


@by_language
def day_and_month(day: date) -> str:
    """'15 August'."""
    return written(day, "MMMMd")


@by_language
def full_day(day: date) -> str:
    """'Saturday 15 August 2026'."""
    return with_week_day(day, "EEEE", "long")


@by_language
def week_day(day: date) -> str:
    """'Sunday 22 November'."""
    return with_week_day(day, "EEEE", "MMMMd")


@by_language
def short_month(day: date) -> str:
    """'Nov'."""
    return format_date(day, "LLL")


@by_language
def month(day: date) -> str:
    """'November 2026'."""
    return written(day, "yMMMM")


@by_language
def month_alone(day: date) -> str:
    """'November'."""
    return format_date(day, "LLLL")


@by_language
def short_day(day: date, today: date) -> str:
    """'6 Nov', or '6 Nov 2025' of another year."""
    return written(day, "MMMd" if day.year == today.year else "yMMMd")


@by_language
def near_day(day: date, today: date) -> str:
    """'Today', 'Yesterday', 'Fri 20 Nov'; of another year '20 Nov 2025'."""
    if day == today:
        return _("Today")
    if day == today - DAY:
        return _("Yesterday")
    return with_week_day(day, "EEE", "MMMd") if day.year == today.year else written(day, "yMMMd")


@by_language
def day_in_a_sentence(day: date, today: date) -> str:
    """'today', 'yesterday', 'on Friday 20 November'."""
    if day == today:
        return _("today")
    if day == today - DAY:
        return _("yesterday")
    return _("on %(day)s", day=week_day(day) if day.year == today.year else long_day(day))


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """'14:05'."""
    return moment.astimezone(zone).strftime("%H:%M")


def local_date(moment: datetime) -> date:
    """The date of an instant by the calendar of whoever is signed in."""
    return moment.astimezone(my_zone()).date()


@by_language
def category(name: str) -> str:
    """'Time'."""
    return {
        "time": _("Time"),
        "projects": _("Projects"),
        "skills": _("Skills"),
        "training": _("Training"),
        "leadership": _("Leadership"),
        "special": _("Special"),
    }.get(name, name)


@by_language
def rarity(name: str) -> str:
    """'Rare'."""
    return {"common": _("Common"), "rare": _("Rare"), "epic": _("Epic"), "legendary": _("Legendary")}.get(name, name)

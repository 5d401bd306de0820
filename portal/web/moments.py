"""Instants in words, by a calendar and its clock. Who says many asks for the zone once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.web import words


def day(moment: datetime, zone: ZoneInfo) -> str:
    """'20 May 2026'."""
    return words.long_day(moment.astimezone(zone).date())


def clock(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """'14:05', or with the day if that is not today: '20 May, 14:05'."""
    day, time = moment.astimezone(zone).date(), words.clock(moment, zone)
    if day == now.astimezone(zone).date():
        return time
    return _("%(day)s, %(time)s", day=words.day_and_month(day), time=time)


def ago(moment: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """'5 minutes ago', or the day if that is longer ago than a day; 'never' for None."""
    if moment is None:
        return _("never")
    gone = max(now - moment, timedelta())
    minutes, hours = gone // timedelta(minutes=1), gone // timedelta(hours=1)
    if minutes < 2:
        return _("just now")
    if hours < 1:
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", minutes)
    if hours < 24:
        return ngettext("%(num)s hour ago", "%(num)s hours ago", hours)
    return day(moment, zone)

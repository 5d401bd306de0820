"""Taking a pause, so that a streak waits, and coming back early (docs/rules.md, section 6)."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.domain import pauses, points, recognition
from portal.domain.pauses import DAY, Pause
from portal.domain.refusals import FieldRefused
from portal.domain.volunteers import Volunteer
from portal.extensions import db

DAYS_A_YEAR = 60
"""How many days of a calendar year may be paused."""
BACK = timedelta(days=7)
"""How far back a pause may begin."""
LONGEST = timedelta(days=2 * DAYS_A_YEAR)
"""How long one may be: over the end of a year it takes from both."""
AHEAD = timedelta(days=366)
"""How far ahead it may begin."""


def take(volunteer: Volunteer, first: date, last: date, *, now: datetime) -> Pause:
    """A pause from `first` to `last`, both included; the volunteer's streaks are settled with it.

    Raises FieldRefused, with `first_on` or `last_on` as its field.
    """
    points.lock([volunteer.id])
    refuse_merged(volunteer)
    refuse_dates(first, last, volunteer.today(now))
    refuse_overlap(first, last, pauses.of(volunteer.id))
    pause = Pause(volunteer_id=volunteer.id, first_on=first, last_on=last, created_at=now)
    refuse_too_many(pauses.days_of(volunteer.id) | set(pause.days()))
    db.session.add(pause)
    db.session.flush()
    recognition.settle([volunteer.id], now=now)
    return pause


def refuse_merged(volunteer: Volunteer) -> None:
    """Raises FieldRefused for an entry that was merged while we waited for its lock: the pause would be nobody's."""
    db.session.refresh(volunteer)
    if volunteer.merged_into_id is not None:
        raise FieldRefused("first_on", _("Your entry was put together with another just now. Send it again."))


def refuse_dates(first: date, last: date, today: date) -> None:
    """Raises FieldRefused for a pause that ends before it begins, or that is too far away."""
    if first < today - BACK:
        raise FieldRefused("first_on", _("A pause may begin at most 7 days back."))
    if first > today + AHEAD:
        raise FieldRefused("first_on", _("A pause may begin at most a year ahead."))
    if last < first:
        raise FieldRefused("last_on", _("The last day is before the first."))
    if last - first >= LONGEST:
        raise FieldRefused("last_on", _("A pause has at most 120 days."))


def refuse_overlap(first: date, last: date, others: Iterable[Pause]) -> None:
    """Raises FieldRefused if a day of it is paused already."""
    if any(one.first_on <= last and first <= one.last_on for one in others):
        raise FieldRefused("first_on", _("Some of these days are paused already."))


def refuse_too_many(days: Iterable[date]) -> None:
    """Raises FieldRefused if too many days of a year would be paused."""
    for year, number in sorted(Counter(day.year for day in days).items()):
        if over := max(0, number - DAYS_A_YEAR):
            text = ngettext(
                "That is %(n)s day more than the 60 that %(year)s has for pauses.",
                "That is %(n)s days more than the 60 that %(year)s has for pauses.",
                over,
                n=over,
                year=str(year),
            )
            raise FieldRefused("last_on", text)


def days_left(volunteer_id: int, year: int) -> int:
    """How many more days of that year may be paused."""
    return max(0, DAYS_A_YEAR - sum(day.year == year for day in pauses.days_of(volunteer_id)))


def can_end(pause: Pause, today: date) -> bool:
    """Whether there is something of it left to take back: today, or days to come."""
    return pause.withdrawn_at is None and pause.last_on >= today


def end(pause: Pause, volunteer: Volunteer, *, now: datetime) -> None:
    """Takes back what is left of a pause, today included; the days that are over stay paused."""
    points.lock_owner(pause)
    today = volunteer.today(now)
    if not can_end(pause, today):
        return
    if pause.first_on >= today:
        pause.withdrawn_at = now
    else:
        pause.last_on = today - DAY
    db.session.flush()
    recognition.settle([pause.volunteer_id], now=now)

"""How dates, times of day and hours are written in spreadsheets, and what they come to. Plain text in, plain text out:
what cannot be read is None."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache

MEMORY, LONGEST = 16_384, 64


class DateOrder(StrEnum):
    """Which part of 03/04/2026 is which."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


NUMBERS = re.compile(r"(\d{1,4})[-/. ]\s?(\d{1,2})[-/. ]\s?(\d{1,4})\.?(?:[ T,]+(.+))?", re.ASCII)
WORDS = re.compile(
    r"(?:\w+,\s+)?(?:(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?:de\s+)?([^\W\d]+)\.?|([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?)"
    r"[\s,-]+(?:de\s+)?(\d{4})(?:[ T,]+(.+))?"
)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january ene enero jän jänner januar",
            "feb february febrero februar",
            "mar march marzo mär märz mrz",
            "apr april abr abril",
            "may mayo mai",
            "jun june junio juni",
            "jul july julio juli",
            "aug august ago agosto",
            "sep sept september septiembre setiembre",
            "oct october octubre okt oktober",
            "nov november noviembre",
            "dec december dic diciembre dez dezember",
        ),
        1,
    )
    for name in names.split()
}
CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2}(?:\.\d+)?)?\s*([ap]\.?\s?m\.?|uhr|h)?", re.ASCII | re.I)
AN_HOUR = r"(?:h|hrs?|hours?|horas?|std|stunden?)\.?"
A_MINUTE = r"(?:m|mins?|minutes?|minutos?|minuten?)\.?"
HOURS = re.compile(rf"(\d{{1,3}}(?:[.,]\d{{1,6}})?)\s*{AN_HOUR}(?:\s*(\d{{1,2}})\s*(?:{A_MINUTE})?)?", re.ASCII | re.I)
MINUTES = re.compile(rf"(\d{{1,4}})\s*{A_MINUTE}", re.ASCII | re.I)
COLON = re.compile(r"(\d{1,3}):(\d{2})(?::\d{2})?", re.ASCII)
DECIMAL = re.compile(r"(\d{1,9})?(?:[.,](\d{1,17}))?", re.ASCII)
OFFSET_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}\S*(Z|[+-]\d{2}:?\d{2})", re.ASCII)


def order_shown(text: str) -> DateOrder | None:
    """In which order a date must be written, where only one is possible; None where both or none are."""
    found = NUMBERS.fullmatch(text.strip())
    if not found or len(found[1]) > 2:
        return None
    first, second = int(found[1]), int(found[2])
    if 12 < first <= 31 and 0 < second <= 12:
        return DateOrder.DAY_FIRST
    if 12 < second <= 31 and 0 < first <= 12:
        return DateOrder.MONTH_FIRST
    return None


def is_ambiguous(text: str) -> bool:
    """Whether it may be two dates, as 03/04/2026; 04/04/2026 is one."""
    found = NUMBERS.fullmatch(text.strip())
    if not found or len(found[1]) > 2:
        return False
    first, second = int(found[1]), int(found[2])
    return 0 < first <= 12 and 0 < second <= 12 and first != second


def looks_like_date(text: str) -> bool:
    """Whether it is a date, in whichever order."""
    return any(read_date(text, order) for order in DateOrder)


def order_said(text: str) -> str | None:
    """The order that a date shows, '' if it may be read in two ways, None if it says nothing of that."""
    return None if len(text) > LONGEST else order_said_of(text)


@lru_cache(MEMORY)
def order_said_of(text: str) -> str | None:
    """The same, of a text that is short."""
    return order_shown(text) or ("" if is_ambiguous(text) else None)


@lru_cache(MEMORY)
def read_date(text: str, order: DateOrder) -> str | None:
    """'12/3/2026', '12.3.26', '12 March 2026', '12 de marzo de 2026' as '2026-03-12'. What has a time of day behind it
    is read without."""
    text = text.strip()
    if read_clock(behind(text) or "0") is None:
        return None
    if found := NUMBERS.fullmatch(text):
        return from_numbers(*found.group(1, 2, 3), order)
    if found := WORDS.fullmatch(text):
        day, month, month_before, day_after, year, _rest = found.groups()
        number = MONTHS.get((month or month_before).lower())
        return None if number is None else as_date(int(year), number, int(day or day_after))
    return None


def from_numbers(first: str, second: str, third: str, order: DateOrder) -> str | None:
    """The date that three numbers make."""
    if len(first) == 4:
        return as_date(int(first), int(second), int(third)) if len(third) <= 2 else None
    if len(first) > 2 or len(third) not in (2, 4):
        return None
    year = int(third) if len(third) == 4 else 2000 + int(third) if int(third) < 70 else 1900 + int(third)
    day, month = (first, second) if order == DateOrder.DAY_FIRST else (second, first)
    return as_date(year, int(month), int(day))


def as_date(year: int, month: int, day: int) -> str | None:
    """'2026-03-12'; None for a day that never was."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


@lru_cache(MEMORY)
def read_clock(text: str) -> int | None:
    """'9:30', '9.30', '9:30 pm', '21h30', '2026-03-12 09:30' as minutes since midnight."""
    text = text.strip()
    found = CLOCK.fullmatch(behind(text) or text)
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half[:1] in ("a", "p"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half[0] == "p")
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    return hour * 60 + minute


@lru_cache(MEMORY)
def read_hours(text: str) -> str | None:
    """'1.5', '1,5', '1:30', '1h 30m', '90 min' as '1.5': to the hundredth, since a third of an hour never ends."""
    text = text.strip()
    if not text:
        return None
    if (found := DECIMAL.fullmatch(text)) and text[-1:].isdigit():
        return plain(Decimal(f"{found[1] or 0}.{found[2] or 0}"))
    if found := COLON.fullmatch(text):
        return of_minutes(int(found[1]) * 60 + int(found[2])) if int(found[2]) < 60 else None
    if found := HOURS.fullmatch(text):
        return plain(Decimal(found[1].replace(",", ".")) + Decimal(found[2] or 0) / 60)
    if found := MINUTES.fullmatch(text):
        return of_minutes(int(found[1]))
    return None


def of_minutes(minutes: int) -> str:
    """So many minutes as hours."""
    return plain(Decimal(minutes) / 60)


def plain(hours: Decimal) -> str:
    """Hours as text, to the hundredth."""
    rounded = hours.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded:f}".rstrip("0").rstrip(".") if rounded % 10 else f"{rounded:.0f}"


@lru_cache(MEMORY)
def between(start: str, end: str) -> str | None:
    """The hours from one time of day to another, which may be after midnight."""
    first, last = read_clock(start), read_clock(end)
    if first is None or last is None:
        return None
    return of_minutes((last - first) % 1440)


@lru_cache(MEMORY)
def moment(text: str, clock: str, order: DateOrder) -> str | None:
    """When it was: an instant that says its offset as it stands, else the date, with the time of day that `clock`
    says, or the cell itself."""
    text = text.strip()
    if OFFSET_TIME.fullmatch(text):
        return text
    day = read_date(text, order)
    if day is None:
        return None
    at = clock if clock.strip() else behind(text)
    minutes = read_clock(at) if at else None
    return day if minutes is None or minutes >= 1440 else f"{day}T{minutes // 60:02}:{minutes % 60:02}"


def behind(text: str) -> str:
    """What stands behind a date."""
    found = NUMBERS.fullmatch(text) or WORDS.fullmatch(text)
    return (found[found.re.groups] or "") if found else ""

"""Everything that happened to me, and why it brought what it brought."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.access import volunteers
from portal.domain import history, points
from portal.domain.history import Kind, Line, Place
from portal.domain.periods import ALL_TIME, Period, period_of
from portal.domain.volunteers import Volunteer
from portal.web import tables, words
from portal.web.explanations import Told, tell
from portal.web.page import Link

screen = Blueprint("history", __name__)
LINES = 30
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines the address asks for: of a kind or all, and those of a month, of a year, or of any time."""

    kind: Kind | None
    dates: str | None
    during: Period

    @property
    def query(self) -> dict[str, str | None]:
        """The same for an address."""
        return {"show": self.kind, "in": self.dates}


@dataclass(frozen=True, slots=True)
class Month:
    """The lines of a month on this page, and the points of the whole month; where all lines are shown also the balance
    at its end."""

    title: str
    points: int
    balance: str | None
    lines: list[Told]


@screen.get("/history")
@volunteers
def index():
    """My lines; nobody else's are anywhere."""
    me, wanted = me_or_404(), asked_for()
    today = me.today(datetime.now(UTC))
    older, newer = place_of(request.args.get("older")), place_of(request.args.get("newer"))
    lines = history.page(me.id, kind=wanted.kind, during=wanted.during, older=older, newer=newer, limit=LINES + 1)
    lines, ways = cut(lines, wanted, older=older, newer=newer)
    total = history.count(me.id, wanted.kind, wanted.during)
    return render_template(
        "history/index.html",
        heading=_("Your history"),
        lede=balance_words(me.id),
        filters=filters(wanted),
        dates=dates(me.id, wanted, today),
        kind=wanted.kind,
        is_narrowed=wanted.kind is not None or wanted.dates is not None,
        months=months(me.id, lines, wanted.kind, today),
        words=ngettext("%(n)s line in all.", "%(n)s lines in all.", total, n=words.number(total)),
        file_url=url_for(".table", **wanted.query),
        **ways,
    )


@screen.get("/history.csv")
@volunteers
def table():
    """The same lines as a table, with the balance after each where none are left out."""
    me, wanted = me_or_404(), asked_for()
    name = f"points-{wanted.dates}.csv" if wanted.dates else "points.csv"
    return tables.as_file(rows_of_table(me, wanted), name)


def me_or_404() -> Volunteer:
    """The volunteer who is signed in."""
    return current_user.volunteer or abort(404)


def asked_for() -> Wanted:
    """What the address asks for; what it asks for in vain is left out."""
    kind, text = request.args.get("show"), request.args.get("in", "")
    during = period_in(text)
    return Wanted(Kind(kind) if kind in set(Kind) else None, text if during != ALL_TIME else None, during)


def period_in(text: str) -> Period:
    """'2026-05' and '2026' as dates; all time for anything else."""
    if not re.fullmatch(r"[12][0-9]{3}(-(0[1-9]|1[0-2]))?", text):
        return ALL_TIME
    if len(text) == 4:
        return Period(date(int(text), 1, 1), date(int(text) + 1, 1, 1))
    return period_of("monthly", date.fromisoformat(f"{text}-01"))


def balance_words(volunteer_id: int) -> str:
    """The balance, which is the sum of all lines."""
    total = points.balance_of(volunteer_id).total_points
    return _("%(points)s so far, and where each of them came from.", points=words.points(total))


def filters(wanted: Wanted) -> list[Link]:
    """All lines, or those of a kind."""
    labels = {
        None: _("All"),
        Kind.HOURS: _("Hours"),
        Kind.WORK: _("Work"),
        Kind.EARNED: _("Earned"),
        Kind.GIVEN: _("Given"),
    }
    return [
        Link(text, url_for(".index", **{"show": key, "in": wanted.dates}), current=key == wanted.kind)
        for key, text in labels.items()
    ]


def dates(volunteer_id: int, wanted: Wanted, today: date) -> list[dict]:
    """Of when one may want to see lines: any time, this month and the last, and each year that there is anything of."""
    this = today.replace(day=1)
    last = (this - DAY).replace(day=1)
    since = history.first_day(volunteer_id) or today
    years = range(max(today.year, since.year), since.year - 1, -1)
    found = {"": _("Any time"), f"{this:%Y-%m}": words.month(this), f"{last:%Y-%m}": words.month(last)}
    found |= {str(year): str(year) for year in years}
    if wanted.dates and wanted.dates not in found:
        found[wanted.dates] = words.month(wanted.during.start) if "-" in wanted.dates else wanted.dates
    return [{"value": key, "label": text, "chosen": key == (wanted.dates or "")} for key, text in found.items()]


def rows_of_table(me: Volunteer, wanted: Wanted) -> Iterator[list]:
    """The table's rows under its headings, the newest first."""
    whole = wanted.kind is None
    yield [_("Date"), _("What"), _("Why"), _("Points"), *([_("Points in all")] if whole else [])]
    balance = history.balance_before(me.id, wanted.during.end or date.max)
    today = me.today(datetime.now(UTC))
    lines = history.all_of(me.id, kind=wanted.kind, during=wanted.during)
    while some := list(islice(lines, history.AT_A_TIME)):
        for line in tell(some, today):
            yield [line.date, line.what, line.why, line.points, *([balance] if whole else [])]
            balance -= line.points or 0


def place_of(text: str | None) -> Place | None:
    """A line's place as an address has it; None for what is none."""
    try:
        at, source, id_ = (text or "").split("~")
        moment = datetime.fromisoformat(at)
        return Place(moment.astimezone(UTC), int(source), int(id_)) if moment.tzinfo else None
    except (ValueError, OverflowError):  # of a date that is none, or none in UTC
        return None


def as_text(place: Place) -> str:
    """A line's place for an address."""
    return f"{place.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}~{place.source}~{place.id}"


def cut(
    lines: Sequence[Line], wanted: Wanted, *, older: Place | None, newer: Place | None
) -> tuple[Sequence[Line], dict]:
    """A page of lines, out of one more than it holds, and the addresses of those before and after it."""
    more = len(lines) > LINES
    shown = (lines[-LINES:] if newer else lines[:LINES]) if more else lines
    has_newer, has_older = (more, True) if newer else (older is not None, more)
    return shown, {
        "previous_url": way(wanted, newer=shown[0].place) if shown and has_newer else None,
        "next_url": way(wanted, older=shown[-1].place) if shown and has_older else None,
    }


def way(wanted: Wanted, **place: Place) -> str:
    """The address of the lines beside a place."""
    return url_for(".index", **wanted.query, **{side: as_text(one) for side, one in place.items()})


def months(volunteer_id: int, lines: Sequence[Line], kind: Kind | None, today: date) -> list[Month]:
    """Lines by month, each with the points of the whole month and, where all lines are shown, the balance then."""
    if not lines:
        return []
    first, last = (period_of("monthly", pick(line.on for line in lines)) for pick in (min, max))
    by_day = history.points_by_day(volunteer_id, first.start, last.end, kind)
    at_the_end = history.balance_before(volunteer_id, last.end) if kind is None else None
    told = groupby(zip(lines, tell(lines, today), strict=True), key=lambda pair: pair[0].on.replace(day=1))
    return [month(start, [words_ for _line, words_ in some], by_day, at_the_end) for start, some in told]


def month(start: date, lines: list[Told], by_day: dict[date, int], at_the_end: int | None) -> Month:
    """A month, from the points of each day up to an end and the balance then."""
    after = period_of("monthly", start).end
    brought = sum(points for day, points in by_day.items() if start <= day < after)
    balance = None
    if at_the_end is not None:
        balance = words.points(at_the_end - sum(points for day, points in by_day.items() if day >= after))
    return Month(words.month(start), brought, balance, lines)

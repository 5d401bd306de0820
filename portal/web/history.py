"""Everything that happened to me, and why it brought what it brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.access import volunteers
from portal.domain import history, points
from portal.domain.history import Kind, Line, Place
from portal.domain.periods import period_of
from portal.web import words
from portal.web.explanations import Told, tell
from portal.web.page import Link

screen = Blueprint("history", __name__)
LINES = 30


@dataclass(frozen=True, slots=True)
class Month:
    """The lines of a month on this page, and the points of the whole month."""

    title: str
    points: int
    lines: list[Told]


@screen.get("/history")
@volunteers
def index():
    """My lines; nobody else's are anywhere."""
    me = current_user.volunteer or abort(404)
    kind = kind_of(request.args.get("show"))
    older, newer = place_of(request.args.get("older")), place_of(request.args.get("newer"))
    lines = history.page(me.id, kind=kind, older=older, newer=newer, limit=LINES + 1)
    lines, ways = cut(lines, kind, older=older, newer=newer)
    total = history.count(me.id, kind)
    return render_template(
        "history/index.html",
        heading=_("Your history"),
        lede=balance_words(me.id),
        filters=filters(kind),
        months=months(me.id, lines, kind, me.today(datetime.now(UTC))),
        words=ngettext("%(n)s line in all.", "%(n)s lines in all.", total, n=words.number(total)),
        **ways,
    )


def kind_of(text: str | None) -> Kind | None:
    """What the address asks for; None for everything."""
    return Kind(text) if text in set(Kind) else None


def balance_words(volunteer_id: int) -> str:
    """The balance, which is the sum of all lines."""
    total = points.balance_of(volunteer_id).total_points
    return _("%(points)s so far, and where each of them came from.", points=words.points(total))


def filters(kind: Kind | None) -> list[Link]:
    """All lines, or those of a kind."""
    labels = {
        None: _("All"),
        Kind.HOURS: _("Hours"),
        Kind.WORK: _("Work"),
        Kind.EARNED: _("Earned"),
        Kind.GIVEN: _("Given"),
    }
    return [Link(text, url_for(".index", show=key), current=key == kind) for key, text in labels.items()]


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
    lines: Sequence[Line], kind: Kind | None, *, older: Place | None, newer: Place | None
) -> tuple[Sequence[Line], dict]:
    """A page of lines, out of one more than it holds, and the addresses of those before and after it."""
    more = len(lines) > LINES
    shown = (lines[-LINES:] if newer else lines[:LINES]) if more else lines
    has_newer, has_older = (more, True) if newer else (older is not None, more)
    return shown, {
        "previous_url": url_for(".index", show=kind, newer=as_text(shown[0].place)) if shown and has_newer else None,
        "next_url": url_for(".index", show=kind, older=as_text(shown[-1].place)) if shown and has_older else None,
    }


def months(volunteer_id: int, lines: Sequence[Line], kind: Kind | None, today: date) -> list[Month]:
    """Lines by month, each with the points of the whole month."""
    if not lines:
        return []
    first, last = (
        period_of("monthly", min(line.on for line in lines)),
        period_of("monthly", max(line.on for line in lines)),
    )
    by_day = history.points_by_day(volunteer_id, first.start, last.end, kind)
    return [
        Month(words.month(start), month_points(by_day, start), [line for _on, line in some])
        for start, some in groupby(
            zip(lines, tell(lines, today), strict=True), key=lambda pair: pair[0].on.replace(day=1)
        )
    ]


def month_points(by_day: dict[date, int], start: date) -> int:
    """The sum of a month."""
    return sum(points for day, points in by_day.items() if day.replace(day=1) == start)

"""Hours that wait for a coordinator: confirmed, one or many at once, or turned down with a reason that is read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms.validators import Length

from portal.access import coordinators
from portal.domain import directory, reviewing, teams
from portal.domain.activities import Activity
from portal.domain.refusals import NotPossible
from portal.domain.reviewing import Doubt, Wanted
from portal.jobs.queue import ring
from portal.web import explanations, words
from portal.web.asked import as_id, asked_row, ids_of, is_part
from portal.web.fields import Paragraph
from portal.web.page import Person, somebody
from portal.writing import write

screen = Blueprint("reviews", __name__)
ON_A_PAGE, ON_THE_DESK, AT_ONCE = 50, 6, 200
CONFIRM, TURN_DOWN = "confirm", "turn_down"
PLACES = {"desk": "desk.show", "queue": "reviews.index"}


class ReviewForm(FlaskForm):
    """Why hours are turned down; which ones, and the decision, come from boxes and buttons."""

    why = Paragraph(_l("Why?"), validators=[Length(max=1000, message=_l("At most 1,000 characters, please."))])


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the queue."""

    id: int
    person: Person
    what: str
    note: str
    on: str
    hours: str
    plain_hours: str
    plain_points: str
    doubts: list[str]
    chosen: bool
    mine: bool
    change_url: str


@dataclass(slots=True)
class Decided:
    """What became of a decision about several: how many went well, and why others did not."""

    done: int = 0
    refused: list[str] = field(default_factory=list)


@screen.get("/reviews")
@coordinators
def index():
    """The queue, the oldest first."""
    return shown(ReviewForm(formdata=None), place="queue")


@screen.post("/reviews")
@coordinators
def create():
    """Confirms or turns down what was chosen; of what cannot be decided any more it says why."""
    form, ids = ReviewForm(), ids_of(request.form.getlist("activity"))[:AT_ONCE]
    decision, place = request.form.get("decision"), request.form.get("place", "queue")
    if decision not in (CONFIRM, TURN_DOWN) or place not in PLACES:
        abort(400)
    if not may_go(form, ids, decision):
        return shown(form, place=place, chosen=ids), 422
    now = datetime.now(UTC)
    decided = write(lambda: decide(ids, decision, form.why.data, now))
    ring("counting.count_pending")
    return answer(decided, decision, place)


def may_go(form: ReviewForm, ids: Collection[int], decision: str) -> bool:
    """Whether something was chosen, and a reason given where one is needed; otherwise the form says so."""
    if not form.validate():
        return False
    if decision == TURN_DOWN and not form.why.data:
        form.why.errors = [_("Say why: the volunteer reads it.")]
    elif not ids:
        form.form_errors.append(_("Nothing is chosen yet. Tick the hours that you know of."))
    return not form.errors


def decide(ids: Sequence[int], decision: str, reason: str, now: datetime) -> Decided:
    """One transaction: everybody is locked at once, and what somebody else decided meanwhile stays as it is."""
    by, result = current_user._get_current_object(), Decided()
    activities = reviewing.chosen(ids)
    reviewing.lock_all(activities)
    for activity in activities:
        try:
            if decision == CONFIRM:
                reviewing.confirm(activity, by=by, now=now)
            else:
                reviewing.turn_down(activity, by=by, reason=reason, now=now)
            result.done += 1
        except NotPossible as refusal:
            what = {"name": activity.volunteer.name, "day": words.week_day(activity.occurred_on), "why": refusal}
            result.refused.append(_("%(name)s, %(day)s: %(why)s", **what))
    return result


def answer(decided: Decided, decision: str, place: str):
    """Back to where one was, with what happened; htmx gets the queue as it is now."""
    told = said(decided.done, decision) if decided.done else None
    if is_part():
        return shown(ReviewForm(formdata=None), place=place, told=told, problems=decided.refused)
    if told:
        flash(told)
    for problem in decided.refused:
        flash(problem, "error")
    return redirect(url_for(PLACES[place], **narrowed(wanted()) if place == "queue" else {}))


def said(number: int, decision: str) -> str:
    """'3 entries confirmed. They are being counted.'"""
    n = words.number(number)
    if decision == CONFIRM:
        return ngettext("Confirmed. It is being counted.", "%(n)s confirmed. They are being counted.", number, n=n)
    return ngettext("Turned down. They will read why.", "%(n)s turned down. They will read why.", number, n=n)


def shown(form: ReviewForm, *, place: str, chosen: Collection[int] = (), told=None, problems=()) -> str:
    """The queue: as a whole page, or for htmx by itself. On the desk it is short."""
    given = waiting(form, datetime.now(UTC), place=place, chosen=chosen)
    given |= {"told": told, "problems": [*problems, *form.form_errors]}
    if is_part():
        return render_template("reviews/_waiting.html", **given)
    return render_template("reviews/index.html", all_teams=teams.living(), asked=request.args, **given)


def wanted() -> Wanted:
    """Which hours the address asks for."""
    return Wanted(request.args.get("query", "")[: directory.LONGEST], as_id(request.args.get("team")))


def narrowed(wanted: Wanted) -> dict:
    """The same for an address."""
    return {"query": wanted.text or None, "team": wanted.team_id}


def waiting(form: ReviewForm, now: datetime, *, place: str, chosen: Collection[int] = ()) -> dict:
    """What reviews/_waiting.html is given: four queries, however many wait."""
    limit = ON_THE_DESK if place == "desk" else ON_A_PAGE
    after = asked_row(Activity, "after") if place == "queue" else None
    which = wanted() if place == "queue" else reviewing.ALL
    found = reviewing.waiting(limit + 1, wanted=which, after=after)
    number, hours = reviewing.how_much_waits(which)
    rows, today = found[:limit], words.my_today(now)
    doubts = reviewing.doubts(rows) if rows else {}
    more = len(found) > limit and place == "queue"
    return {
        "waiting": [row(one, doubts.get(one.id), today, one.id in chosen) for one in rows],
        "waiting_total": number,
        "waiting_hours": hours,
        "review_form": form,
        "place": place,
        "send_url": url_for("reviews.create", **narrowed(which)),
        "is_narrowed": which != reviewing.ALL,
        "more_url": url_for("reviews.index", after=rows[-1].id, **narrowed(which)) if more else None,
        "first_url": url_for("reviews.index", **narrowed(which)) if after else None,
    }


def row(activity: Activity, doubt: Doubt | None, today: date, chosen: bool) -> Waiting:
    """An activity as a row."""
    one = activity.volunteer
    return Waiting(
        id=activity.id,
        person=somebody(one.name, one.id, one.avatar, url_for("volunteers.show", volunteer_id=one.id)),
        what=explanations.name_of(activity),
        note=activity.description or "",
        on=words.near_day(activity.occurred_on, today),
        hours=words.number(activity.quantity),
        plain_hours=plain(activity.quantity),
        plain_points=plain(activity.exact),
        doubts=doubt_words(doubt) if doubt else [],
        chosen=chosen,
        mine=one.id == current_user.volunteer_id,
        change_url=url_for("review_changes.new", activity_id=activity.id),
    )


def doubt_words(doubt: Doubt) -> list[str]:
    """Why one should look twice."""
    found = []
    if doubt.elsewhere:
        hours, source = words.hours(doubt.elsewhere), source_words(doubt.source)
        found.append(_("Perhaps twice: %(hours)s of that day came from %(source)s", hours=hours, source=source))
    if doubt.usual is not None:
        usual = words.hours(doubt.usual.quantize(Decimal("0.1")))
        found.append(_("More than usual: mostly %(hours)s", hours=usual))
    return found


def source_words(source: str) -> str:
    """Where something came from, in words for people."""
    known = {"csv": _("an import"), "portal": _("the volunteer"), "desk": _("a coordinator")}
    return known.get(source, source)


def plain(value: Decimal) -> str:
    """'1.5', for scripts that add up."""
    return f"{value.normalize():f}"

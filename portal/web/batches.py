"""What came together, an import or something for a group, and undoing it as one."""

from collections import Counter
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import coordinators
from portal.domain import groups, undoing
from portal.domain.accounts import User
from portal.domain.achievements import Achievement
from portal.domain.activities import Batch, BatchKind
from portal.domain.badges import Badge
from portal.domain.groups import Given
from portal.domain.idempotency import OtherContent
from portal.domain.refusals import NotPossible
from portal.domain.undoing import Losses
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import explanations, moments, words
from portal.web.asked import existing, go_on, is_part
from portal.web.choosing import person
from portal.web.reversals import ReversalForm, these
from portal.web.writing import write_once

screen = Blueprint("batches", __name__)
SHOWN_PEOPLE = 60


@screen.get("/batches/<int:batch_id>")
@coordinators
def show(batch_id: int):
    """What was done for a group; an import has a page of its own."""
    batch = existing(Batch, batch_id)
    if batch.kind == BatchKind.IMPORT:
        return redirect(page_of(batch))
    by = db.session.get(User, batch.recorded_by_id) if batch.recorded_by_id else None
    people, what = undoing.everybody(batch, SHOWN_PEOPLE), groups.given(batch)
    return render_template(
        "batches/show.html",
        name=batch.name,
        when=moments.clock(batch.created_at, datetime.now(UTC), words.my_zone()),
        by=by.name if by else "",
        what=what_words(what),
        again_url=url_for("activities.new", like=batch.id) if what.activity is not None else None,
        people=[person(one) for one in people],
        size=words.people(batch.rows),
        more=max(0, batch.rows - SHOWN_PEOPLE),
        **undoing_of(batch),
    )


def what_words(given: Given) -> str:
    """What each of them was recorded for or given, in a line."""
    if given.activity is not None:
        day = words.week_day(given.activity.occurred_on)
        return _("%(what)s, %(day)s", what=explanations.measure(given.activity), day=day)
    if given.award is not None:
        return _("%(points)s each", points=words.points(given.award.points))
    found = given.badge or given.achievement
    return found.name if found is not None else ""


def page_of(batch: Batch) -> str:
    """Where a batch is to be seen."""
    place = "imports.show" if batch.kind == BatchKind.IMPORT else "batches.show"
    return url_for(place, batch_id=batch.id)


def undoing_of(batch: Batch) -> dict:
    """What batches/_undoing.html is given."""
    one = undoing.of(batch)
    stands = batch.finished_at is not None and undoing.is_open(batch) and bool(undoing.people(batch))
    undo_url = url_for("batches.new", batch_id=batch.id) if stands else None
    if one is None:
        return {"undoing": None, "undo_url": undo_url}
    numbers = {"done": words.number(one.done), "total": words.number(one.total)}
    state = {
        "url": url_for("batches.state", batch_id=batch.id),
        "finished": one.finished_at is not None,
        "done": one.done + one.kept,
        "total": one.total,
        "done_words": _("%(done)s of %(total)s people", **numbers),
        "undone_words": _("Undone for %(people)s.", people=words.people(one.done)),
        "kept_words": kept_words(one.kept),
        "reason": one.reason,
        "by": one.requested_by.name,
    }
    return {"undoing": state, "undo_url": undo_url}


def kept_words(kept: int) -> str | None:
    """With how many it could not be undone."""
    if not kept:
        return None
    return _("Not undone for %(people)s: what is yours somebody else has to undo.", people=words.people(kept))


@screen.get("/batches/<int:batch_id>/undoing")
@coordinators
def state(batch_id: int):
    """How far the undoing is, for htmx; for whoever comes by a link, the page with it."""
    batch = existing(Batch, batch_id)
    if not is_part():
        return redirect(page_of(batch))
    if undoing.of(batch) is None:
        abort(404)
    return render_template("batches/_undoing.html", **undoing_of(batch))


@screen.get("/batches/<int:batch_id>/undoing/new")
@coordinators
def new(batch_id: int):
    """What would go, and the form."""
    return shown(existing(Batch, batch_id), ReversalForm(formdata=None))


new.writes = True


@screen.post("/batches/<int:batch_id>/undoing")
@coordinators
def create(batch_id: int):
    """Has a worker undo it."""
    batch, form, now = existing(Batch, batch_id), ReversalForm(), datetime.now(UTC)
    if not form.validate_on_submit():
        return shown(batch, form), 422
    place, content = page_of(batch), {"undoing": batch_id, "reason": form.reason.data}
    try:
        write_once(form.key, lambda: ask(batch_id, form.reason.data, now), content=content, now=now)
    except NotPossible as refusal:
        flash(str(refusal), "error")
    except OtherContent:
        flash(_("That was done already."), "error")
    else:
        ring("undoing.undo")
    return go_on(place)


def ask(batch_id: int, reason: str, now: datetime) -> int:
    """One transaction."""
    by = current_user._get_current_object()
    return undoing.request(db.session.get_one(Batch, batch_id), by=by, reason=reason, now=now).id


def shown(batch: Batch, form: ReversalForm):
    """The page, or, where it cannot be undone, the batch with the reason why not."""
    number, place = batch.id, page_of(batch)
    try:
        losses = undoing.preview(batch, by=current_user._get_current_object(), now=datetime.now(UTC))
    except NotPossible as refusal:
        db.session.rollback()
        flash(str(refusal), "error")
        return redirect(place)
    db.session.rollback()  # nobody waits for a page that is being drawn
    batch = existing(Batch, number)
    name = "batches/_undo_form.html" if is_part() else "batches/undo.html"
    return render_template(name, number=number, name=batch.name, back=place, form=form, **taken(losses))


def taken(losses: Losses) -> dict:
    """What goes, in words."""
    part = losses.looked_at < losses.people
    seen, of = words.people(losses.looked_at), words.number(losses.people)
    return {
        "people": words.people(losses.people),
        "points": losses.points,
        "achievements": from_whom(Achievement, losses.achievements),
        "badges": from_whom(Badge, losses.badges),
        "only_some": _("Worked out for the first %(seen)s of %(of)s.", seen=seen, of=of) if part else None,
    }


def from_whom(model, losers: Counter) -> list[tuple]:
    """Each of what is lost with how many lose it: 'Century Club', '3 people'."""
    return [(one, words.people(losers[one.id])) for one in these(model, losers)]

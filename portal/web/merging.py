"""Putting two entries of one person together: the other one looked up, shown what comes of it, then done for good."""

from datetime import UTC, datetime

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from wtforms import HiddenField

from portal.access import coordinators
from portal.domain import directory, merging, points
from portal.domain.idempotency import OtherContent
from portal.domain.merging import Merged
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import words
from portal.web.asked import as_id, asked_row, existing, go_on
from portal.web.choosing import person
from portal.web.writing import ALREADY_SENT, OnceForm, write_once

screen = Blueprint("merging", __name__)


class MergingForm(OnceForm):
    """Into whom."""

    into = HiddenField()


@screen.get("/people/<int:volunteer_id>/merging/new")
@coordinators
def new(volunteer_id: int):
    """Who else this may be; or, once that was chosen, what comes of it."""
    other, into = existing(Volunteer, volunteer_id), asked_row(Volunteer, "into")
    if into is None:
        return choice(other)
    return shown(other, into, MergingForm(formdata=None, into=str(into.id)))


new.writes = True


@screen.post("/people/<int:volunteer_id>/merging")
@coordinators
def create(volunteer_id: int):
    """Does it."""
    other, form, now = existing(Volunteer, volunteer_id), MergingForm(), datetime.now(UTC)
    number = as_id(form.into.data)
    into = db.session.get(Volunteer, number) if number else None
    if into is None:
        return choice(other, _("Choose who it is.")), 422
    if not form.validate_on_submit():
        return shown(other, into, form), 422
    by = current_user._get_current_object()
    content = {"merging": other.id, "into": into.id}
    try:
        write_once(form.key, lambda: done(content, by, now), content=content, now=now)
    except NotPossible as refusal:
        return shown(other, into, form, str(refusal)), 409
    except OtherContent:
        return shown(other, into, form, str(ALREADY_SENT)), 409
    ring("boards.refresh_boards")
    flash(_("They are one now."))
    return go_on(url_for("volunteers.show", volunteer_id=number))


def done(content: dict, by, now: datetime) -> dict:
    """One transaction."""
    other, into = (db.session.get_one(Volunteer, content[key]) for key in ("merging", "into"))
    merging.merge(other, into=into, by=by, now=now)
    return content


def choice(other: Volunteer, problem: str | None = None) -> str:
    """Who fits what was asked for; at first, who has the same name."""
    query = request.args.get("q", "").strip()[: directory.LONGEST]
    found = directory.suggested(query or other.name, but=[other.id])
    people = [
        {
            "person": person(one),
            "note": note(one),
            "url": url_for("merging.new", volunteer_id=other.id, into=one.id),
        }
        for one in found
    ]
    return render_template(
        "merging/choice.html", other=person(other), note=note(other), people=people, query=query, problem=problem
    )


def note(one: Volunteer) -> str:
    """What tells somebody from others of the same name."""
    since = _("since %(day)s", day=words.long_day(words.local_date(one.joined_at)))
    return words.listed((one.email, one.external_id, since))


def shown(other: Volunteer, into: Volunteer, form: MergingForm, refusal: str | None = None) -> str:
    """What comes of it, or why it cannot be done."""
    found, numbers = None, (other.id, into.id)
    try:
        now, by = datetime.now(UTC), current_user._get_current_object()
        found = refusal is None and merging.preview(other, into=into, by=by, now=now)
    except NotPossible as error:
        refusal = str(error)
    ends = found.ends.email if found and found.ends else None
    db.session.rollback()  # nobody waits for a page that is being drawn
    other, into = (existing(Volunteer, number) for number in numbers)
    return render_template(
        "merging/new.html",
        other=person(other),
        into=person(into),
        before=[before(one) for one in (other, into)],
        after=after(found, ends) if found else [],
        turned_url=url_for("merging.new", volunteer_id=into.id, into=other.id),
        other_url=url_for("merging.new", volunteer_id=other.id),
        form=form,
        refusal=refusal,
    )


def before(one: Volunteer) -> dict:
    """What one of them has now."""
    balance = points.balance_of(one.id)
    return {
        "person": person(one),
        "note": note(one),
        "hours": words.hours(balance.total_hours),
        "points": words.points(balance.total_points),
    }


def after(found: Merged, ends: str | None) -> list[tuple[str, str]]:
    """What it comes to, in words."""
    falls, over = words.number(found.fallen), words.number(found.moved)
    known = [
        (_("Hours"), words.number(found.hours)),
        (_("Points"), words.number(found.points)),
        (_("Medals"), words.number(found.badges)),
        (_("Goes over"), ngettext("%(n)s activity", "%(n)s activities", found.moved, n=over)),
        (_("Taken back, since it is there twice"), falls if found.fallen else None),
        (_("Sign-in that ends"), ends),
    ]
    return [(label, value) for label, value in known if value]

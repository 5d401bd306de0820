"""Who asked to join: coordinators say yes or no."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import coordinators
from portal.domain import sign_ups
from portal.domain.accounts import User
from portal.domain.door_mails import Occasion
from portal.domain.refusals import NotPossible
from portal.domain.sign_ups import SignUp
from portal.domain.volunteers import Status, Volunteer
from portal.jobs.queue import ring
from portal.web import door_letters, moments, words
from portal.web.addresses import url_for
from portal.web.asked import existing
from portal.web.page import Link
from portal.web.writing import write

screen = Blueprint("sign_ups", __name__)


@screen.get("/sign-ups")
@coordinators
def index():
    """Those who wait."""
    return page()


@screen.post("/sign-ups/<int:sign_up_id>/approval")
@coordinators
def approve(sign_up_id: int):
    """Lets somebody in."""
    one, by, now = existing(SignUp, sign_up_id), current_user._get_current_object(), datetime.now(UTC)
    joining = request.form.get("joining") == "yes"

    def work() -> str:
        language = one.language
        user = sign_ups.approve(one, joining=joining, by=by, now=now)
        door_letters.add(Occasion.LET_IN, user.email, about_id=user.id, now=now, language=language)
        return user.name

    try:
        name = write(work)
    except ValueError as error:
        return page(refusal=str(error)), 422
    door_letters.hurry()
    ring("counting.count_pending")  # a friend may have brought them along
    flash(_("%(name)s is one of us now.", name=name))
    return redirect(url_for("sign_ups.index"))


@screen.post("/sign-ups/<int:sign_up_id>/refusal")
@coordinators
def turn_down(sign_up_id: int):
    """Says no."""
    one, by, now = existing(SignUp, sign_up_id), current_user._get_current_object(), datetime.now(UTC)
    name = one.name
    try:
        write(lambda: sign_ups.turn_down(one, by=by, now=now))
    except NotPossible as error:
        return page(refusal=str(error)), 422
    flash(_("%(name)s is turned down. What they wrote is thrown away.", name=name))
    return redirect(url_for("sign_ups.index"))


def page(refusal: str | None = None) -> str:
    """The list."""
    now, found = datetime.now(UTC), sign_ups.waiting()
    known = sign_ups.known_by_email(found)
    entries = [about(one, *known[one.email], now) for one in found]
    return render_template("sign_ups/index.html", entries=entries, refusal=refusal, open=sign_ups.are_open())


def about(one: SignUp, volunteer: Volunteer | None, user: User | None, now: datetime) -> dict:
    """Somebody as the list shows them; whom an e-mail is of already is offered, never guessed by name."""
    match = None
    if volunteer is not None:
        match = Link(volunteer.name, url_for("volunteers.show", volunteer_id=volunteer.id))
    gone = volunteer is not None and volunteer.status != Status.ACTIVE
    return {
        "id": one.id,
        "name": one.name,
        "email": one.email,
        "why": one.why,
        "asked": moments.ago(one.created_at, now, words.my_zone()),
        "match": match,
        "taken": user is not None or gone,
        "shown": one.has_shown_address,
        "by_friend": one.referral_code is not None,
    }

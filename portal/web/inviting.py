"""Inviting friends by a link of one's own: to copy, to share, to let somebody's phone read."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import volunteers
from portal.domain import inviting, organisation, points
from portal.domain.activities import EventType
from portal.domain.volunteers import Status, Volunteer
from portal.web import words
from portal.web.qr import qr_code
from portal.web.writing import OnceForm, write_once

screen = Blueprint("inviting", __name__)


class LinkForm(OnceForm):
    """A new link, please."""


def me_or_404() -> Volunteer:
    """The volunteer who is signed in, and has not left for a while."""
    me = current_user.volunteer
    return me if me is not None and me.status == Status.ACTIVE else abort(404)


@screen.get("/invite")
@volunteers
def show():
    """One's link; where nobody can join by themselves, that."""
    me = me_or_404()
    if not inviting.newcomers_may_ask():
        return render_template("inviting/closed.html")
    code = inviting.code_of(me)
    link = f"{request.url_root}join/{code}" if code else None
    name = organisation.setting("organisation_name")
    return render_template(
        "inviting/show.html",
        form=LinkForm(formdata=None),
        link=link,
        code=qr_code(link) if link else None,
        brings=brings(),
        title=_("Come and help with me"),
        words=_("I help at %(name)s, and I like it. Come along?", name=name),
    )


def brings() -> str:
    """'50 points', by the rule that holds."""
    return words.points(int(points.rules()[EventType.VOLUNTEER_REFERRED].per_unit))


@screen.post("/invite")
@volunteers
def create():
    """Makes the link, or another one; the one before leads nowhere then."""
    me, form, now = me_or_404(), LinkForm(), datetime.now(UTC)
    if not inviting.newcomers_may_ask() or not form.validate_on_submit():
        return redirect(url_for(".show"))
    by, had = current_user._get_current_object(), inviting.code_of(me)
    write_once(form.key, lambda: inviting.new_code(me, by=by, now=now), content=["friend link"], now=now)
    flash(_("Here is your new link. The one before does nothing any more.") if had else _("Here is your link."))
    return redirect(url_for(".show"))

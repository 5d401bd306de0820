"""One's showcase: which medals others see first, and in which order."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm

from portal.access import volunteers
from portal.domain import awarding, catalogue, showcase
from portal.domain.badges import VolunteerBadge
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Volunteer
from portal.web import words
from portal.writing import write

screen = Blueprint("showcase", __name__)
DEEDS = {
    "earlier": lambda held: showcase.move(held, -1),
    "later": lambda held: showcase.move(held, 1),
    "out": showcase.remove,
    "in": showcase.add,
}
"""What a button does with the medal that it names."""


class OrderForm(FlaskForm):
    """The medals as they lie, and perhaps a button that was pressed at one of them."""


def me_or_404() -> Volunteer:
    """The volunteer who is signed in."""
    return current_user.volunteer or abort(404)


@screen.get("/showcase")
@volunteers
def index():
    """What is in it, in its order, and what could be."""
    return draw(me_or_404())


@screen.post("/showcase")
@volunteers
def arrange():
    """Does what a button says; without one, takes over the order in which the medals lie."""
    me = me_or_404()
    if not OrderForm().validate_on_submit():
        abort(400)
    deed = next((name for name in DEEDS if name in request.form), None)
    try:
        said = write(lambda: do(me, deed) if deed else take_over(me))
    except NotPossible as refusal:
        return draw(me, error=str(refusal)), 422
    if request.headers.get("HX-Request") == "true":
        return draw(me, said=said)
    return redirect(url_for(".index"))


def do(me: Volunteer, deed: str) -> str:
    """What a button says, and what came of it in words."""
    number = request.form.get(deed, type=int)
    held = awarding.held(me.id, number) if number else None
    if held is None:
        raise NotPossible(_("You don't hold this any more."))
    DEEDS[deed](held)
    if not held.is_showcased:
        return _("%(name)s is out of your showcase.", name=held.badge.name)
    return _("%(name)s is now number %(n)s.", name=held.badge.name, n=words.number(held.showcase_position))


def take_over(me: Volunteer) -> str:
    """The order of the form."""
    showcase.reorder(me.id, request.form.getlist("medal", type=int))
    return _("The order is saved.")


def draw(me: Volunteer, *, said: str | None = None, error: str | None = None) -> str:
    """The page; for htmx the part that changes."""
    shown = showcase.of(me.id)
    in_it = {one.id for one in shown}
    others = [one for one in catalogue.shown_of(me, current_user) if one.id not in in_it]
    return render_template(
        "showcase/_order.html" if request.headers.get("HX-Request") == "true" else "showcase/index.html",
        shown=items(shown),
        others=items(others),
        is_full=len(shown) >= showcase.ROOM,
        profile_url=url_for("profiles.show", volunteer_id=me.id),
        said=said,
        error=error,
    )


def items(medals: Sequence[VolunteerBadge]) -> list[dict]:
    """Medals as the page draws them."""
    today = words.my_today(datetime.now(UTC))
    return [{"badge": one.badge, "on": words.short_day(words.local_date(one.earned_at), today)} for one in medals]

"""Pictures of people: shown to whoever may see them, and one's own put up and taken down.

Nobody sees one without signing in, so that no television shows a child's face.
"""

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import volunteers
from portal.domain import avatars, portraits, privacy
from portal.domain.portraits import LARGEST_FILE
from portal.domain.refusals import FieldRefused
from portal.domain.volunteers import Volunteer
from portal.extensions import limiter
from portal.web import settings
from portal.web.settings import PictureForm
from portal.writing import write

screen = Blueprint("avatars", __name__)
A_DAY = 24 * 3600
HEADERS = {
    "Cache-Control": f"private, max-age={A_DAY}",
    "Content-Disposition": 'inline; filename="picture.webp"',
    "Content-Security-Policy": "default-src 'none'",
}
"""A picture and nothing else, kept for a day by the browser that asked and by nobody between."""


@screen.get("/volunteers/<int:volunteer_id>/avatar/<int:size>/<name>")
@volunteers
def show(volunteer_id: int, size: int, name: str):
    """The picture of somebody whom one may see."""
    who = privacy.seen_by(current_user, volunteer_id) or abort(404)
    content = avatars.shown(who, name, size) or abort(404)
    return Response(content, mimetype="image/webp", headers=HEADERS)


def me_or_404() -> Volunteer:
    """The volunteer who is signed in."""
    return current_user.volunteer or abort(404)


@screen.post("/settings/picture")
@limiter.limit("30 per hour", key_func=lambda: f"picture {current_user.get_id()} {request.remote_addr}")
@volunteers
def update():
    """Puts up a picture; it is drawn anew before anything is written."""
    me, by, now = me_or_404(), current_user._get_current_object(), datetime.now(UTC)
    file = request.files.get("picture")
    try:
        portrait = portraits.drawn(file.read(LARGEST_FILE + 1) if file else b"")
        write(lambda: avatars.keep(me, portrait, by=by, now=now))
    except FieldRefused as error:
        form = PictureForm(formdata=None)
        form.picture.errors = [str(error)]
        return settings.page(picture=form), 422
    flash(_("That is you. Others see it wherever they see your name."))
    return redirect(url_for("settings.show"))


@screen.post("/settings/picture/removal")
@volunteers
def remove():
    """Takes one's picture down."""
    me, by, now = me_or_404(), current_user._get_current_object(), datetime.now(UTC)
    write(lambda: avatars.take_away(me, by=by, now=now))
    flash(_("Your picture is gone. Others see the first letters of your name."))
    return redirect(url_for("settings.show"))

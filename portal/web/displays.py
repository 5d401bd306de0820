"""The televisions: what each shows, when it was last seen, and the link that opens it, shown once."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import segno
from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup
from wtforms import SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from portal.access import admins
from portal.domain import displays, organisation
from portal.domain.displays import Display
from portal.domain.idempotency import OtherContent
from portal.domain.showing import EVERY_BOARD
from portal.extensions import db
from portal.web import moments
from portal.web.asked import existing
from portal.web.fields import Whole, Words, options
from portal.web.writing import ALREADY_SENT, OnceForm, write, write_and_tell

screen = Blueprint("displays", __name__)

BOARD_WORDS = {
    "points/monthly": _l("This month, by points"),
    "points/weekly": _l("This week, by points"),
    "points/all_time": _l("All time, by points"),
    "hours/monthly": _l("This month, by hours"),
    "hours/weekly": _l("This week, by hours"),
    "hours/all_time": _l("All time, by hours"),
    "projects/monthly": _l("This month, by projects"),
    "projects/weekly": _l("This week, by projects"),
    "projects/all_time": _l("All time, by projects"),
}
FIRST_CHOICE = ["points/monthly", "hours/monthly", "points/all_time"]


class DisplayForm(OnceForm):
    """A television."""

    name = Words(_l("Where does it hang?"), [DataRequired(_l("Say where it hangs.")), Length(max=100)])
    boards = SelectMultipleField(
        _l("What it shows"),
        [InputRequired(_l("Choose at least one."))],
        choices=options((name, BOARD_WORDS[name]) for name in BOARD_WORDS if name in EVERY_BOARD),
    )
    seconds = Whole(
        _l("Seconds for each"),
        [
            InputRequired(_l("Say how long each stays.")),
            NumberRange(5, 600, _l("Between 5 seconds and ten minutes, please.")),
        ],
        default=20,
    )


@screen.get("/displays")
@admins
def index():
    """All televisions."""
    now, zone = datetime.now(UTC), organisation.zone()
    return render_template("displays/index.html", displays=[about(one, now, zone) for one in displays.every()])


@screen.get("/displays/new")
@admins
def new():
    """An empty form."""
    return render_template("displays/new.html", form=DisplayForm(boards=FIRST_CHOICE))


@screen.post("/displays")
@admins
def create():
    """Adds a television; its link stands on this answer and nowhere else."""
    form = DisplayForm()
    if not form.validate_on_submit():
        return render_template("displays/new.html", form=form), 422
    try:
        display_id, secret = made(form)
    except OtherContent:
        form.name.errors = [ALREADY_SENT]
        return render_template("displays/new.html", form=form), 422
    link = url_for("tv.enter", token=secret, _external=True) if secret else None
    display = db.session.get_one(Display, display_id)
    return render_template("displays/link.html", display=display, link=link, code=link and qr_code(link))


def made(form: DisplayForm) -> tuple[int, str | None]:
    """The display's id and the secret of its link; the same form sent twice is one display, and its link is not said
    again."""
    by, now, secret = current_user._get_current_object(), datetime.now(UTC), ""
    what = {"name": form.name.data, "boards": form.boards.data, "seconds": form.seconds.data}

    def work() -> int:
        nonlocal secret
        display, secret = displays.add(**what, by=by, now=now)
        return display.id

    display_id, mine = write_and_tell(form.key, work, content=what, now=now)
    return display_id, secret if mine else None


@screen.post("/displays/<int:display_id>/revocation")
@admins
def revoke(display_id: int):
    """Ends a display's link, at once."""
    display = existing(Display, display_id)
    by, now = current_user._get_current_object(), datetime.now(UTC)
    write(lambda: displays.revoke(display, by=by, now=now))
    flash(_("The link of “%(name)s” is ended.", name=display.name))
    return redirect(url_for("displays.index"))


def qr_code(text: str) -> Markup:
    """A QR code as SVG that fills its box; made of paths alone."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(
        border=2, omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(drawing)  # noqa: S704 - modules of a QR code, no words of anybody


def about(display: Display, now: datetime, zone: ZoneInfo) -> dict:
    """A display as the list shows it."""
    return {
        "id": display.id,
        "name": display.name,
        "boards": [str(BOARD_WORDS[name]) for name in display.boards if name in BOARD_WORDS],
        "seconds": ngettext("%(num)s second each", "%(num)s seconds each", display.seconds),
        "seen": moments.ago(display.last_seen_at, now, zone),
        "live": display.revoked_at is None,
        "ended": moments.day(display.revoked_at, zone) if display.revoked_at else None,
    }

"""The displays: what each shows, in which order, how many screens show it, and when one was last seen."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import RadioField, SelectField, SelectMultipleField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from portal import catalogues
from portal.access import admins
from portal.domain import displays, organisation, screens, showing
from portal.domain.displays import CHOSEN, LONGEST, SHORTEST, Display, Theme
from portal.domain.idempotency import OtherContent
from portal.domain.screens import Screen
from portal.extensions import db
from portal.web import moments, words
from portal.web.asked import existing
from portal.web.fields import Whole, Words, options
from portal.web.screens import LinkForm, link_page
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
PANEL_WORDS = BOARD_WORDS | {
    "teams/points/monthly": _l("Teams this month, by points"),
    "teams/points/monthly/per-head": _l("Teams this month, by points per head"),
    "teams/hours/monthly": _l("Teams this month, by hours"),
    "teams/hours/monthly/per-head": _l("Teams this month, by hours per head"),
    "teams/points/all_time": _l("Teams of all time, by points"),
    "teams/points/all_time/per-head": _l("Teams of all time, by points per head"),
    "teams/hours/all_time": _l("Teams of all time, by hours"),
    "teams/hours/all_time/per-head": _l("Teams of all time, by hours per head"),
    showing.GOALS: _l("Shared goals, below the boards"),
    showing.MEDALS: _l("Latest medals, beside the boards"),
    showing.JOIN: _l("A code for one's phone, beside the boards"),
}
FIRST_CHOICE = ["points/monthly", "hours/monthly", "points/all_time", showing.GOALS, showing.MEDALS, showing.JOIN]


class Panels(SelectMultipleField):
    """What a display shows, in the order in which it is sent; what is chosen stands first."""

    def iter_choices(self):
        """The choices, those that are chosen first, in their order."""
        chosen = list(self.data or ())
        place = {name: number for number, name in enumerate(chosen)}
        return iter(sorted(super().iter_choices(), key=lambda one: place.get(one.value, len(place))))

    def move(self, name: str) -> None:
        """Puts one a place further up."""
        chosen = list(dict.fromkeys(self.data or ()))
        if name in chosen and (at := chosen.index(name)):
            chosen[at - 1 : at + 1] = [name, chosen[at - 1]]
        self.data = chosen


class DisplayForm(OnceForm):
    """What a display is called, and what it shows."""

    name = Words(_l("Where does it hang?"), [DataRequired(_l("Say where it hangs.")), Length(max=100)])
    panels = Panels(
        _l("What it shows, in this order"),
        [InputRequired(_l("Choose at least a board or the goals."))],
        choices=options((name, PANEL_WORDS[name]) for name in PANEL_WORDS if name in showing.EVERY_PANEL),
    )
    seconds = Whole(
        _l("Seconds for each"),
        [
            InputRequired(_l("Say how long each stays.")),
            NumberRange(SHORTEST, LONGEST, _l("Between 5 seconds and ten minutes, please.")),
        ],
        default=20,
    )
    theme = RadioField(
        _l("Colours"),
        choices=options([(Theme.DARK.value, _l("Dark")), (Theme.LIGHT.value, _l("Light"))]),
        default=Theme.DARK.value,
    )
    language = SelectField(_l("Language"), [Optional()], choices=[], default="")

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self.panels.data = list(dict.fromkeys(self.panels.data or ()))
        known = languages()
        if len(known) > 1:
            self.language.choices = options([("", _("That of the portal")), *known])
        else:
            del self.language

    def validate_panels(self, field) -> None:
        """Something has to take turns."""
        if not set(field.data).intersection(showing.TURNING):
            raise ValidationError(_("Choose at least a board or the goals."))

    @property
    def chosen(self) -> dict:
        """What a display is made of."""
        said = {name: self[name].data for name in CHOSEN if name in self}
        return said | ({"language": said["language"] or None} if "language" in said else {})


def languages() -> list[tuple[str, str]]:
    """The languages of the portal, each by its own name."""
    return [(code, catalogues.own_name(code)) for code in catalogues.offered()]


@screen.get("/displays")
@admins
def index():
    """All displays."""
    now, zone, known = datetime.now(UTC), organisation.zone(), screens.by_display()
    told = [about(one, known.get(one.id, []), now, zone) for one in displays.every()]
    return render_template("displays/index.html", displays=told)


@screen.get("/displays/new")
@admins
def new():
    """An empty form."""
    return render_template("displays/new.html", form=DisplayForm(panels=FIRST_CHOICE))


@screen.post("/displays")
@admins
def create():
    """Adds a display; its link stands on this answer and nowhere else."""
    form = DisplayForm()
    if moved := request.form.get("up"):
        form.panels.move(moved)
        return render_template("displays/new.html", form=form)
    if not form.validate_on_submit():
        return render_template("displays/new.html", form=form), 422
    try:
        display_id, secret = made(form)
    except OtherContent:
        form.name.errors = [ALREADY_SENT]
        return render_template("displays/new.html", form=form), 422
    return link_page(db.session.get_one(Display, display_id), secret)


def made(form: DisplayForm) -> tuple[int, str | None]:
    """The display's id and the secret of its link; the same form sent twice is one display, and its link is not said
    again."""
    by, now, secret = current_user._get_current_object(), datetime.now(UTC), ""

    def work() -> int:
        nonlocal secret
        display, secret = displays.add(**form.chosen, by=by, now=now)
        return display.id

    display_id, mine = write_and_tell(form.key, work, content=form.chosen, now=now)
    return display_id, secret if mine else None


@screen.get("/displays/<int:display_id>")
@admins
def show(display_id: int):
    """A display: what it shows now, on which screens, and what one can change."""
    display = existing(Display, display_id)
    chosen = {name: getattr(display, name) for name in CHOSEN}
    return display_page(display, DisplayForm(formdata=None, **chosen | {"language": display.language or ""}))


@screen.post("/displays/<int:display_id>")
@admins
def update(display_id: int):
    """Changes what a display shows; televisions that are on follow by themselves."""
    display, form = existing(Display, display_id), DisplayForm()
    if moved := request.form.get("up"):
        form.panels.move(moved)
        return display_page(display, form)
    if display.revoked_at is not None or not form.validate_on_submit():
        return display_page(display, form), 422
    by, now = current_user._get_current_object(), datetime.now(UTC)
    write(lambda: displays.change(display, form.chosen, by=by, now=now))
    flash(_("“%(name)s” is saved. Its screens follow within a few seconds.", name=display.name))
    return redirect(url_for("displays.show", display_id=display.id))


def display_page(display: Display, form: DisplayForm) -> str:
    """The page of a display."""
    now, zone = datetime.now(UTC), organisation.zone()
    told = about(display, screens.by_display().get(display.id, []), now, zone)
    return render_template("displays/show.html", display=told, form=form, link=LinkForm(formdata=None))


@screen.post("/displays/<int:display_id>/revocation")
@admins
def revoke(display_id: int):
    """Ends a display, at once."""
    display = existing(Display, display_id)
    by, now = current_user._get_current_object(), datetime.now(UTC)
    write(lambda: displays.revoke(display, by=by, now=now))
    flash(_("“%(name)s” is ended.", name=display.name))
    return redirect(url_for("displays.index"))


def about(display: Display, known: Sequence[Screen], now: datetime, zone: ZoneInfo) -> dict:
    """A display as the list shows it."""
    on = screens.on(known, now)
    seen = max((one.last_seen_at for one in known if one.last_seen_at), default=None)
    return {
        "id": display.id,
        "name": display.name,
        "panels": [str(PANEL_WORDS[name]) for name in display.panels if name in PANEL_WORDS],
        "seconds": ngettext("%(num)s second each", "%(num)s seconds each", display.seconds),
        "looks": looks(display),
        "seen": moments.ago(seen, now, zone),
        "on": ngettext("%(num)s screen is on", "%(num)s screens are on", on) if on else None,
        "live": display.revoked_at is None,
        "ended": moments.day(display.revoked_at, zone) if display.revoked_at else None,
    }


def looks(display: Display) -> str:
    """'Dark', 'Light, Português'."""
    said = [_("Light") if display.theme == Theme.LIGHT else _("Dark")]
    if display.language:
        said.append((Locale.parse(display.language).get_display_name(get_locale()) or "").capitalize())
    return words.listed(said)

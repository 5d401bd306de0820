"""One's own settings: picture, how others see one, name and the rest about oneself, day or night; and the ways to what
else is one's own. Whoever is no volunteer has a name and a language."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import available_timezones

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import DateField, FileField, HiddenField, RadioField, SelectField
from wtforms.validators import DataRequired, Length, Optional

from portal.access import volunteers
from portal.domain import particulars
from portal.domain.particulars import ABOUT, LONGEST_NAME, LONGEST_NICKNAME, SEEN, Change
from portal.domain.refusals import FieldRefused
from portal.domain.volunteers import Visibility, Volunteer, first_name_initial
from portal.jobs.queue import ring
from portal.web import how_seen, words
from portal.web.asked import is_part
from portal.web.displays import languages
from portal.web.fields import Name, options
from portal.web.page import Link, as_person
from portal.writing import write

screen = Blueprint("settings", __name__)
WAYS = [
    (Visibility.FULL_NAME.value, _l("With my full name")),
    (Visibility.FIRST_NAME_INITIAL.value, _l("With my first name and an initial")),
    (Visibility.NICKNAME.value, _l("With a nickname")),
    (Visibility.UNLISTED.value, _l("Not at all: in no list, on no board")),
]


class PictureForm(FlaskForm):
    """A picture of oneself."""

    picture = FileField(_l("Picture"), [DataRequired()])


class PrivacyForm(FlaskForm):
    """How others see one."""

    visibility = RadioField(_l("How do others see you?"), choices=options(WAYS))
    nickname = Name(_l("Nickname"), [Length(max=LONGEST_NICKNAME)])
    version = HiddenField()


class AboutForm(FlaskForm):
    """Who one is, and by which calendar and in which language one reads."""

    name = Name(_l("Name"), [DataRequired(_l("What are you called?")), Length(max=LONGEST_NAME)])
    birth_date = DateField(_l("Birth date"), [Optional()])
    time_zone = SelectField(_l("Time zone"))
    language = SelectField(_l("Language"))
    version = HiddenField()

    def offer(self, me: Volunteer | None) -> "AboutForm":
        """Without what is not theirs to say, or has only one answer."""
        if me is None or me.birth_date is not None:
            del self.birth_date
        if me is None:
            del self.time_zone
        else:
            self.time_zone.choices = zones(me.time_zone)
        if len(known := languages()) > 1:
            self.language.choices = options([("", _("That of the portal")), *known])
        else:
            del self.language
        return self

    @property
    def wanted(self) -> dict:
        """What was typed, by field."""
        return {name: self[name].data or None for name in ABOUT if name in self}


@cache
def by_area() -> dict[str, list[tuple[str, str]]]:
    """The time zones of the world by continent: 'Europe' has ('Europe/Lisbon', 'Lisbon')."""
    found: dict[str, list] = defaultdict(list)
    for name in sorted(available_timezones()):
        area, _slash, place = name.partition("/")
        if place and area not in ("Etc", "SystemV", "US"):
            found[area].append((name, place.replace("_", " ")))
    return {"UTC": [("UTC", "UTC")], **found}


def zones(own: str) -> dict:
    """Those to choose from, and in any case one's own."""
    areas = by_area()
    if own not in {name for places in areas.values() for name, _place in places}:
        areas = {own: [(own, own)], **areas}
    return {area: options(places) for area, places in areas.items()}


def me_or_404() -> Volunteer:
    """The volunteer who is signed in."""
    return current_user.volunteer or abort(404)


@screen.get("/settings")
@volunteers
def show():
    """All of it on one page."""
    return page()


@screen.post("/settings/about")
@volunteers
def about():
    """Keeps name, time zone, language, and once the birth date."""
    form, me, now = AboutForm().offer(current_user.volunteer), current_user.volunteer, datetime.now(UTC)
    by, wanted = current_user._get_current_object(), form.wanted
    if not form.validate_on_submit():
        return page(about=form), 422

    def work() -> None:
        if me is not None:
            particulars.change(me, Change(wanted, form.version.data or ""), by=by, now=now)
        own = {name: wanted[name] for name in ("name", "language") if name in wanted}
        particulars.change_user(by, own, by=by, now=now)

    return kept(work, form) or (page(about=form), 422)


@screen.post("/settings/privacy")
@volunteers
def privacy():
    """Keeps how others see one; boards follow in a few seconds."""
    me, form, now = me_or_404(), PrivacyForm(), datetime.now(UTC)
    by, asked = current_user._get_current_object(), Change(said(form), form.version.data or "")
    if not form.validate_on_submit():
        return page(privacy=form), 422
    return kept(lambda: particulars.change(me, asked, by=by, now=now), form) or (page(privacy=form), 422)


@screen.post("/settings/privacy/preview")
@volunteers
def preview():
    """How others would see one; nothing is kept."""
    me, form = me_or_404(), PrivacyForm()
    seen = seen_by(form, me) if form.validate_on_submit() else None
    if is_part():
        return render_template("settings/_preview.html", **sight(seen or me))
    return page(privacy=form, seen=seen), 200 if seen else 422


def kept(work: Callable, form: FlaskForm):
    """Does it and goes back to the page; None where it is refused, which the form then says."""
    try:
        write(work)
    except FieldRefused as error:
        form[error.field].errors = [str(error)]
        return None
    ring("boards.refresh_boards")
    flash(_("It is kept."))
    return redirect(url_for(".show"))


def said(form: PrivacyForm) -> dict:
    """What was chosen."""
    return {"nickname": form.nickname.data or None, "visibility": form.visibility.data}


def seen_by(form: PrivacyForm, me: Volunteer) -> Volunteer:
    """Oneself as others would see one with that."""
    return particulars.as_seen(me, **said(form))


def page(
    *,
    picture: PictureForm | None = None,
    privacy: PrivacyForm | None = None,
    about: AboutForm | None = None,
    seen: Volunteer | None = None,
) -> str:
    """The page; forms that came back are drawn as they were sent."""
    me = current_user.volunteer
    given = {"about": about or about_form(me), "born": born(me), "ways": ways(me)}
    if me is not None:
        given |= {"picture": picture or PictureForm(formdata=None), "privacy": privacy or privacy_form(me)}
        given |= {"person": as_person(me), "names": names(me), **sight(seen or me)}
    return render_template("settings/show.html", **given)


def about_form(me: Volunteer | None) -> AboutForm:
    """With what is known."""
    who = me or current_user
    form = AboutForm(formdata=None, **{name: getattr(who, name, None) or "" for name in ABOUT if name != "birth_date"})
    form.offer(me)
    form.version.data = particulars.version(who, tuple(form.wanted))
    return form


def privacy_form(me: Volunteer) -> PrivacyForm:
    """With what holds."""
    form = PrivacyForm(formdata=None, nickname=me.nickname or "", visibility=me.visibility)
    form.version.data = particulars.version(me, SEEN)
    return form


def sight(seen: Volunteer) -> dict:
    """What the preview is given."""
    return {"sight": how_seen.sight(seen, datetime.now(UTC)), "title": how_seen.title(seen)}


def names(me: Volunteer) -> dict[str, str]:
    """Under which name each choice shows one."""
    return {Visibility.FULL_NAME.value: me.name, Visibility.FIRST_NAME_INITIAL.value: first_name_initial(me.name)}


def born(me: Volunteer | None) -> str | None:
    """The birth date that was given, in words."""
    day: date | None = me.birth_date if me else None
    return words.long_day(day) if day else None


def ways(me: Volunteer | None) -> list[tuple[Link, str]]:
    """The ways to what else is one's own, each with a line about it."""
    leaving = (Link(_("Leave"), url_for("leaving.index")), _("For a while, or for good"))
    signing_in = (
        Link(_("Signing in"), url_for("my_sign_in.index")),
        _("Password, second step, where you are signed in"),
    )
    if me is None:
        return [signing_in, leaving]
    return [
        signing_in,
        (Link(_("What comes by e-mail"), url_for("notifications.preferences")), _("Which news, and how often")),
        (Link(_("Pauses"), url_for("pauses.index")), _("Your streak waits for you")),
        (Link(_("Your page"), url_for("profiles.show", volunteer_id=me.id)), _("As others see it")),
        (Link(_("Invite a friend"), url_for("inviting.show")), _("By a link of your own")),
        (Link(_("Your data"), url_for("own_data.index")), _("All of it, to take along")),
        leaving,
    ]

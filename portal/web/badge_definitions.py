"""Making and changing a badge: its medal is drawn as one chooses."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from portal.access import admins
from portal.domain import defining
from portal.domain.badges import Badge, BadgeCategory, Rarity
from portal.domain.defining import MOST_POINTS, NameTaken
from portal.domain.refusals import NotPossible
from portal.web.asked import existing
from portal.web.definitions import held_words
from portal.web.enamel import enamel
from portal.web.fields import Paragraph, Whole, Words, options
from portal.web.icon_words import ICONS
from portal.web.medals import ICON_OF_CATEGORY, ICONS_TO_CHOOSE
from portal.web.writing import write

screen = Blueprint("badge_definitions", __name__)

CATEGORIES = [
    (BadgeCategory.TIME.value, _l("Time")),
    (BadgeCategory.PROJECTS.value, _l("Projects")),
    (BadgeCategory.SKILLS.value, _l("Skills")),
    (BadgeCategory.TRAINING.value, _l("Training")),
    (BadgeCategory.LEADERSHIP.value, _l("Leadership")),
    (BadgeCategory.SPECIAL.value, _l("Special")),
]
RARITIES = [
    (Rarity.COMMON.value, _l("Common")),
    (Rarity.RARE.value, _l("Rare")),
    (Rarity.EPIC.value, _l("Epic")),
    (Rarity.LEGENDARY.value, _l("Legendary")),
]
SWATCHES = [
    ("#4CAF50", _l("Leaf green")),
    ("#00897B", _l("Sea green")),
    ("#2196F3", _l("Sky blue")),
    ("#1565C0", _l("Deep blue")),
    ("#3F51B5", _l("Indigo")),
    ("#9C27B0", _l("Purple")),
    ("#AD1457", _l("Berry")),
    ("#E53935", _l("Red")),
    ("#C0563B", _l("Brick")),
    ("#FF9800", _l("Orange")),
]
OWN = "own"
COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Drawn:
    """A medal as it is being chosen."""

    name: str
    category: str
    rarity: str
    color: str
    icon: str | None
    picture: str | None = None


class BadgeForm(FlaskForm):
    """A badge. Its colour is one of the swatches, or any other."""

    name = Words(_l("Name"), [DataRequired(_l("Give it a name.")), Length(max=100)])
    description = Paragraph(
        _l("In a sentence, to the person who earned it"),
        [DataRequired(_l("Say in a sentence what it stands for.")), Length(max=500)],
    )
    category = RadioField(_l("Category gives the shape"), choices=options(CATEGORIES), default="special")
    rarity = RadioField(_l("Rarity gives the metal"), choices=options(RARITIES), default="common")
    color = RadioField(_l("Enamel"), choices=options([*SWATCHES, (OWN, _l("Another"))]), default="#4CAF50")
    own_color = StringField(_l("Another colour"), default="#4CAF50")
    icon = RadioField(_l("Icon"), choices=options((name, ICONS[name]) for name in ICONS_TO_CHOOSE), default="star")
    points_value = Whole(
        _l("Points"),
        [
            InputRequired(_l("Say how many points it brings; 0 is possible.")),
            NumberRange(0, MOST_POINTS, _l("This must be between 0 and 100,000.")),
        ],
        default=10,
    )
    is_secret = BooleanField(_l("Secret until it is earned"))

    def validate_own_color(self, field):
        """A colour is #rrggbb and nothing else."""
        if self.color.data == OWN and not COLOR.fullmatch(field.data or ""):
            raise ValidationError(_("A colour looks like #1F5B3A."))

    @property
    def chosen_color(self) -> str:
        """The colour that holds."""
        return (self.own_color.data if self.color.data == OWN else self.color.data) or ""

    def values(self) -> dict:
        """What is to be saved."""
        names = ("name", "description", "category", "rarity", "icon", "points_value", "is_secret")
        return {name: getattr(self, name).data for name in names} | {"color": self.chosen_color}


def form_for(badge: Badge | None) -> BadgeForm:
    """The form: as it was sent, or filled with a badge, or empty."""
    return filled(badge) if badge and request.method == "GET" else BadgeForm()


def filled(badge: Badge) -> BadgeForm:
    """The form as a badge stands."""
    form = BadgeForm(formdata=None, obj=badge)
    form.color.data = next((value for value, _name in SWATCHES if value == badge.color), OWN)
    form.own_color.data = badge.color or "#4CAF50"
    if badge.icon not in ICONS_TO_CHOOSE:
        form.icon.data = ICON_OF_CATEGORY[badge.category]
    return form


@screen.get("/definitions/badges/new")
@admins
def new():
    """An empty form."""
    return page(form_for(None))


@screen.post("/definitions/badges")
@admins
def create():
    """Makes a badge."""
    return save(None)


@screen.get("/definitions/badges/<int:badge_id>")
@admins
def edit(badge_id: int):
    """The form of a badge."""
    badge = existing(Badge, badge_id)
    return page(form_for(badge), badge)


@screen.post("/definitions/badges/<int:badge_id>")
@admins
def update(badge_id: int):
    """Changes a badge."""
    return save(existing(Badge, badge_id))


@screen.get("/definitions/medal")
@admins
def medal():
    """The medal as it is being chosen."""
    return render_template("definitions/_medal.html", drawn=drawn(BadgeForm(request.args, meta={"csrf": False})))


@screen.post("/definitions/badges/<int:badge_id>/retirement")
@admins
def retire(badge_id: int):
    """From now on nobody is given it; who holds it keeps it."""
    return activate(existing(Badge, badge_id), False)


@screen.post("/definitions/badges/<int:badge_id>/return")
@admins
def bring_back(badge_id: int):
    """It can be earned again."""
    return activate(existing(Badge, badge_id), True)


@screen.post("/definitions/badges/<int:badge_id>/deletion")
@admins
def delete(badge_id: int):
    """Deletes a badge that nobody ever had."""
    badge = existing(Badge, badge_id)
    name, by, now = badge.name, current_user._get_current_object(), datetime.now(UTC)
    try:
        write(lambda: defining.delete_badge(badge, by=by, now=now))
    except NotPossible as error:
        return page(filled(badge), badge, refusal=str(error)), 409
    flash(_("“%(name)s” is deleted.", name=name))
    return redirect(url_for("definitions.index"))


def save(badge: Badge | None):
    """Writes what the form says, or shows it again with what is wrong."""
    form = form_for(badge)
    if request.form.get("show"):
        return page(form, badge)
    if not form.validate_on_submit():
        return page(form, badge), 422
    by, now = current_user._get_current_object(), datetime.now(UTC)
    try:
        saved = write(lambda: defining.save_badge(badge or Badge(), form.values(), by=by, now=now))
    except NameTaken as error:
        form.name.errors = [str(error)]
        return page(form, badge), 422
    flash(_("“%(name)s” is saved.", name=saved.name))
    return redirect(url_for("definitions.index"))


def activate(badge: Badge, active: bool):
    """Retires a badge or brings it back."""
    by, now = current_user._get_current_object(), datetime.now(UTC)
    write(lambda: defining.set_active(badge, active, by=by, now=now))
    words = _("“%(name)s” can be earned again.") if active else _("“%(name)s” is retired. Who holds it keeps it.")
    flash(words % {"name": badge.name})
    return redirect(url_for("definitions.index"))


def drawn(form: BadgeForm) -> Drawn:
    """The medal that the form describes so far; whatever is not known yet is left to the drawing's fallbacks."""
    return Drawn(
        name=form.name.data or _("A new medal"),
        category=form.category.data if form.category.data in list(BadgeCategory) else "special",
        rarity=form.rarity.data if form.rarity.data in list(Rarity) else "common",
        color=form.chosen_color,
        icon=form.icon.data or "star",
    )


def page(form: BadgeForm, badge: Badge | None = None, refusal: str | None = None) -> str:
    """The page around the form."""
    return render_template(
        "definitions/badge.html",
        form=form,
        badge=badge,
        drawn=drawn(form),
        held=held_words(defining.holders().get(badge.id, 0)) if badge else None,
        refusal=refusal,
        swatches={value: enamel(value).body for value, _name in SWATCHES},
        shapes={value: Drawn("", value, "common", "", None) for value, _name in CATEGORIES},
    )

"""The form of an achievement: what it asks for follows its kind, and leaves out what cannot change any more."""

from datetime import datetime
from decimal import Decimal

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from portal.domain import defining
from portal.domain.achievements import Achievement, AchievementType, days
from portal.domain.achievements.kinds import KINDS, kind_for, kind_of
from portal.domain.defining import MOST_POINTS
from portal.web.condition_fields import MATCHES, ConditionList
from portal.web.fields import Number, Paragraph, Whole, Words, options
from portal.web.starter_words import translated

CONDITIONS = "conditions"
"""How the form calls what is made of conditions; the domain knows two sorts of custom ones."""
KIND_WORDS = [
    (AchievementType.HOURS_LOGGED.value, _l("Hours")),
    (AchievementType.PROJECTS_COMPLETED.value, _l("Projects completed")),
    (AchievementType.TASKS_COMPLETED.value, _l("Tasks completed")),
    (AchievementType.TRAININGS_COMPLETED.value, _l("Trainings completed")),
    (AchievementType.SKILLS_ACQUIRED.value, _l("Skills")),
    (AchievementType.CONSECUTIVE_DAYS.value, _l("Days in a row")),
    (AchievementType.VOLUNTEER_REFERRED.value, _l("People brought along")),
    (CONDITIONS, _l("Several things together")),
    (AchievementType.CUSTOM.value, _l("Given by hand")),
]
UNITS = {
    AchievementType.HOURS_LOGGED: _l("hours"),
    AchievementType.PROJECTS_COMPLETED: _l("projects"),
    AchievementType.TASKS_COMPLETED: _l("tasks"),
    AchievementType.TRAININGS_COMPLETED: _l("trainings"),
    AchievementType.SKILLS_ACQUIRED: _l("skills"),
    AchievementType.CONSECUTIVE_DAYS: _l("days in a row"),
    AchievementType.VOLUNTEER_REFERRED: _l("people brought along"),
}
TELL, QUIETLY, FROM_NOW = "tell", "quietly", "from_now"
KEYS = {kind: getattr(KINDS[kind], "key", days.KEY) for kind in UNITS}
STARTS = [
    (TELL, _l("Whoever has done it holds it, and is told")),
    (QUIETLY, _l("Whoever has done it holds it; nobody gets a message")),
    (FROM_NOW, _l("It counts from now on; what was done before does not")),
]


class AchievementForm(FlaskForm):
    """An achievement. `amount` and `certified`, or `match` and `conditions`, are what its kind asks for."""

    achievement_type = SelectField(_l("Kind"), choices=options(KIND_WORDS))
    amount = Number(_l("How many"), default=Decimal(10))
    certified = BooleanField(_l("Only certified skills count"), default=True)
    match = RadioField(_l("What is needed"), choices=options(MATCHES), default="all")
    conditions = ConditionList()
    is_repeatable = BooleanField(_l("It can be earned again and again"))
    name = Words(_l("Name"), [DataRequired(_l("Give it a name.")), Length(max=100)])
    description = Paragraph(
        _l("What to do for it, in a sentence"),
        [DataRequired(_l("Say in a sentence what to do for it.")), Length(max=500)],
    )
    points_reward = Whole(
        _l("Points"),
        [
            InputRequired(_l("Say how many points it brings; 0 is possible.")),
            NumberRange(0, MOST_POINTS, _l("This must be between 0 and 100,000.")),
        ],
        default=25,
    )
    badge_id = SelectField(_l("Medal"), coerce=int)
    tracks_progress = BooleanField(_l("Show people how far they have come"), default=True)
    is_secret = BooleanField(_l("Secret until it is earned"))
    start = RadioField(_l("Who has done it already"), choices=options(STARTS), default=TELL)
    also_before = BooleanField(_l("Count what was done before, too"))

    def criteria(self, kind: str) -> dict:
        """The criteria that were typed, for the domain to check."""
        if kind == CONDITIONS:
            return {"match": self.match.data, "conditions": self.conditions.criteria()}
        if kind == AchievementType.CUSTOM:
            return {"by_hand": True}
        given = {KEYS[kind]: self.amount.data}
        return given | {"certified": self.certified.data} if kind == AchievementType.SKILLS_ACQUIRED else given

    def values(self, kind: str, now: datetime) -> dict:
        """What is to be saved. Raises CriteriaRefused."""
        names = ("name", "description", "points_reward", "is_repeatable", "tracks_progress", "is_secret")
        values = {name: getattr(self, name).data for name in names if name in self}
        type_ = AchievementType.CUSTOM.value if kind == CONDITIONS else kind
        values |= {"achievement_type": type_, "criteria": kept(type_, self.criteria(kind))}
        values["badge_id"] = self.badge_id.data or None
        if self.start.data == FROM_NOW:
            values["counts_from"] = now
        elif self.also_before and self.also_before.data:
            values["counts_from"] = None
        return values


def kept(kind: str, criteria: dict) -> dict:
    """The criteria as JSON keeps them. Raises CriteriaRefused."""
    kind_for(kind, criteria).check(criteria)
    return plain(criteria)


def plain(value):
    """Criteria with their numbers as JSON has them: whole where they are whole."""
    match value:
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case list():
            return [plain(one) for one in value]
        case Decimal():
            return int(value) if value == int(value) else float(value)
        case _:
            return value


def kind_in_form(achievement: Achievement) -> str:
    """What the form calls the kind of an achievement."""
    return CONDITIONS if "conditions" in achievement.criteria else achievement.achievement_type


def form_for(achievement: Achievement | None) -> AchievementForm:
    """The form: as it was sent, or filled with an achievement, or empty. What cannot change any more is left out."""
    if achievement and request.method == "GET":
        return filled(achievement)
    form = AchievementForm()
    return prepared(form, achievement)


def filled(achievement: Achievement) -> AchievementForm:
    """The form as an achievement stands."""
    asked = achievement.criteria.get("conditions", ())
    conditions = [{"tag": ""} | one | {"at_least": Decimal(str(one["at_least"]))} for one in asked]
    form = AchievementForm(formdata=None, obj=achievement, data={"conditions": conditions})
    form.match.data = achievement.criteria.get("match", "all")
    if achievement.achievement_type != AchievementType.CUSTOM:
        form.amount.data = Decimal(kind_of(achievement).target(achievement.criteria)) / 100
        form.certified.data = achievement.criteria.get("certified", True)
    form.badge_id.data = achievement.badge_id or 0
    return prepared(form, achievement)


def prepared(form: AchievementForm, achievement: Achievement | None) -> AchievementForm:
    """The form with its choices, and without the fields that this achievement has no use for."""
    carried = achievement.badge_id if achievement else None
    badges = [one for one in defining.badges() if one.is_active or one.id == carried]
    form.badge_id.choices = options([(0, _("No medal")), *((one.id, translated(one.name)) for one in badges)])
    kind = kind_in_form(achievement) if achievement else form.achievement_type.data
    if kind in (AchievementType.CUSTOM, CONDITIONS):
        del form.amount, form.certified
    if kind == CONDITIONS:
        del form.is_repeatable
    else:
        del form.match, form.conditions
    if achievement is not None:
        del form.achievement_type
        form.start.choices = options(STARTS[:2])
    if achievement is None or achievement.counts_from is None:
        del form.also_before
    return form

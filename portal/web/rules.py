"""What each type of activity brings: changed here, and computed in an example by the very code that pays."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Optional

from portal.access import admins
from portal.domain import defining, points
from portal.domain.activities import EventType
from portal.domain.defining import RULE_FIELDS
from portal.domain.points import PointRule
from portal.domain.refusals import FieldRefused
from portal.extensions import db
from portal.web import words
from portal.web.fields import Number
from portal.web.writing import write

screen = Blueprint("rules", __name__)

TITLES = {
    EventType.HOURS_LOGGED: _l("Hours"),
    EventType.TASK_COMPLETED: _l("Tasks"),
    EventType.PROJECT_COMPLETED: _l("Projects"),
    EventType.TRAINING_COMPLETED: _l("Trainings"),
    EventType.SKILL_CERTIFIED: _l("Certified skills"),
    EventType.VOLUNTEER_REFERRED: _l("People brought along"),
}
PER_UNIT = {
    EventType.HOURS_LOGGED: _l("points an hour"),
    EventType.TASK_COMPLETED: _l("points a step of complexity (1 to 5)"),
    EventType.PROJECT_COMPLETED: _l("points a project"),
    EventType.TRAINING_COMPLETED: _l("points a training"),
    EventType.SKILL_CERTIFIED: _l("points a skill"),
    EventType.VOLUNTEER_REFERRED: _l("points a person"),
}
DAYS = {
    EventType.HOURS_LOGGED: (("0.5",), ("2",), ("8",), ("2", "3.5", "4")),
    EventType.TASK_COMPLETED: (("1",), ("3",), ("5",), ("2", "3", "5")),
}
"""What is done in the days of an example; of everything else one, two, and five."""
OTHER_DAYS = (("1",), ("1",) * 2, ("1",) * 5)


@dataclass(frozen=True)
class ExampleDay:
    """A day in an example: what was done, how it adds up, and what the day pays."""

    done: str
    sum: str
    pays: int


class RuleForm(FlaskForm):
    """One rule. The domain says what makes sense."""

    per_unit = Number(_l("Points a unit"), [InputRequired(_l("Say how many points it brings; 0 is possible."))])
    minimum = Number(_l("At least, each time"), [Optional()])
    maximum = Number(_l("At most, each time"), [Optional()])
    daily_cap = Number(_l("At most a day"), [Optional()])

    def values(self) -> dict:
        """What is to be saved; limits that are empty are None."""
        return {name: getattr(self, name).data for name in RULE_FIELDS}


@screen.get("/rules")
@admins
def index():
    """All six."""
    found = points.rules()
    return render_template("rules/index.html", rules=[about(found[kind]) for kind in EventType])


@screen.get("/rules/<event_type>")
@admins
def edit(event_type: str):
    """The form of one."""
    rule = rule_or_404(event_type)
    return page(RuleForm(obj=rule), rule)


@screen.post("/rules/<event_type>")
@admins
def update(event_type: str):
    """Changes one, for what is recorded from now on."""
    rule, form = rule_or_404(event_type), RuleForm()
    if request.form.get("show"):
        return page(form, rule)
    if not form.validate_on_submit() or not saved(form, rule):
        return page(form, rule), 422
    flash(_("Saved. It holds for what is recorded from now on."))
    return redirect(url_for("rules.index"))


@screen.get("/rules/<event_type>/example")
@admins
def example(event_type: str):
    """What days would pay by what is typed so far."""
    rule, form = rule_or_404(event_type), RuleForm(request.args, meta={"csrf": False})
    return render_template("rules/_example.html", days=example_days(event_type, form), **about(rule))


def rule_or_404(event_type: str) -> PointRule:
    """The rule of this type of activity."""
    return db.session.get_one(PointRule, event_type) if event_type in list(EventType) else abort(404)


def saved(form: RuleForm, rule: PointRule) -> bool:
    """Whether it could be saved; otherwise the reason stands at its field."""
    by, now = current_user._get_current_object(), datetime.now(UTC)
    try:
        write(lambda: defining.save_rule(rule, form.values(), by=by, now=now))
    except FieldRefused as error:
        form[error.field].errors = [str(error)]
        return False
    return True


def page(form: RuleForm, rule: PointRule) -> str:
    """The page around the form."""
    unit = str(PER_UNIT[EventType(rule.event_type)])
    form.per_unit.label.text = unit[:1].upper() + unit[1:]
    days = example_days(rule.event_type, form)
    return render_template("rules/show.html", form=form, days=days, **about(rule))


def about(rule: PointRule) -> dict:
    """A rule in words."""
    kind = EventType(rule.event_type)
    return {
        "event_type": kind.value,
        "title": TITLES[kind],
        "unit": PER_UNIT[kind],
        "per_unit": words.number(rule.per_unit),
        "limits": limits(rule),
    }


def limits(rule: PointRule) -> str:
    """The limits of a rule in a sentence."""
    found = []
    if rule.minimum is not None:
        found.append(_("at least %(n)s each time", n=words.number(rule.minimum)))
    if rule.maximum is not None:
        found.append(_("at most %(n)s each time", n=words.number(rule.maximum)))
    if rule.daily_cap is not None:
        found.append(_("at most %(n)s a day", n=words.number(rule.daily_cap)))
    said = words.listed(found)
    return said[:1].upper() + said[1:] if said else _("No limits")


def example_days(event_type: str, form: RuleForm) -> list[ExampleDay] | None:
    """What days would pay by these numbers; None while they make no sense."""
    values = form.values()
    try:
        defining.refuse_rule(values)
    except FieldRefused:
        return None
    if values["per_unit"] is None or any(getattr(form, name).process_errors for name in RULE_FIELDS):
        return None
    rule = PointRule(event_type=event_type, **values)
    return [example_day(rule, day) for day in DAYS.get(EventType(event_type), OTHER_DAYS)]


def example_day(rule: PointRule, quantities: tuple[str, ...]) -> ExampleDay:
    """One day, priced as a whole."""
    prices = [rule.price(Decimal(one)) for one in quantities]
    return ExampleDay(
        done=done_words(rule.event_type, quantities),
        sum=" + ".join(format_decimal(price, "#,##0.####") for price in prices),
        pays=rule.day(prices),
    )


def done_words(event_type: str, quantities: tuple[str, ...]) -> str:
    """What was done on a day: '2 hours, then 3.5 hours', 'a task of complexity 3', '2 projects'."""
    numbers = [Decimal(one) for one in quantities]
    if event_type == EventType.HOURS_LOGGED:
        each = [ngettext("%(n)s hour", "%(n)s hours", words.plural(n), n=words.number(n)) for n in numbers]
        return words.listed(each)
    if event_type == EventType.TASK_COMPLETED:
        return _("Complexity %(n)s", n=words.listed(words.number(n) for n in numbers))
    return {
        EventType.PROJECT_COMPLETED: ngettext("%(num)s project", "%(num)s projects", len(numbers)),
        EventType.TRAINING_COMPLETED: ngettext("%(num)s training", "%(num)s trainings", len(numbers)),
        EventType.SKILL_CERTIFIED: ngettext("%(num)s skill", "%(num)s skills", len(numbers)),
        EventType.VOLUNTEER_REFERRED: ngettext("%(num)s person", "%(num)s people", len(numbers)),
    }[EventType(event_type)]

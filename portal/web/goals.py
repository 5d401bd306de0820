"""Shared goals: for everybody those that run and those that were reached; made, changed and put away by admins."""

from datetime import UTC, date, datetime
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import DateField, SelectField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.validators import Optional as MayBeEmpty

from portal.access import admins, volunteers
from portal.domain import goals, organisation, teams
from portal.domain.accounts import Role
from portal.domain.goals import LONGEST_TITLE, Goal, Wanted
from portal.domain.idempotency import OtherContent
from portal.domain.leaderboards import LeaderboardType
from portal.domain.refusals import FieldRefused, NotPossible
from portal.jobs.queue import ring
from portal.web import goal_words, words
from portal.web.asked import as_id, existing
from portal.web.fields import Number, Words, options
from portal.web.writing import ALREADY_SENT, OnceForm, write, write_once

screen = Blueprint("goals", __name__)
EVERYBODY = ""


class GoalForm(OnceForm):
    """What is to be reached together, by whom, and in which time."""

    title = Words(
        _l("What is the goal called?"),
        [DataRequired(_l("A goal needs a name.")), Length(max=LONGEST_TITLE, message=_l("Too long."))],
    )
    metric = SelectField(_l("What counts"), choices=options(goal_words.METRICS.items()))
    target = Number(_l("How much"), [InputRequired(_l("A number above 0, please, and at most a billion."))])
    team_id = SelectField(_l("Whose goal"), validate_choice=False)
    first_on = DateField(_l("First day"), [InputRequired(_l("From which day on?"))])
    last_on = DateField(_l("Last day"), [MayBeEmpty()])

    def offer(self, goal: Goal | None = None) -> "GoalForm":
        """With the teams that there are; the one that a goal has, in any case."""
        known = [(team.id, team.name) for team in teams.living()]
        if goal is not None and goal.team_id is not None and goal.team_id not in dict(known):
            known.append((goal.team_id, _("A team that is retired")))
        self.team_id.choices = options([(EVERYBODY, _("Everybody’s")), *known])
        return self

    def wanted(self) -> Wanted:
        """What was typed. Raises FieldRefused for a team that is none."""
        team_id = as_id(self.team_id.data)
        if self.team_id.data and team_id is None:
            raise FieldRefused("team_id", _("There is no such team any more."))
        return Wanted(
            title=self.title.data,
            metric=LeaderboardType(self.metric.data),
            target=self.target.data,
            team_id=team_id,
            first_on=self.first_on.data,
            last_on=self.last_on.data,
        )


@screen.get("/goals")
@volunteers
def index():
    """Those that run, those that were reached; for admins all."""
    now, viewer = datetime.now(UTC), current_user._get_current_object()
    today = organisation.today(now)
    return render_template(
        "goals/index.html",
        running=goal_words.in_words(goals.running(now, viewer=viewer), today),
        reached=goal_words.in_words(goals.reached(now, viewer=viewer), today),
        all_goals=[entry(goal, team, today) for goal, team in goals.every()] if viewer.may(Role.ADMIN) else None,
    )


def entry(goal: Goal, team: str | None, today: date) -> dict:
    """A goal in the list of admins."""
    ended = goal.ended_at is not None
    return {
        "id": goal.id,
        "title": goal.title,
        "note": " · ".join(part for part in (figure(goal), team, span(goal)) if part),
        "state": _("put away") if ended else state(goal, today),
        "ended": ended,
    }


def figure(goal: Goal) -> str:
    """'612 of 1,000 hours'; without figures only what it takes."""
    return goal_words.done(goal.metric, max(goal.value or Decimal(0), Decimal(0)), goal.target)


def span(goal: Goal) -> str:
    """'1 January 2026 to 31 December 2026'."""
    first = words.long_day(goal.first_on)
    if goal.last_on is None:
        return _("from %(first)s on", first=first)
    return _("%(first)s to %(last)s", first=first, last=words.long_day(goal.last_on))


def state(goal: Goal, today: date) -> str:
    """How it stands."""
    if goal.reached_on is not None:
        return _("reached")
    if goal.first_on > today:
        return _("to come")
    return _("over") if goal.last_on is not None and goal.last_on < today else _("running")


@screen.get("/goals/new")
@admins
def new():
    """An empty form, for this year."""
    today = organisation.today(datetime.now(UTC))
    year = {"first_on": today.replace(month=1, day=1), "last_on": today.replace(month=12, day=31)}
    return page(GoalForm(formdata=None, metric=LeaderboardType.HOURS, team_id=EVERYBODY, **year))


@screen.get("/goals/preview")
@admins
def preview():
    """How far it would be today, by what is typed so far."""
    form = GoalForm(request.args, meta={"csrf": False})
    return render_template("goals/_preview.html", preview=so_far(form))


@screen.post("/goals")
@admins
def create():
    """Makes a goal; the same form sent twice is one goal."""
    form, by, now = GoalForm().offer(), current_user._get_current_object(), datetime.now(UTC)
    if "show" in request.form:
        return page(form)
    if not form.validate_on_submit():
        return page(form), 422
    try:
        wanted = form.wanted()
        write_once(form.key, lambda: goals.make(wanted, by=by, now=now).id, content=goals.plain(wanted), now=now)
    except FieldRefused as refusal:
        form[refusal.field].errors = [str(refusal)]
        return page(form), 422
    except OtherContent:
        form.title.errors = [ALREADY_SENT]
        return page(form), 422
    return saved()


@screen.get("/goals/<int:goal_id>")
@admins
def edit(goal_id: int):
    """A goal, to be changed."""
    goal = existing(Goal, goal_id)
    given = {name: getattr(goal, name) for name in goals.FIELDS} | {"team_id": str(goal.team_id or EVERYBODY)}
    return page(GoalForm(formdata=None, **given), goal)


@screen.post("/goals/<int:goal_id>")
@admins
def update(goal_id: int):
    """Makes another goal of it."""
    goal = existing(Goal, goal_id)
    form, by, now = GoalForm().offer(goal), current_user._get_current_object(), datetime.now(UTC)
    if "show" in request.form:
        return page(form, goal)
    if not form.validate_on_submit():
        return page(form, goal), 422
    try:
        wanted = form.wanted()
        write(lambda: goals.alter(goal, wanted, by=by, now=now))
    except FieldRefused as refusal:
        form[refusal.field].errors = [str(refusal)]
        return page(form, goal), 422
    except NotPossible as refusal:
        form.title.errors = [str(refusal)]
        return page(form, goal), 409
    return saved()


@screen.post("/goals/<int:goal_id>/ending")
@admins
def end(goal_id: int):
    """Puts it away."""
    goal, by, now = existing(Goal, goal_id), current_user._get_current_object(), datetime.now(UTC)
    write(lambda: goals.end(goal, by=by, now=now))
    flash(_("“%(title)s” is put away.", title=goal.title))
    return redirect(url_for("goals.index"))


def saved():
    """Says so, and has it looked at once more: others may have written meanwhile."""
    ring("boards.refresh_boards")
    flash(_("Saved."))
    return redirect(url_for("goals.index"))


def page(form: GoalForm, goal: Goal | None = None) -> str:
    """The page around the form."""
    return render_template("goals/form.html", form=form.offer(goal), goal=goal, preview=so_far(form))


def so_far(form: GoalForm) -> str | None:
    """'Today it would be 612 of 1,000 hours.'; None while it makes no sense."""
    typed = (
        form.title.data is not None,
        form.target.data,
        form.first_on.data,
        form.metric.data in set(LeaderboardType),
    )
    if not all(typed):
        return None
    try:
        wanted = form.wanted()
        goals.refuse_team(wanted)
        goals.refuse(wanted)
    except FieldRefused:
        return None
    value = goals.value_of(wanted)
    if value is None:
        return _("This team shows no figures: they are fewer than three.")
    return _("Today it would be %(done)s.", done=goal_words.done(wanted.metric, max(value, Decimal(0)), wanted.target))

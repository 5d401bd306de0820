"""Thanks by hand: points or a badge, to one or several, once however often it is sent; and taking a badge back."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import RadioField, SelectField
from wtforms.validators import DataRequired, Length

from portal.access import coordinators
from portal.domain import awarding, conferring, points, volunteers
from portal.domain.achievements import Achievement, Completion
from portal.domain.activities import group
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.idempotency import OtherContent
from portal.domain.refusals import FieldRefused, NotPossible
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.jobs.queue import ring
from portal.web import choosing, words
from portal.web.asked import as_id, existing, go_on, ids_of, is_part
from portal.web.choosing import Choice, ChoosingForm, chosen, suggested
from portal.web.fields import Paragraph, Whole, Words, options
from portal.web.starter_words import translated
from portal.web.writing import OnceForm, write_once
from portal.writing import write

screen = Blueprint("awards", __name__)
POINTS, BADGE, ACHIEVEMENT = "points", "badge", "achievement"
KINDS = options([(POINTS, _l("Points")), (BADGE, _l("A badge")), (ACHIEVEMENT, _l("An achievement"))])


class AwardForm(ChoosingForm, OnceForm):
    """What to give and why. To whom stands beside it: chips with ids."""

    kind = RadioField(_l("What to award"), choices=KINDS, default=POINTS)
    points = Whole(_l("Points each"))
    badge = SelectField(_l("Which badge"), coerce=lambda value: as_id(str(value)) or 0)
    achievement = SelectField(_l("Which achievement"), coerce=lambda value: as_id(str(value)) or 0, default=0)
    reason = Words(
        _l("Why"), validators=[DataRequired(_l("Say why: they read it.")), Length(max=300, message=_l("Too long."))]
    )
    note = Words(_l("A note beside it"), validators=[Length(max=300, message=_l("Too long."))])

    def fill(self) -> None:
        """Offers the badges and achievements that can be given; without any achievement there is no word of them."""
        query = select(Badge).where(Badge.is_active).order_by(Badge.name)
        choices = [(one.id, badge_label(one)) for one in db.session.scalars(query)]
        self.badge.choices = options([("", _("Choose …")), *choices])
        can_confer = conferring.choices()
        self.achievement.choices = options(
            [("", _("Choose …")), *((one.id, translated(one.name)) for one in can_confer)]
        )
        self.kind.choices = KINDS if can_confer else KINDS[:2]
        for field in (self.points, self.badge, self.achievement):
            field.flags.required = True

    def validate(self, extra_validators=None) -> bool:
        """Whether there is something to give, and why; what is not being given does not matter."""
        missing = {
            POINTS: _("How many? A whole number, such as 25."),
            BADGE: _("Choose a badge."),
            ACHIEVEMENT: _("Choose an achievement."),
        }
        for kind, text in missing.items():
            field = self[kind]
            if kind != self.kind.data:
                field.process_errors = []
            elif not field.data and not field.process_errors:
                field.process_errors = [text]
        return super().validate(extra_validators)

    def content(self, recipients: Collection[int]) -> dict:
        """What a retry has to repeat to be one."""
        what = {self.kind.data: self[self.kind.data].data}
        return what | {"reason": self.reason.data, "note": self.note.data, "to": sorted(recipients)}


class RevocationForm(FlaskForm):
    """Why a badge is taken back."""

    reason = Paragraph(
        _l("Why?"),
        validators=[DataRequired(_l("Say why: it stays in the record.")), Length(max=500, message=_l("Too long."))],
    )


def badge_label(badge: Badge) -> str:
    """'Night Owl (secret), 50 points'."""
    name = _("%(name)s (secret)", name=translated(badge.name)) if badge.is_secret else translated(badge.name)
    return _("%(name)s, %(points)s", name=name, points=words.points(badge.points_value))


@screen.get("/awards/new")
@coordinators
def new():
    """The form; `to` in the address names whom it is for."""
    form = AwardForm(formdata=None, badge=as_id(request.args.get("badge")) or 0)
    if form.badge.data:
        form.kind.data = BADGE
    return shown(form, Choice(chosen(request.args.getlist("to"))))


@screen.get("/awards/suggestions")
@coordinators
def suggestions():
    """Who fits what is being typed, but for those who are chosen already and oneself."""
    mine = [current_user.volunteer_id] if current_user.volunteer_id else []
    found = suggested(request.args.get("query", ""), but=[*ids_of(request.args.getlist("recipients")), *mine])
    return render_template("desk/_suggestions.html", suggestions=found)


@screen.post("/awards")
@coordinators
def create():
    """Gives it to everybody or, if that cannot be, to nobody. Searching, adding, taking out redraw the form."""
    form = AwardForm()
    choice, only_choosing = choosing.choose(form, but_oneself=True)
    form.fill()
    if "drop" in request.form:
        choice.people = [one for one in choice.people if one.id not in holders(form, choice)]
    if only_choosing:
        return shown(form, choice), choice.status
    if not choice.people:
        choice.problem = _("Nobody is chosen yet. Type a part of a name.")
    if not form.validate() or choice.problem:
        return shown(form, choice), 422
    now, ids = datetime.now(UTC), choice.ids
    try:
        answer = write_once(form.key, lambda: give(form, ids, now), content=form.content(ids), now=now)
    except (NotPossible, OtherContent) as refusal:
        return refused(form, Choice(chosen(request.form.getlist("recipients"))), refusal), 422
    ring("boards.refresh_boards")
    tell(answer)
    if answer.get("batch"):
        return go_on(url_for("batches.show", batch_id=answer["batch"]))
    return go_on(url_for("volunteers.show", volunteer_id=answer["to"][0]))


def holders(form: AwardForm, choice: Choice) -> set[int]:
    """Who of them holds the badge already that would be given."""
    badge_id = form.badge.data if form.kind.data == BADGE else 0
    return awarding.holders_among(badge_id, choice.ids) if badge_id and choice.people else set()


def refused(form: AwardForm, choice: Choice, refusal: Exception) -> str:
    """The form again, with why it cannot be so."""
    if isinstance(refusal, FieldRefused):
        form[refusal.field].errors = [str(refusal)]
    elif not isinstance(refusal, OtherContent):
        choice.problem = str(refusal)
    else:
        form.idempotency_key.data = type(form)(formdata=None).idempotency_key.data
        choice.problem = _(
            "You sent this before, with something else in it, and that stands. Send it again to give this as well."
        )
    return shown(form, choice)


def give(form: AwardForm, ids: Collection[int], now: datetime) -> dict:
    """One transaction, everybody locked in order of id. What it answers holds ids and numbers, nothing personal."""
    by, people = current_user._get_current_object(), awarding.in_order(volunteers.by_ids(ids).values())
    badge = db.session.get(Badge, form.badge.data) if form.kind.data == BADGE else None
    achievement = db.session.get(Achievement, form.achievement.data) if form.kind.data == ACHIEVEMENT else None
    reason = " ".join(part for part in (form.reason.data, form.note.data) if part)
    batch = group(form.reason.data, size=len(people), by=by, now=now).id if len(people) > 1 else None
    for one in people:
        if achievement is not None:
            conferring.confer(achievement, to=one, by=by, reason=reason, now=now, batch_id=batch)
        elif badge is not None:
            awarding.grant(badge, to=one, by=by, reason=reason, now=now, batch_id=batch)
        else:
            words_too = {"reason": form.reason.data, "note": form.note.data}
            awarding.award(form.points.data, to=one, by=by, now=now, batch_id=batch, **words_too)
    totals = [points.balance_of(one.id).total_points for one in people]
    what = {"badge": badge and badge.id, "achievement": achievement and achievement.id}
    return {"to": [one.id for one in people], "totals": totals, "batch": batch} | what


def tell(answer: dict) -> None:
    """Says what they have now: 'Mele now has 1,270 points.'"""
    ids, badge = answer["to"], answer["badge"]
    if len(ids) > 1:
        return flash(_("Thanked: %(people)s.", people=words.people(len(ids))))
    name, total = db.session.get_one(Volunteer, ids[0]).name, words.points(answer["totals"][0])
    if answer["achievement"] is not None:
        what = db.session.get_one(Achievement, answer["achievement"]).name
        return flash(_("%(name)s now has %(what)s, and %(points)s.", name=name, what=what, points=total))
    if badge is None:
        return flash(_("%(name)s now has %(points)s.", name=name, points=total))
    medal = db.session.get_one(Badge, badge).name
    return flash(_("%(name)s now holds %(badge)s, and has %(points)s.", name=name, badge=medal, points=total))


@screen.post("/completions/<int:completion_id>/revocation")
@coordinators
def take_back(completion_id: int):
    """Takes an achievement back that was conferred by hand, with what it brought."""
    given = existing(Completion, completion_id)
    if given.given_by_id is None:
        abort(404)
    work = partial(conferring.take_back, given, by=current_user._get_current_object())
    told = _("%(what)s was taken back, with what it brought.", what=translated(given.achievement.name))
    return taken_back(given.volunteer_id, work, told)


@screen.post("/volunteer-badges/<int:held_id>/revocation")
@coordinators
def revoke(held_id: int):
    """Takes a badge back, with its points."""
    held = existing(VolunteerBadge, held_id)
    work = partial(awarding.revoke, held, by=current_user._get_current_object())
    told = _("%(badge)s was taken back, with its points.", badge=translated(held.badge.name))
    return taken_back(held.volunteer_id, work, told)


def taken_back(volunteer_id: int, work: Callable, told: str):
    """Takes something back for the reason that was given, and says so on the person's page."""
    form, now = RevocationForm(), datetime.now(UTC)
    place = url_for("volunteers.show", volunteer_id=volunteer_id)
    if not form.validate_on_submit():
        flash(form.reason.errors[0] if form.reason.errors else _("Nothing was changed."), "error")
        return redirect(place)
    try:
        write(lambda: work(reason=form.reason.data, now=now))
    except NotPossible as refusal:
        flash(str(refusal), "error")
    else:
        ring("boards.refresh_boards")
        flash(told)
    return redirect(place)


def shown(form: AwardForm, choice: Choice) -> str:
    """The page around the form, or for htmx the form alone."""
    return render_template("desk/_award.html" if is_part() else "awards/new.html", **award_form(form, choice))


def award_form(form: AwardForm, choice: Choice) -> dict:
    """What desk/_award.html is given."""
    form.fill()
    limit, each = awarding.limit_of(current_user), form.points.data or 0
    have_it = holders(form, choice)
    return choosing.given(choice) | {
        "form": form,
        "holders": have_it,
        "holders_words": ngettext(
            "%(n)s of them has it already.",
            "%(n)s of them have it already.",
            len(have_it),
            n=words.number(len(have_it)),
        ),
        "limit": words.number(limit) if limit is not None else None,
        "total_words": total_words(len(choice.people), each) if form.kind.data == POINTS else "",
        "by": current_user.name,
    }


def total_words(people: int, each: int) -> str:
    """'4 people, 25 points each, 100 in all'."""
    if not people:
        return ""
    parts = {"people": words.people(people), "points": words.points(each), "all": words.number(people * each)}
    return _("%(people)s, %(points)s each, %(all)s in all", **parts)

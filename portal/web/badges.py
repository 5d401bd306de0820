"""The medal wall; a page for each medal (see medal_page); its drawing; and putting it into one's showcase."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import SelectField

from portal.access import volunteers
from portal.domain import aims, awarding, catalogue, points, showcase
from portal.domain.aims import Aim
from portal.domain.badges import Badge, BadgeCategory, VolunteerBadge
from portal.domain.catalogue import Held, Rareness
from portal.domain.refusals import NotPossible
from portal.web import medal_page, missing, words
from portal.web.medals import medal_svg
from portal.web.page import Link
from portal.web.starter_words import translated
from portal.writing import write

screen = Blueprint("badges", __name__)
ORDER = (
    *(BadgeCategory.TIME, BadgeCategory.PROJECTS, BadgeCategory.SKILLS),
    *(BadgeCategory.TRAINING, BadgeCategory.LEADERSHIP, BadgeCategory.SPECIAL),
)


class ShowcaseForm(FlaskForm):
    """Into the showcase, or out of it."""

    shown = SelectField(choices=["yes", "no"], default="yes")


@dataclass(frozen=True, slots=True)
class Hung:
    """A medal on the wall. `drawn` says whether in metal or as an outline."""

    badge: Badge
    held: bool
    drawn: bool
    share: float | None
    rarity_words: str
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """The medals of a category."""

    category: str
    title: str
    words: str
    badges: list[Hung]


@screen.get("/badges")
@volunteers
def index():
    """The wall."""
    now = datetime.now(UTC)
    all_hung = hang(now)
    wanted = request.args.get("show", "")
    shown = [one for one in all_hung if wanted not in ("earned", "open") or one.held == (wanted == "earned")]
    return render_template(
        "badges/index.html",
        heading=_("The medal wall"),
        lede=lede(all_hung),
        filters=filters(all_hung, wanted),
        groups=groups(shown),
    )


def hang(now: datetime) -> list[Hung]:
    """Every medal that whoever looks may know of."""
    held = {one.badge_id: one for one in catalogue.held_by(current_user.volunteer_id)}
    today = words.my_today(now)
    run = missing.run_now(points.find_balance(current_user.volunteer_id), today)
    every_aim, rareness = aims.of(current_user, held), catalogue.rareness(now)
    return [
        hung(badge, held.get(badge.id), aims.leading_to(every_aim, badge)[:1], run, rareness, today)
        for badge in catalogue.wall(current_user, held)
    ]


def hung(badge: Badge, held: Held | None, ways: Sequence[Aim], run: int, rareness: Rareness, today: date) -> Hung:
    """One medal."""
    measured = next((one for one in ways if one.is_measured), None)
    if held is not None:
        note = _("Earned %(day)s", day=earned_on(held, today))
    else:
        note = what_it_takes(ways[0], run) if ways else _("A coordinator gives it")
    return Hung(
        badge=badge,
        held=held is not None,
        drawn=held is not None or current_user.volunteer_id is None,
        share=measured.share if measured else None,
        rarity_words=" · ".join((words.rarity(badge.rarity), how_rare(badge, rareness))),
        note=note,
    )


def what_it_takes(aim: Aim, run: int) -> str:
    """'24 more hours'; for whoever is no volunteer '100 hours'."""
    if current_user.volunteer_id is None and aim.is_measured:
        return missing.amount(aim.achievement.achievement_type, aim.target)
    return missing.short(aim, run)


def earned_on(held: Held, today: date) -> str:
    """'15 August', with the year if it was another."""
    return day_of(words.local_date(held.earned_at), today)


@words.by_language
def day_of(day: date, today: date) -> str:
    """'15 August', with the year if it was another."""
    return words.day_and_month(day) if day.year == today.year else words.long_day(day)


def how_rare(badge: Badge, rareness: Rareness) -> str:
    """'held by 41%'; of a secret medal only that it is one."""
    if badge.is_secret:
        return _("secret")
    holders = rareness.holders.get(badge.id, 0)
    return _("held by %(share)s", share=words.per_cent(holders, rareness.of)) if holders else _("held by nobody yet")


def lede(hung: Sequence[Hung]) -> str:
    """How many are one's own."""
    mine = sum(one.held for one in hung)
    rest = len(hung) - mine
    if current_user.volunteer_id is None:
        return ngettext("%(n)s medal that can be earned.", "%(n)s medals that can be earned.", rest, n=rest)
    if not mine:
        return _("All of them are waiting. The first hour earns the first one.")
    yours = ngettext("%(n)s is yours.", "%(n)s are yours.", mine, n=mine)
    waiting = ngettext("%(n)s is waiting.", "%(n)s are waiting.", rest, n=rest)
    return f"{yours} {waiting}" if rest else _("All of them are yours.")


def filters(hung: Sequence[Hung], wanted: str) -> list[Link]:
    """All, earned, not yet; none of them for whoever is no volunteer."""
    if current_user.volunteer_id is None:
        return []
    mine = sum(one.held for one in hung)
    labels = {
        "": _("All %(n)s", n=len(hung)),
        "earned": _("Earned %(n)s", n=mine),
        "open": _("Not yet %(n)s", n=len(hung) - mine),
    }
    current = wanted if wanted in labels else ""
    return [Link(text, url_for(".index", show=key or None), current=key == current) for key, text in labels.items()]


def groups(hung: Sequence[Hung]) -> list[Group]:
    """By category, without empty ones."""
    about = {
        BadgeCategory.TIME: _("Hours that you gave"),
        BadgeCategory.PROJECTS: _("Things you saw through to the end"),
        BadgeCategory.SKILLS: _("What you can do, and proved"),
    }
    found = {kind: [one for one in hung if one.badge.category == kind] for kind in ORDER}
    return [Group(kind, words.category(kind), about.get(kind, ""), some) for kind, some in found.items() if some]


def badge_or_404(badge_id: int) -> Badge:
    """The badge, if it exists for whoever looks."""
    return catalogue.find(badge_id, current_user) or abort(404)


@screen.get("/badges/<int:badge_id>")
@volunteers
def show(badge_id: int):
    """One medal."""
    older = request.args.get("older", type=int)
    return medal_page.draw(badge_or_404(badge_id), datetime.now(UTC), older=older)


@screen.get("/badges/<int:badge_id>/medal.svg")
@volunteers
def medal(badge_id: int):
    """Its drawing as a file."""
    badge = badge_or_404(badge_id)
    drawing = medal_svg(
        category=badge.category,
        rarity=badge.rarity,
        color=badge.color or "",
        icon=badge.icon,
        title=translated(badge.name),
    )
    return Response(drawing, mimetype="image/svg+xml")


@screen.post("/badges/<int:badge_id>/showcase")
@volunteers
def arrange(badge_id: int):
    """Puts a medal that one holds into one's showcase, or takes it out."""
    held = awarding.held(current_user.volunteer_id, badge_id) if current_user.volunteer_id else None
    form = ShowcaseForm()
    if held is None:
        abort(404)
    if not form.validate_on_submit():
        abort(400)
    try:
        write(lambda: showcase.add(held) if form.shown.data == "yes" else showcase.remove(held))
    except NotPossible as refusal:
        return medal_page.draw_showcase(held.badge, datetime.now(UTC), error=str(refusal)), 422
    return answer(held)


def answer(held: VolunteerBadge):
    """The button anew for htmx; otherwise the page where the showcase can be seen."""
    if request.headers.get("HX-Request") == "true":
        return medal_page.draw_showcase(held.badge, datetime.now(UTC))
    flash(_("It is in your showcase.") if held.is_showcased else _("It is out of your showcase."))
    return redirect(url_for(".show", badge_id=held.badge_id))

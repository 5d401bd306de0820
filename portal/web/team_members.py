"""Who is in a team, for coordinators: put in one by one or by a pasted list, and taken out again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.access import coordinators
from portal.domain import members, teams
from portal.domain.refusals import NotPossible
from portal.domain.teams import Team
from portal.domain.volunteers import Status, Volunteer
from portal.jobs.queue import ring
from portal.web import choosing, words
from portal.web.asked import existing, go_on, ids_of, is_part
from portal.web.choosing import Choice, ChoosingForm, chosen, person, suggested
from portal.web.page import Person
from portal.web.writing import write

screen = Blueprint("team_members", __name__)
ROWS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who is in the team."""

    person: Person
    note: str


@screen.get("/teams/<int:team_id>/members")
@coordinators
def index(team_id: int):
    """Who is in it, and the form for more."""
    return page(existing(Team, team_id), ChoosingForm(formdata=None), Choice([]))


@screen.get("/teams/<int:team_id>/members/suggestions")
@coordinators
def suggestions(team_id: int):
    """Who fits what is being typed."""
    existing(Team, team_id)
    found = suggested(request.args.get("query", ""), but=ids_of(request.args.getlist("recipients")))
    return render_template("desk/_suggestions.html", suggestions=found)


@screen.post("/teams/<int:team_id>/members")
@coordinators
def create(team_id: int):
    """Puts everybody who is chosen in. A list is looked up first, and shown; so are those who are searched for."""
    team, form = existing(Team, team_id), ChoosingForm()
    choice, only_choosing = choosing.choose(form)
    if only_choosing:
        return page(team, form, choice), choice.status
    if not choice.people:
        choice.problem = _("Nobody is chosen yet. Type a part of a name.")
    if not form.validate() or choice.problem:
        return page(team, form, choice), 422
    by, now = current_user._get_current_object(), datetime.now(UTC)
    try:
        new = write(lambda: members.put_in(team, choice.ids, by=by, now=now))
    except NotPossible as refusal:
        again = Choice(chosen(request.form.getlist("recipients")), problem=str(refusal))
        return page(existing(Team, team_id), form, again), 422
    ring("boards.refresh_boards")
    flash(told(len(new), len(choice.people)))
    return go_on(url_for("team_members.index", team_id=team_id))


def told(new: int, all_: int) -> str:
    """'12 people were put in. Already in it: 2 people.'"""
    put_in = ngettext("%(n)s person was put in.", "%(n)s people were put in.", new, n=words.number(new))
    already = _("Already in it: %(people)s.", people=words.people(all_ - new))
    return " ".join([put_in] * bool(new) + [already] * (new < all_))


@screen.post("/teams/<int:team_id>/members/<int:volunteer_id>/departure")
@coordinators
def take_out(team_id: int, volunteer_id: int):
    """Takes somebody out."""
    team, one = existing(Team, team_id), existing(Volunteer, volunteer_id)
    by, now = current_user._get_current_object(), datetime.now(UTC)
    gone = write(lambda: members.take_out(team, one, by=by, now=now))
    ring("boards.refresh_boards")
    name = one.name or _("Former volunteer")
    flash(_("%(name)s is out of the team.", name=name) if gone else _("%(name)s was not in it.", name=name))
    return redirect(url_for("team_members.index", team_id=team_id))


def page(team: Team, form: ChoosingForm, choice: Choice) -> str:
    """The page around the form, or for htmx the form alone."""
    given = {"team": team, "form": form} | choosing.given(choice)
    return render_template("teams/_add.html", **given) if is_part() else whole(team, given)


def whole(team: Team, given: dict) -> str:
    """The page with who is in it, by name."""
    after = max(request.args.get("after", 0, type=int), 0) % 10**9
    found = teams.members(team, after=after, limit=ROWS + 1)
    here = url_for("team_members.index", team_id=team.id)
    return render_template(
        "teams/members.html",
        **given,
        entries=[entry(one, since) for one, since in found[:ROWS]],
        previous_url=f"{here}?after={max(after - ROWS, 0)}" if after else None,
        next_url=f"{here}?after={after + ROWS}" if len(found) > ROWS else None,
    )


def entry(one: Volunteer, since: datetime) -> Entry:
    """Somebody who is in it."""
    note = _("since %(day)s", day=words.long_day(words.local_date(since)))
    return Entry(
        person(one), note if one.status == Status.ACTIVE else _("%(note)s, inactive: does not count", note=note)
    )

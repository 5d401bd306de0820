"""Who is in a team, for coordinators: put in one by one or by a pasted list, and taken out again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms.validators import Length

from portal.access import coordinators
from portal.domain import directory, lookup, members, teams
from portal.domain.lookup import Meant
from portal.domain.refusals import NotPossible
from portal.domain.teams import Team
from portal.domain.volunteers import Status, Volunteer
from portal.jobs.queue import ring
from portal.web import words
from portal.web.asked import existing, go_on, ids_of, is_part
from portal.web.awards import Suggestion, chosen, person, rearranged, suggestion
from portal.web.fields import Paragraph
from portal.web.page import Person
from portal.web.writing import write

screen = Blueprint("team_members", __name__)
ROWS = 100
LONGEST_LIST = 20_000


class MembersForm(FlaskForm):
    """Names or e-mails, one a line. Who is chosen already stands beside it: chips with ids."""

    pasted = Paragraph(_l("Or paste a list"), [Length(max=LONGEST_LIST, message=_l("That is too much at once."))])


@dataclass(frozen=True, slots=True)
class Several:
    """A line that may stand for several, to choose from."""

    text: str
    people: list[Suggestion]


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who is in the team."""

    person: Person
    note: str


@screen.get("/teams/<int:team_id>/members")
@coordinators
def index(team_id: int):
    """Who is in it, and the form for more."""
    return page(existing(Team, team_id), MembersForm(formdata=None), [])


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
    team, form, people = existing(Team, team_id), MembersForm(), chosen(request.form.getlist("recipients"))
    if {"search", "look", "add", "remove"} & request.form.keys() or (form.pasted.data and form.validate()):
        return looked_up(team, form, rearranged(people))
    if not form.validate():
        return page(team, form, people), 422
    if not people:
        return page(team, form, people, problem=_("Nobody is chosen yet. Type a part of a name.")), 422
    by, now = current_user._get_current_object(), datetime.now(UTC)
    try:
        new = write(lambda: members.put_in(team, [one.id for one in people], by=by, now=now))
    except NotPossible as refusal:
        return page(
            existing(Team, team_id), form, chosen(request.form.getlist("recipients")), problem=str(refusal)
        ), 422
    ring("boards.refresh_boards")
    flash(told(len(new), len(people)))
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


def looked_up(team: Team, form: MembersForm, people: list[Volunteer]):
    """The form again: who is meant is among the chosen, what is not decided stands in the list still."""
    valid = form.validate()
    there = {one.id for one in people}
    texts = lookup.lines(form.pasted.data or "") if valid else []
    found = lookup.meant(texts[: lookup.MOST_LINES])
    for one in found:
        if len(one.people) == 1 and one.people[0].id not in there:
            people.append(one.people[0])
            there.add(one.people[0].id)
    open_ = [one for one in found if there.isdisjoint(who.id for who in one.people)]
    if valid:
        form.pasted.data = "\n".join([one.text for one in open_] + texts[lookup.MOST_LINES :])
    sent = not {"search", "look", "add", "remove"} & request.form.keys()
    status = 422 if not valid or (sent and open_) else 200
    query = "" if "add" in request.form else request.form.get("query", "")
    return page(team, form, people, query=query, open_=open_, looked=bool(texts)), status


def suggested(query: str, *, but: Collection[int]) -> list[Suggestion]:
    """Who fits what was typed, but for those who are chosen already."""
    return [suggestion(one) for one in directory.suggested(query, but=but)]


def page(
    team: Team,
    form: MembersForm,
    people: Sequence[Volunteer],
    *,
    query: str = "",
    problem: str | None = None,
    open_: Sequence[Meant] = (),
    looked: bool = False,
) -> str:
    """The page around the form, or for htmx the form alone."""
    found = suggested(query, but=[one.id for one in people])
    nobody = _("Nobody fits “%(query)s”.", query=query) if query.strip() and not found else None
    given = {
        "team": team,
        "form": form,
        "recipients": [person(one) for one in people],
        "query": query,
        "suggestions": found,
        "problem": problem or nobody,
        "several": [Several(one.text, [suggestion(who) for who in one.people]) for one in open_ if one.people],
        "unknown": [one.text for one in open_ if not one.people and not one.inactive],
        "inactive": [one.text for one in open_ if one.inactive],
        "looked": looked,
    }
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

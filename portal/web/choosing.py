"""Choosing people for something: by search as one types, from a pasted list, or a whole team. Who is chosen are chips
with ids; nobody is guessed, and whoever is found in a list is shown before anything is done.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms.validators import Length

from portal.domain import directory, lookup, teams, volunteers
from portal.domain.lookup import Meant
from portal.domain.volunteers import Volunteer
from portal.web import words
from portal.web.asked import as_id, ids_of
from portal.web.fields import Paragraph
from portal.web.page import Person, somebody

MOST_AT_ONCE = 200
LONGEST_LIST = 20_000
BUTTONS = frozenset(("search", "look", "team", "add", "remove", "drop"))
"""What a button is called that only changes who is chosen."""


class ChoosingForm(FlaskForm):
    """A form that is about people; `pasted` holds names, e-mails or numbers, one a line."""

    pasted = Paragraph(_l("Paste a list"), [Length(max=LONGEST_LIST, message=_l("That is too much at once."))])


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who fits what was typed."""

    person: Person
    note: str


@dataclass(frozen=True, slots=True)
class Several:
    """A line that may stand for several, to choose from."""

    text: str
    people: list[Suggestion]


@dataclass(slots=True)
class Choice:
    """Who is chosen, and what was looked for: `open_` are the lines of a list that are not decided yet."""

    people: list[Volunteer]
    query: str = ""
    open_: list[Meant] = field(default_factory=list)
    looked: bool = False
    problem: str | None = None
    but: int | None = None
    status: int = 200

    @property
    def ids(self) -> list[int]:
        """Whose ids they are, in their order."""
        return [one.id for one in self.people]

    def add(self, more: Iterable[Volunteer]) -> None:
        """Adds those who are not among them, as many as there is room for; whom it may not be about is left out."""
        found = list({one.id: one for one in (*self.people, *more) if one.id != self.but}.values())
        self.people, rest = found[:MOST_AT_ONCE], len(found) - MOST_AT_ONCE
        if rest > 0:
            n = words.number(rest)
            self.problem = ngettext(
                "200 fit at once; %(n)s was left out.", "200 fit at once; %(n)s were left out.", rest, n=n
            )


def choose(form: ChoosingForm, *, but_oneself: bool = False) -> tuple[Choice, bool]:
    """Who is chosen after what was sent; and whether that is all, since a button only changed who it is, or a list
    has to be looked at first. `but_oneself` leaves out whoever is signed in."""
    me = current_user.volunteer_id if but_oneself else None
    choice = Choice(chosen(request.form.getlist("recipients")), query=request.form.get("query", ""), but=me)
    pressed = BUTTONS & request.form.keys()
    if not pressed and not form.pasted.data:
        return choice, False
    rearrange(choice)
    look_up(form, choice)
    if not pressed and (choice.open_ or form.pasted.errors):
        choice.status = 422
    return choice, True


def rearrange(choice: Choice) -> None:
    """Adds and takes out whom the button names; a whole team, if it says so."""
    gone = as_id(request.form.get("remove"))
    choice.people = [one for one in choice.people if one.id != gone]
    choice.add(chosen(request.form.getlist("add")))
    if "add" in request.form:
        choice.query = ""
    if "team" in request.form:
        add_team(choice)


def add_team(choice: Choice) -> None:
    """Adds everybody who is in the team and active."""
    team_id = as_id(request.form.get("from_team"))
    found = teams.active_members(team_id, limit=MOST_AT_ONCE * 10) if team_id else []
    if not found:
        choice.problem = _("Choose a team that somebody is in.")
    choice.add(found)


def look_up(form: ChoosingForm, choice: Choice) -> None:
    """Adds whom a list means; what is not decided stays in it."""
    if not form.pasted.validate(form):
        return
    texts = lookup.lines(form.pasted.data or "")
    found = lookup.meant(texts[: lookup.MOST_LINES])
    choice.add(one.people[0] for one in found if len(one.people) == 1)
    there = {*choice.ids, choice.but}
    choice.open_ = [one for one in found if there.isdisjoint(who.id for who in one.people)]
    choice.looked = bool(texts)
    form.pasted.data = "\n".join([one.text for one in choice.open_] + texts[lookup.MOST_LINES :])


def given(choice: Choice) -> dict:
    """What desk/_choose.html is given."""
    found = suggested(choice.query, but=[*choice.ids, *([choice.but] if choice.but else [])])
    nobody = _("Nobody fits “%(query)s”.", query=choice.query) if choice.query.strip() and not found else None
    return {
        "recipients": [person(one) for one in choice.people],
        "query": choice.query,
        "suggestions": found,
        "problem": choice.problem or nobody,
        "several": [Several(one.text, [suggestion(who) for who in one.people]) for one in choice.open_ if one.people],
        "unknown": [one.text for one in choice.open_ if not one.people and not one.inactive],
        "inactive": [one.text for one in choice.open_ if one.inactive],
        "looked": choice.looked,
        "all_teams": teams.living(),
    }


def chosen(texts: Sequence[str]) -> list[Volunteer]:
    """The people with these ids, in their order."""
    ids = ids_of(texts)[:MOST_AT_ONCE]
    found = volunteers.by_ids(ids) if ids else {}
    return [found[number] for number in ids if number in found]


def suggested(query: str, *, but: Collection[int]) -> list[Suggestion]:
    """Who fits what was typed, but for those who are chosen already."""
    return [suggestion(one) for one in directory.suggested(query, but=but)]


def suggestion(one: Volunteer) -> Suggestion:
    """'R-0417, adaeze@example.org' under the name."""
    note = words.listed((one.external_id, one.email))
    return Suggestion(person(one), note or _("number %(n)s", n=one.id))


def person(one: Volunteer) -> Person:
    """Somebody by their full name, as coordinators see them."""
    url = url_for("volunteers.show", volunteer_id=one.id)
    return replace(somebody(one.name, one.id, one.avatar, url), name=one.name or _("Former volunteer"))

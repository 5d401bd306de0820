"""Rows of a board as they are drawn: for a page of a board, a result, a team."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from babel.support import NullTranslations
from flask import Blueprint, get_template_attribute, request
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from portal.domain import catalogue, places
from portal.domain.badges import Badge
from portal.domain.earlier import Before
from portal.domain.places import Place
from portal.extensions import babel
from portal.web import words
from portal.web.addresses import url_for
from portal.web.page import Person, somebody

PODIUM = 3
MEDALS = 3
KEPT_ROWS = 2048
UNKNOWN = Before({}, 1)
"""Of what is over, nothing is said about the day before."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A row of a board; see components/standing_row.html. `gap` says that places before it are left out."""

    rank: int
    place: str
    change: int | str | None
    value: str
    person: Person
    medals: tuple[Badge, ...]
    mine: bool = False
    words: str = ""
    shared: bool = False
    gap: bool = False


def offer(screen: Blueprint) -> None:
    """Lets templates say `standings | standing_rows`."""
    screen.add_app_template_filter(standing_rows)


def standing_rows(standings: Sequence[Standing]) -> Markup:
    """Rows as they are drawn, see components/standing_row.html: for everybody who looks the same. Each is kept within
    this process by all that it says; who hides, or is called otherwise, has no row any more, or another."""
    language, root = babel.domain_instance.get_translations(), request.root_path
    return Markup().join(kept_row(language, root, one) for one in standings)


@lru_cache(maxsize=KEPT_ROWS)
def kept_row(_language: NullTranslations, _root: str, standing: Standing) -> Markup:
    """A row in a language, under the folder in which the portal is served."""
    return get_template_attribute("components/standing_row.html", "standing_row")(standing)


def drawn(people: Sequence[Place], former: Before | None, *, ahead: str = "") -> list[Standing]:
    """Places as rows, with names, changes and medals put on; `ahead` is said in one's own."""
    medals = catalogue.latest_medals(places.ids(people), each=MEDALS) if people else {}
    found = [row(place, former, medals.get(place.volunteer_id, ())) for place in people]
    return [oneself(one, ahead) if one.person.id == current_user.volunteer_id else one for one in found]


def row(place: Place, former: Before | None, medals: Sequence[Badge]) -> Standing:
    """One place as a row, as everybody may see it."""
    who = place.volunteer_id
    return Standing(
        rank=place.rank,
        place=words.number(place.rank),
        change=former.change(who, place.rank) if former and place.position is not None else "",
        value=words.number(place.value),
        person=somebody(place.shown_name, who, place.avatar, url_for("profiles.show", volunteer_id=who)),
        medals=tuple(medals),
    )


def oneself(row: Standing, ahead: str) -> Standing:
    """One's own row; `ahead` says what is missing to the next place."""
    return replace(row, person=replace(row.person, name=_("You")), mine=True, words=ahead)


def with_shared(steps: Iterable[Standing], people: Sequence[Place]) -> list[Standing]:
    """The podium, with a word where others have the same place."""
    ranks = [place.rank for place in people]
    return [replace(step, shared=ranks.count(step.rank) > 1) for step in steps]


def parted(rows: Sequence[Standing]) -> Mapping:
    """The rows above and below oneself, and oneself."""
    number = next((number for number, one in enumerate(rows) if one.mine), len(rows))
    mine = rows[number] if number < len(rows) else None
    return {"above": list(rows[:number]), "mine": mine, "below": list(rows[number + 1 :])}


def medals_in(*rows: Sequence[Standing]) -> list[Badge]:
    """Each badge in these rows once."""
    return list({medal.id: medal for some in rows for row in some for medal in row.medals}.values())

"""Who is meant by a list that somebody has in a mail or a table: names, e-mails, or the organisation's own numbers.

Nothing is guessed: a line stands for somebody, for several among whom a person chooses, or for nobody.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Text, func, or_, select

from portal.database import among
from portal.domain import volunteers
from portal.domain.names import folded
from portal.domain.volunteers import Status, Volunteer
from portal.extensions import db

MOST_LINES = 200
"""How many are looked up at once; those behind them wait for the next time."""
LONGEST_LINE = 254
LINES = re.compile(r"[\r\n\t;]+")
ADDRESS = re.compile(r"[^\s<>,;\"']+@[^\s<>,;\"']+")


@dataclass(frozen=True, slots=True)
class Meant:
    """A line, the active volunteers it may stand for, and whether it is only somebody who is not active any more."""

    text: str
    people: tuple[Volunteer, ...]
    inactive: bool = False


def lines(text: str) -> list[str]:
    """What was pasted, one each: by lines, semicolons and columns; e-mails by commas and spaces, too."""
    parts = []
    for line in LINES.split(text):
        parts += ADDRESS.findall(line) or [" ".join(line.split())]
    return [part for part in dict.fromkeys(parts) if part]


def meant(texts: Iterable[str]) -> list[Meant]:
    """Whom each of these stands for; in a few queries, however many there are."""
    texts = list(texts)
    entries = candidates([one for one in texts if len(one) <= LONGEST_LINE])
    known = volunteers.with_those_behind(entries)
    return [found(text, [known[entry.id] for entry in entries if stands_for(entry, text)], known) for text in texts]


def candidates(texts: list[str]) -> list[Volunteer]:
    """Entries that some line may be. SQLite folds only A to Z, so names are looked for in all usual ways."""
    ways = {way for text in texts for way in (text, text.title(), text.lower(), text.upper())}
    lower = {text.lower() for text in texts}
    query = select(Volunteer).where(
        or_(
            among(Volunteer.email, lower),
            among(Volunteer.external_id, texts),
            among(Volunteer.name, ways),
            among(func.lower(Volunteer.name, type_=Text), lower),
        )
    )
    return list(db.session.scalars(query.order_by(Volunteer.name, Volunteer.id))) if texts else []


def stands_for(entry: Volunteer, text: str) -> bool:
    """Whether a line is this entry's e-mail, number or full name."""
    return text.lower() == entry.email or text == entry.external_id or folded(text) == folded(entry.name)


def found(text: str, entries: list[Volunteer], known: dict[int, Volunteer]) -> Meant:
    """A line, for those whom its entries stand for by now."""
    people = {now.id: now for now in (behind(entry, known) for entry in entries)}
    active = tuple(now for now in people.values() if now.status == Status.ACTIVE)
    return Meant(text, active, inactive=not active and any(now.status == Status.INACTIVE for now in people.values()))


def behind(entry: Volunteer, known: dict[int, Volunteer]) -> Volunteer:
    """Who an entry stands for: itself, or whom it was merged into."""
    while entry.merged_into_id is not None:
        entry = known[entry.merged_into_id]
    return entry

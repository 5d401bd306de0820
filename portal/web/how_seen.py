"""How others would see somebody: the line on the board, the head of the profile, the line on the television; made by
the very code that makes those."""

from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _

from portal.domain import catalogue, earlier, leaderboards, organisation, places, showing
from portal.domain.earlier import Before
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.places import Place
from portal.domain.volunteers import Volunteer, public_name
from portal.web import board_words, pictures, standing_rows, words
from portal.web.page import Person, as_person
from portal.web.standing_rows import MEDALS

FRAMES = (Timeframe.MONTHLY, Timeframe.ALL_TIME)
"""On which board somebody looks for themself: this month's, or, where they are not on it, that of all time."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What others would see; of who is not listed, nothing. `row` is one of a board, `line` one of a television, both
    None for who has no points yet, and where people are not compared."""

    listed: bool
    person: Person
    joined: str
    heading: str = ""
    unit: str = ""
    row: standing_rows.Standing | None = None
    line: dict | None = None
    public: str = ""
    differs: bool = False


def sight(seen: Volunteer, now: datetime) -> Sight:
    """How others would see them (see particulars.as_seen)."""
    public = public_name(seen, organisation.today(now))
    joined = words.month(words.local_date(seen.joined_at))
    plain = Sight(seen.listed, as_person(seen), joined, public=public, differs=public != seen.shown_name)
    return replace(plain, **on_board(seen, public, now)) if seen.listed else plain


def on_board(seen: Volunteer, public: str, now: datetime) -> dict:
    """Their lines; nothing for who is on no board."""
    if not leaderboards.people_are_compared():
        return {}
    for frame in FRAMES:
        board = places.board(LeaderboardType.POINTS, frame)
        if place := places.of(seen, board):
            former = earlier.day_before(board, now)
            row = standing_rows.row(place, former, catalogue.latest_medals([seen.id], each=MEDALS).get(seen.id, ()))
            heading, unit = board_words.heading(board), board_words.unit(board)
            return {"heading": heading, "unit": unit, "row": row, "line": line(place, public, former)}
    return {}


def line(place: Place, public: str, former: Before | None) -> dict:
    """The line of a television."""
    who = place.volunteer_id
    change = former.change(who, place.rank) if former else None
    medal = showing.best_medals([who]).get(who)
    kept = showing.Standing(who, place.rank, change or None, place.value, public, medal)
    return pictures.row(kept)


def title(seen: Volunteer) -> str:
    """What the preview is, in a few words."""
    if not seen.listed:
        return _("Others don’t see you")
    return _("Others see you as %(name)s", name=seen.shown_name)

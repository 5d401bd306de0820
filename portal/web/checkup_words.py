"""What check-ups found, in words: each check, each thing that differs, and both values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from flask_babel import LazyString, format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.domain.doctor import Difference, Remark, news
from portal.web import words
from portal.web.displays import BOARD_WORDS
from portal.web.rules import TITLES


@dataclass(frozen=True)
class Check:
    """Something that is compared: its name, what should hold, and what it means if it does not."""

    title: LazyString
    holds: LazyString
    else_: LazyString


CHECKS = {
    "ledger": Check(
        _l("The ledger"),
        _l("Each row of points belongs to one person, and says what the sum was after it."),
        _l("Something other than the portal has changed or removed rows of points."),
    ),
    "causes": Check(
        _l("What points are for"),
        _l("Each row of points is for an activity, an achievement, a medal or an award that is there."),
        _l("Points stand there without what they are for, or as something else."),
    ),
    "pricing": Check(
        _l("What days bring"),
        _l("The points of a day are what its activities bring together."),
        _l("Somebody got more or fewer points for a day than its activities bring."),
    ),
    "completions": Check(
        _l("Achievements"),
        _l("Who has an achievement has done what it asks for, and who has done that has it."),
        _l("An achievement is missing, or stands without what it asks for, or brought other points than it should."),
    ),
    "badges": Check(
        _l("Medals"),
        _l("Each medal was earned or given by somebody, is held once, and brought its points once."),
        _l("A medal is held without a ground, or is missing, or brought other points than it should."),
    ),
    "balances": Check(
        _l("Sums and streaks"),
        _l("Points, hours, projects and streaks on people’s pages are what their history adds up to."),
        _l("A page shows something else than the history adds up to. The history is what counts."),
    ),
    "progress": Check(
        _l("Progress"),
        _l("How far people are with each achievement is what they have done so far."),
        _l("A page shows more or less of the way than somebody has gone."),
    ),
    "names": Check(
        _l("Finding people"),
        _l("Everybody is found on the boards by the name that they show."),
        _l("Somebody is not found by their name, or is found by one that they don’t show."),
    ),
    "boards": Check(
        _l("Leaderboards"),
        _l("Places and values are those of the ledger and of what people did."),
        _l("Somebody stands in another place than they should, or with another value."),
    ),
    "goals": Check(
        _l("Shared goals"),
        _l("How far a goal is, is what everybody, or the team, has done in its time."),
        _l("A goal shows more or less than was done, or says that it is reached when it is not."),
    ),
    "news": Check(
        _l("News"),
        _l("Each piece of news tells of something that is there, and what was done by hand was told."),
        _l("Somebody was told of what is not there, or was not told of what is."),
    ),
    "audit": Check(
        _l("Who did what"),
        _l("Each award, review, reversal, and medal given or taken by hand has its record."),
        _l("Something was done by hand, and there is no record of who did it."),
    ),
    "orphans": Check(
        _l("Loose ends"),
        _l("Nothing leads to something that is not there."),
        _l("Something leads to what is gone. Somebody has worked on the database by hand, or a copy is not whole."),
    ),
}
"""In the order in which the page has them."""

COLUMNS = {
    "row": _l("Whether it is there"),
    "total_points": _l("Points in all"),
    "current_points": _l("Points now"),
    "total_hours": _l("Hours"),
    "total_projects": _l("Projects"),
    "current_streak_days": _l("Days of the last streak"),
    "longest_streak_days": _l("Days of the longest streak"),
    "last_activity_date": _l("Last day with an activity"),
    "streak_until": _l("Day until which the streak holds"),
    "current_progress": _l("How far"),
    "target_progress": _l("What it takes"),
    "is_completed": _l("Whether it is reached"),
    "completed_at": _l("When it was reached"),
    "times_completed": _l("How often it was reached"),
    "started_at": _l("When it began"),
    "last_progress_at": _l("When something was last added"),
    "value": _l("Value"),
    "rank": _l("Place"),
    "position": _l("Position in the list"),
    "rank_percentile": _l("Percentile"),
    "found by": _l("Found by"),
    "total_participants": _l("How many take part"),
    "average_value": _l("Average"),
    "median_value": _l("Median"),
    "members": _l("Members"),
    "rank_per_head": _l("Place by head"),
    "reached_on": _l("Whether it is reached"),
    "current snapshots": _l("How many there are of it"),
}

THINGS = {
    "{column} of team {team_id}": _l("%(team_id)s: %(column)s"),
    "{column} of goal {goal_id}": _l("%(goal_id)s: %(column)s"),
    "places of teams of superseded snapshot {id}": _l("Places of teams of board %(id)s, which was replaced"),
    "balance_after of row {id} ({wrong} such rows)": _l("Sum after row %(id)s, the first of %(wrong)s"),
    "the balance that row {id} belongs to": _l("Balance to which row %(id)s belongs"),
    "sum of the ledger of somebody who was merged": _l("Points left of an entry that was merged"),
    "cause of row {id}": _l("What row %(id)s is for"),
    "event_type of row {id}": _l("Kind of row %(id)s"),
    "effective_on of row {id}": _l("Day of row %(id)s"),
    "volunteer of row {id}": _l("Whose row %(id)s is"),
    "activity of row {id}": _l("Activity of row %(id)s"),
    "rows of activity {activity_id}": _l("Rows of points of activity %(activity_id)s"),
    "points of award {id}": _l("Points of award %(id)s"),
    "points for {event_type} on {effective_on}": _l("%(event_type)s on %(effective_on)s, in points"),
    "times reached achievement {achievement_id}, by a live completion": _l(
        "%(achievement_id)s: how often it is reached"
    ),
    "completions of achievement {achievement_id}": _l("%(achievement_id)s: how often it was noted"),
    "highest nth of achievement {achievement_id}": _l("%(achievement_id)s: number of the last time"),
    "whose activity completion {id} has as its cause": _l("Whose activity led to completion %(id)s"),
    "date of completion {id}": _l("Day of completion %(id)s"),
    "reward of completion {id}": _l("Points that completion %(id)s brought"),
    "points left of completion {id}, which was reversed": _l("Points left of completion %(id)s, which was taken back"),
    "badge {badge_id} held how often": _l("%(badge_id)s: how often it is held"),
    "badge {badge_id}": _l("%(badge_id)s"),
    "points of badge {badge_id}": _l("%(badge_id)s: points that it brought"),
    "points left of badge held {id}, which was revoked": _l("Points left of a medal that was taken back (%(id)s)"),
    "{column}": _l("%(column)s"),
    "{column} of achievement {achievement_id}": _l("%(achievement_id)s: %(column)s"),
    "rankings, place {place}": _l("Entry %(place)s of its first hundred"),
    "standings of superseded snapshot {id}": _l("Places left behind by an earlier board (%(id)s)"),
    "outbox row of notification {id}": _l("Whether news %(id)s goes out"),
    "to whom the letter with notification {id} goes": _l("To whom the mail with news %(id)s goes"),
    "fact of notification {id}": _l("What news %(id)s tells of"),
    "completion that notification {id} tells of": _l("The completion that news %(id)s tells of"),
    "badge that notification {id} tells of": _l("The medal that news %(id)s tells of"),
    "award that notification {id} tells of": _l("The award that news %(id)s tells of"),
    "activity that notification {id} tells of": _l("The activity that news %(id)s tells of"),
    "batch that notification {id} tells of": _l("The import or group that news %(id)s tells of"),
    "whose completion notification {id} tells of": _l("Whose completion news %(id)s tells of"),
    "whose badge notification {id} tells of": _l("Whose medal news %(id)s tells of"),
    "whose award notification {id} tells of": _l("Whose award news %(id)s tells of"),
    "whose activity notification {id} tells of": _l("Whose activity news %(id)s tells of"),
    "record of award {id}": _l("Record of award %(id)s"),
    "record of badge {id}, given by hand": _l("Record of a medal given by hand (%(id)s)"),
    "record of badge {id}, taken back by hand": _l("Record of a medal taken back by hand (%(id)s)"),
    "record of completion {id}, given by hand": _l("Record of an achievement given by hand (%(id)s)"),
    "record of completion {id}, taken back by hand": _l("Record of an achievement taken back by hand (%(id)s)"),
    "record of activity {id}, reviewed": _l("Record of the review of activity %(id)s"),
    "record of activity {id}, reversed": _l("Record of the reversal of activity %(id)s"),
    "record of award {id}, taken back": _l("Record of taking back award %(id)s"),
    "news of award {id}": _l("News of award %(id)s"),
    "news of badge {id}, given by hand": _l("News of a medal given by hand (%(id)s)"),
    "news of badge {id}, taken back by hand": _l("News of a medal taken back by hand (%(id)s)"),
    "news of completion {id}, given by hand": _l("News of an achievement given by hand (%(id)s)"),
    "news of completion {id}, taken back by hand": _l("News of an achievement taken back by hand (%(id)s)"),
    "news of activity {id}, reviewed": _l("News of the review of activity %(id)s"),
    "news of activity {id}, reversed": _l("News of the reversal of activity %(id)s"),
    "{column_name} of {table_name} {row_id}": _l("%(table_name)s %(row_id)s, %(column_name)s"),
}
"""What the doctor calls it, and what people do."""

VALUES = {
    "True": _l("yes"),
    "False": _l("no"),
    "a row": _l("there"),
    "a record": _l("a record"),
    "a piece of news": _l("a piece of news"),
    "undone": _l("taken back"),
    "stands": _l("it stands"),
    "counted": _l("counted"),
    "not counted yet": _l("not counted yet"),
    "held": _l("held"),
    "never held": _l("never held"),
    "earned": _l("earned"),
    "given by nobody": _l("given by nobody"),
    "no completion": _l("its achievement is not there"),
    "the completion of another": _l("somebody else’s achievement"),
    "its completion is reversed": _l("its achievement was taken back"),
    "taken back by hand": _l("taken back by hand, later than it was earned"),
    "achievement_earned": _l("an achievement"),
    "badge_earned": _l("a medal"),
    "manual_adjustment": _l("an award"),
    "achievement": _l("an achievement"),
    "badge": _l("a medal"),
    "points": _l("points"),
    "correction": _l("a correction"),
    "hours_confirmed": _l("hours confirmed"),
    "hours_turned_down": _l("hours turned down"),
}

REMARKS: dict[str, Callable[[Mapping], str]] = {
    news.UNDER_WAY["pending"]: lambda about: ngettext(
        "%(n)s activity is not counted yet. That happens within seconds.",
        "%(n)s activities are not counted yet. That happens within seconds.",
        **counted(about["n"]),
    ),
    news.UNDER_WAY["reversed"]: lambda about: ngettext(
        "%(n)s reversed activity is not taken back yet. That happens within seconds.",
        "%(n)s reversed activities are not taken back yet. That happens within seconds.",
        **counted(about["n"]),
    ),
    news.UNDER_WAY["awaiting_review"]: lambda about: ngettext(
        "%(n)s activity waits for a coordinator.",
        "%(n)s activities wait for a coordinator.",
        **counted(about["n"]),
    ),
    news.TOUCHED: lambda about: ngettext(
        "%(n)s change is not on the leaderboards yet.",
        "%(n)s changes are not on the leaderboards yet.",
        **counted(about["n"]),
    ),
    news.DUE: lambda about: _(
        "“%(board)s” is about to be rebuilt, so it was not compared.", board=board(about["board"])
    ),
    news.FROM_NOW_ON: lambda about: ngettext(
        "%(n)s achievement counts from a moment on.",
        "%(n)s achievements count from a moment on.",
        **counted(about["n"]),
    ),
    news.COMPOSITE: lambda about: ngettext(
        "%(n)s achievement has several conditions.",
        "%(n)s achievements have several conditions.",
        **counted(about["n"]),
    ),
}


def counted(number: int) -> dict:
    """The number for a plural, and for the sentence."""
    return {"num": number, "n": words.number(number)}


def group_of(check: str) -> str:
    """Under which of CHECKS a difference belongs."""
    return check if check in CHECKS else "boards"


def board(check: str) -> str:
    """'This month, by points' for 'board points/monthly'."""
    return str(BOARD_WORDS.get(check.removeprefix("board "), check))


def thing(difference: Difference, names: Mapping[str, Mapping]) -> str:
    """What differs. `names` has those of achievements and badges, by id, under the name of the place."""
    about = {place: in_words(place, value, names) for place, value in difference.about.items()}
    words_for_it = THINGS.get(difference.what) or COLUMNS.get(difference.what)
    said = str(words_for_it) % about if words_for_it else difference.what.format_map(about)
    if difference.check.startswith("board "):
        return _("%(board)s: %(what)s", board=board(difference.check), what=said)
    return said


def in_words(place: str, value: object, names: Mapping[str, Mapping]) -> str:
    """What fills a place in such a sentence."""
    if place == "column":
        return str(COLUMNS.get(str(value), value))
    if place == "event_type":
        return str(TITLES.get(value, value))
    if place in names:
        return names[place].get(value) or f"{place} {value}"
    return said(value) if isinstance(value, str) and place == "effective_on" else str(value)


def value_of(difference: Difference, value: object) -> str:
    """One of the two values."""
    column = difference.about.get("column", difference.what)
    if column == "row":
        return _("missing") if value is None else _("there")
    return said(value)


def said(value: object) -> str:
    """A value as people write it."""
    if value is None:
        return _("nothing")
    if value in VALUES or value in TITLES:
        return str(VALUES.get(value) or TITLES.get(value))
    return as_number(value) or as_day(str(value)) or str(value)


def as_number(value: object) -> str | None:
    """A number with all its digits; None for what is none."""
    try:
        return format_decimal(Decimal(str(value)), "#,##0.####")
    except InvalidOperation:
        return None


def as_day(text: str) -> str | None:
    """A date, or an instant with its time in UTC; None for what is neither."""
    try:
        day = date.fromisoformat(text[:10])
        moment = datetime.fromisoformat(text) if len(text) > len("2026-05-20") else None
    except ValueError:
        return None
    return words.long_day(day) if moment is None else words.listed((words.long_day(day), f"{moment:%H:%M} UTC"))


def remark(one: Remark) -> str:
    """A remark in words."""
    return REMARKS[one.what](one.about) if one.what in REMARKS else str(one)

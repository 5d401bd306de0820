"""What sums over everything cannot decide: achievements made of conditions, and those that count from an instant on.

Here every date of a volunteer is looked at for itself, by running totals up to it; the engine slides windows along.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, groupby
from typing import NamedTuple

from sqlalchemy import Row, select

from portal.database import among, from_units, to_units, units
from portal.domain import pauses
from portal.domain.achievements import Achievement, Completion, VolunteerAchievement
from portal.domain.activities import Activity
from portal.domain.doctor.facts import MEASURES, measure_and_target
from portal.domain.doctor.report import PROGRESS_WHAT, Difference, filled, unlike
from portal.extensions import db

KEYS = ("volunteer_id", "achievement_id")
FIGURES = (
    *("current_progress", "target_progress", "is_completed", "completed_at"),
    *("times_completed", "started_at", "last_progress_at"),
)
TYPES = {
    "hours": "hours_logged",
    "projects": "project_completed",
    "tasks": "task_completed",
    "skills": "skill_certified",
    "trainings": "training_completed",
    "referrals": "volunteer_referred",
}
HUNDRED = 100


class Reached(NamedTuple):
    """How far, how often were it repeatable, and what adds to it."""

    value: Fraction
    times: int
    deeds: list[Row]


def is_one_of_them(terms) -> bool:
    """Whether a definition, or the terms kept in a completion, are decided here."""
    return "by_hand" not in terms.criteria and ("conditions" in terms.criteria or terms.counts_from is not None)


def definitions() -> list[Achievement]:
    """The definitions in force that are decided here."""
    return [one for one in db.session.scalars(select(Achievement).order_by(Achievement.id)) if is_one_of_them(one)]


def completions(narrow: Callable) -> dict[tuple[int, int], list[Row]]:
    """Live completions by volunteer and achievement, in their order."""
    one, found = Completion, defaultdict(list)
    columns = (one.volunteer_id, one.achievement_id, one.nth, one.criteria, one.counts_from, one.completed_at)
    query = narrow(select(*columns).where(one.reversed_at.is_(None)), one.volunteer_id).order_by(one.nth)
    for row in db.session.execute(query):
        found[row.volunteer_id, row.achievement_id].append(row)
    return found


def everybody(narrow: Callable) -> Iterator[tuple[int, list[Row]]]:
    """Each volunteer who did something that is booked, with all of it."""
    one = Activity
    columns = (one.volunteer_id, one.event_type, units(one.quantity).label("quantity"), one.certified, one.tags)
    query = narrow(select(*columns, one.occurred_at, one.occurred_on).where(one.booked), one.volunteer_id)
    rows = db.session.execute(query.order_by(one.volunteer_id).execution_options(yield_per=5000))
    for volunteer_id, deeds in groupby(rows, key=lambda row: row.volunteer_id):
        yield volunteer_id, list(deeds)


def whom(volunteers: Collection[int] | None) -> Callable:
    """Narrows a query to these volunteers; to nobody in particular for None."""
    return lambda query, column: query if volunteers is None else query.where(among(column, volunteers))


def examine() -> Iterator[Difference]:
    """Differences in progress, which can be mended, and in completions, which are facts."""
    for row, stored, recomputed in differing():
        for column, was, should in unlike(stored, recomputed, KEYS):
            about = filled(PROGRESS_WHAT, {**row, "column": column})
            yield Difference("progress", row["volunteer_id"], PROGRESS_WHAT, was, should, mendable=True, about=about)
    yield from unearned()


def differing(volunteers: Collection[int] | None = None) -> Iterator[tuple[dict, dict | None, dict | None]]:
    """(keys, stored, recomputed) of progress that differs; None for a row that is missing."""
    decided = {one.id: one for one in definitions()}
    if not decided:
        return
    narrow = whom(volunteers)
    stored, live, recomputed = stored_progress(decided, narrow), completions(narrow), {}
    paused = paused_days()
    for volunteer_id, deeds in everybody(narrow):
        for one in decided.values():
            key = (volunteer_id, one.id)
            reached = judge(one, deeds, paused.get(volunteer_id, ()))
            recomputed[key] = progress_row(one, reached, live.get(key, []))
    for key in sorted(stored.keys() | recomputed.keys()):
        before, after = stored.get(key), recomputed.get(key)
        if before != after:
            yield dict(zip(KEYS, key, strict=True)), before, after


def stored_progress(decided: Iterable[int], narrow: Callable) -> dict[tuple[int, int], dict]:
    """The progress that is written down, by volunteer and achievement."""
    one = VolunteerAchievement
    query = narrow(select(one).where(one.achievement_id.in_(list(decided))), one.volunteer_id)
    return {
        (row.volunteer_id, row.achievement_id): whole(row.volunteer_id, row.achievement_id, row)
        for row in db.session.scalars(query)
    }


def whole(volunteer_id: int, achievement_id: int, row) -> dict:
    """A row of progress with its keys."""
    return {"volunteer_id": volunteer_id, "achievement_id": achievement_id} | {
        one: getattr(row, one) for one in FIGURES
    }


def progress_row(one: Achievement, reached: Reached, live: Sequence[Row]) -> dict | None:
    """The progress that should be written down; None for nothing."""
    value = from_units(int(reached.value), 2)
    if not reached.deeds or (not value and not live):
        return None
    target, times = from_units(measure(one.criteria)[1], 2), len(live)
    left = max(value - target * times, from_units(0, 2)) if one.is_repeatable else value
    moments = [deed.occurred_at for deed in reached.deeds]
    completed_at = live[0].completed_at if live else None
    figures = (min(left, target), target, times > 0, completed_at, times, min(moments), max(moments))
    names = {"volunteer_id": reached.deeds[0].volunteer_id, "achievement_id": one.id}
    return names | dict(zip(FIGURES, figures, strict=True))


def unearned() -> Iterator[Difference]:
    """Live completions that the facts don't reach, and those that they reach and nobody has."""
    decided = definitions()
    live = completions(whom(None))
    kept = defaultdict(list)
    for (volunteer_id, _achievement_id), rows in live.items():
        kept[volunteer_id] += [row for row in rows if is_one_of_them(row)]
    if not decided and not any(kept.values()):
        return
    paused = paused_days()
    for volunteer_id, deeds in everybody(whom(None)):
        days = paused.get(volunteer_id, ())
        for row in kept.pop(volunteer_id, ()):
            if (times := judge(row, deeds, days).times) < row.nth:
                yield not_reached(row, times)
        for one in decided:
            yield from missing(one, judge(one, deeds, days).times, live.get((volunteer_id, one.id), []), volunteer_id)
    for row in (row for rows in kept.values() for row in rows):
        yield not_reached(row, 0)


def not_reached(row: Row, times: int) -> Difference:
    """A completion that does not stand."""
    what, about = "times reached achievement {achievement_id}, by a live completion", row._mapping
    return Difference("completions", row.volunteer_id, what, row.nth, times, about=filled(what, about))


def missing(one: Achievement, times: int, live: Sequence[Row], volunteer_id: int) -> Iterator[Difference]:
    """That somebody reached an active achievement more often than is booked."""
    owed = times if one.is_repeatable else min(times, 1)
    if one.is_active and len(live) < owed:
        what, about = "completions of achievement {achievement_id}", {"achievement_id": one.id}
        yield Difference("completions", volunteer_id, what, len(live), owed, about=about)


def paused_days() -> dict[int, set[date]]:
    """Everybody's paused days."""
    found = defaultdict(set)
    for pause in db.session.scalars(select(pauses.Pause).where(pauses.HOLDS)):
        found[pause.volunteer_id].update(pause.days())
    return found


def measure(criteria: dict) -> tuple[str, int]:
    """What criteria measure, and the target in hundredths; conditions are 100 of 100."""
    return ("conditions", 100 * HUNDRED) if "conditions" in criteria else measure_and_target(criteria)


def judge(terms, deeds: Iterable[Row], paused: Collection[date]) -> Reached:
    """How far somebody is by the criteria and the start of a definition, or of a completion's terms."""
    since, criteria = terms.counts_from, terms.criteria
    deeds = [one for one in deeds if since is None or one.occurred_at >= since]
    if "conditions" in criteria:
        return by_conditions(criteria, deeds, paused)
    what, target = measure(criteria)
    if what == MEASURES["days_required"]:
        lengths = runs({one.occurred_on for one in deeds}, paused)
        times = sum(HUNDRED * one // target for one in lengths)
        return Reached(Fraction(HUNDRED * max(lengths, default=0)), times, deeds)
    those = [one for one in deeds if adds(what, one)]
    value = sum(one.quantity if what == "hours_logged" else HUNDRED for one in those)
    return Reached(Fraction(value), value // target, those)


def adds(what: str, deed: Row) -> bool:
    """Whether an activity adds to a measure."""
    return deed.event_type == "skill_certified" and deed.certified if what == "certified" else deed.event_type == what


def runs(days: Collection[date], paused: Collection[date]) -> list[int]:
    """How many of these days each stretch without a gap has; paused ones fill gaps and don't count."""
    lengths, before = [], None
    for day in sorted({*days, *paused}):
        if before is None or (day - before).days != 1:
            lengths.append(0)
        lengths[-1] += day in days
        before = day
    return [length for length in lengths if length]


def by_conditions(criteria: dict, deeds: Sequence[Row], paused: Collection[date]) -> Reached:
    """The best share of 100 that any date had."""
    days = sorted({one.occurred_on for one in deeds})
    series = [series_of(one, deeds, days, paused) for one in criteria["conditions"]]
    needs = [to_units(Decimal(str(one["at_least"])), 2) for one in criteria["conditions"]]
    together = max if criteria["match"] == "any" else mean
    best = Fraction(0)
    for values in zip(*series, strict=True):
        shares = [min(Fraction(value, need), Fraction(1)) for value, need in zip(values, needs, strict=True)]
        best = max(best, together(shares))
    those = [one for one in deeds if any(matches(each, one) for each in criteria["conditions"])]
    return Reached(best * 100 * HUNDRED, int(best >= 1), those)


def mean(shares: Sequence[Fraction]) -> Fraction:
    """The mean of some shares."""
    return sum(shares, Fraction(0)) / len(shares)


def matches(condition: dict, deed: Row) -> bool:
    """Whether an activity adds to a condition."""
    wanted, tag = TYPES.get(condition["metric"]), condition.get("tag")
    tags = [one.strip().casefold() for one in deed.tags or ()]
    return wanted in (None, deed.event_type) and (tag is None or tag.strip().casefold() in tags)


def series_of(condition: dict, deeds: Iterable[Row], days: Sequence[date], paused: Collection[date]) -> list[int]:
    """The value of a condition as of each of these dates, in hundredths."""
    metric = condition["metric"]
    if metric == "longest_streak":
        best = longest_by(set(days), paused, 1)
        return [HUNDRED * best[day] for day in days]
    if metric == "longest_week_streak":
        weeks, skipped = ({monday(day) for day in some} for some in (days, paused))
        best = longest_by(weeks, skipped, 7)
        return [HUNDRED * best[monday(day)] for day in days]
    a_day = defaultdict(int)
    for one in deeds:
        if matches(condition, one):
            worth = one.quantity if metric == "hours" else HUNDRED
            a_day[one.occurred_on] = HUNDRED if metric == "days_active" else a_day[one.occurred_on] + worth
    totals = [0, *accumulate(a_day.get(day, 0) for day in days)]
    within = condition.get("within_days")
    starts = [0] * len(days)
    if within is not None:
        starts = [bisect_right(days, day - timedelta(days=min(within, day.toordinal() - 1))) for day in days]
    return [totals[number + 1] - totals[start] for number, start in enumerate(starts)]


def monday(day: date) -> date:
    """The first day of a date's week."""
    return day - timedelta(days=day.weekday())


def longest_by(points: Collection[date], fillers: Collection[date], step: int) -> dict[date, int]:
    """The longest run up to each of these points, which are `step` days apart in a run; fillers don't count."""
    best, longest, length, before = {}, 0, 0, None
    for point in sorted({*points, *fillers}):
        if before is not None and (point - before).days != step:
            length = 0
        length += point in points
        longest, before = max(longest, length), point
        best[point] = longest
    return best

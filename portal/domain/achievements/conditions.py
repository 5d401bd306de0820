"""Criteria made of conditions: so many hours and so many projects, perhaps within some days, perhaps with a tag.

They are looked at as of each activity's date. The value is a share of 100: the mean of the conditions' shares where all
must hold, the greatest where one is enough; the best that it ever was, so that a window which slides on takes nothing
back. Shares and targets are in hundredths, as everywhere.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import lcm

from flask_babel import gettext as _

from portal.domain.achievements.criteria import CriteriaRefused, Progress, hundredths, number, refuse_other_keys
from portal.domain.activities import EventType
from portal.domain.streaks import follows, longest_weeks, monday, week_follows, weeks
from portal.domain.tally import Done, Least, Tally

WHOLE = 100 * 100
"""All of it, in hundredths of a percent."""
MOST = 5
LONGEST_TAG = 60
COUNTS = {
    "hours": EventType.HOURS_LOGGED,
    "projects": EventType.PROJECT_COMPLETED,
    "tasks": EventType.TASK_COMPLETED,
    "skills": EventType.SKILL_CERTIFIED,
    "trainings": EventType.TRAINING_COMPLETED,
    "referrals": EventType.VOLUNTEER_REFERRED,
}
"""Metrics that look at one type of activity."""
DAYS, DAY_RUN, WEEK_RUN = "days_active", "longest_streak", "longest_week_streak"
METRICS = (*COUNTS, DAYS, DAY_RUN, WEEK_RUN)
RUNS = (DAY_RUN, WEEK_RUN)


@dataclass(frozen=True, slots=True)
class Condition:
    """One of them. `need` is in hundredths; a `window` of so many days ends with the day that is looked at."""

    metric: str
    need: int
    window: int | None
    tag: str | None

    def counts(self, done: Done) -> bool:
        """Whether this activity adds to it."""
        if self.metric in COUNTS and done.event_type != COUNTS[self.metric]:
            return False
        return self.tag is None or self.tag in {plain(tag) for tag in done.tags or ()}

    def worth(self, done: Done) -> int:
        """What an activity adds that counts."""
        return done.quantity if self.metric == "hours" else 100


def conditions(criteria: dict) -> list[Condition]:
    """The conditions of saved criteria."""
    return [
        Condition(one["metric"], hundredths(one, "at_least"), one.get("within_days"), plain(one.get("tag")))
        for one in criteria["conditions"]
    ]


def plain(tag: str | None) -> str | None:
    """A tag as it is compared: in whatever case it was written."""
    return tag.strip().casefold() if tag else None


def looks_back(criteria: dict) -> bool:
    """Whether sums are not enough to judge it: a window or a tag needs each activity."""
    return any("within_days" in one or "tag" in one for one in criteria.get("conditions", ()))


def asks_for_tags(criteria: dict) -> bool:
    """Whether tags matter for it."""
    return any("tag" in one for one in criteria.get("conditions", ()))


@dataclass(frozen=True, slots=True)
class Composite:
    """One to five conditions, of which all must hold, or any. Earned once."""

    def check(self, criteria: object) -> None:
        """Raises CriteriaRefused unless these criteria can be saved; its key is like 'conditions.0.at_least'."""
        refuse_other_keys(criteria, {"match", "conditions"})
        if criteria.get("match") not in ("all", "any"):
            raise CriteriaRefused("match", _("This is “all” or “any”."))
        given = criteria.get("conditions")
        if not isinstance(given, list) or not 1 <= len(given) <= MOST:
            raise CriteriaRefused("conditions", _("One to five conditions are needed."))
        for place, one in enumerate(given):
            try:
                check_condition(one)
            except CriteriaRefused as error:
                raise CriteriaRefused(f"conditions.{place}.{error.key}", error.reason) from None

    def target(self, criteria: dict) -> int:
        """All of it."""
        return WHOLE

    def types(self, criteria: dict) -> frozenset[str] | None:
        """The types that the conditions look at; None if one of them looks at whatever somebody did."""
        metrics = {one.metric for one in conditions(criteria)}
        return frozenset(COUNTS[metric] for metric in metrics) if metrics <= COUNTS.keys() else None

    def least(self, criteria: dict) -> list[Least]:
        """What each condition asks for, at whatever time and with whatever tag; where one of several is enough, nothing
        can be said. Whoever has as many days, or weeks in a row, has done as many things."""
        asked = conditions(criteria)
        if criteria["match"] == "any" and len(asked) > 1:
            return []
        return [Least(COUNTS.get(one.metric), one.need, by_quantity=one.metric == "hours") for one in asked]

    def progress(self, criteria: dict, tally: Tally) -> Progress | None:
        """The best share so far; None for nothing."""
        asked = conditions(criteria)
        if looks_back(criteria):
            best = max((share for share, _done in course(criteria, tally)), default=0)
            moments = [one.occurred_at for one in tally.history or () if any(each.counts(one) for each in asked)]
        else:
            best = Sharing(criteria).share(value_now(one, tally) for one in asked)
            moments = [moment for one in asked for moment in moments_of(one, tally)]
        return Progress(best, min(moments), max(moments)) if best else None

    def times(self, criteria: dict, tally: Tally) -> int:
        """Once, when it was all reached."""
        progress = self.progress(criteria, tally)
        return 1 if progress and progress.value >= WHOLE else 0

    def reached(self, criteria: dict, tally: Tally) -> Iterator[Done]:
        """The activity with which the conditions held for the first time."""
        for share, done in course(criteria, tally):
            if share >= WHOLE:
                yield done
                return


def check_condition(one: object) -> None:
    """Raises CriteriaRefused unless this can be a condition."""
    refuse_other_keys(one, {"metric", "at_least", "within_days", "tag"})
    metric = one.get("metric")
    if metric not in METRICS:
        raise CriteriaRefused("metric", _("Choose what is counted."))
    number(one, "at_least", whole=metric != "hours")
    if metric in RUNS and ("within_days" in one or "tag" in one):
        key = "within_days" if "within_days" in one else "tag"
        raise CriteriaRefused(key, _("This does not apply to days or weeks in a row."))
    if "within_days" in one:
        number(one, "within_days", whole=True)
    tag = one.get("tag", "-")
    if not isinstance(tag, str) or not tag.strip() or len(tag) > LONGEST_TAG:
        raise CriteriaRefused("tag", _("A tag of at most 60 letters is needed here."))


class Sharing:
    """Turns what the conditions have come to into one share, rounded down: nothing but all is all."""

    def __init__(self, criteria: dict):
        self.needs = [one.need for one in conditions(criteria)]
        base = lcm(*self.needs)
        self.factors = [base // need for need in self.needs]
        self.together = max if criteria["match"] == "any" else sum
        self.whole = base if criteria["match"] == "any" else base * len(self.needs)

    def share(self, values: Iterable[int]) -> int:
        """The share that these values make, in the conditions' order."""
        each = zip(values, self.needs, self.factors, strict=True)
        return self.together(min(value, need) * factor for value, need, factor in each) * WHOLE // self.whole


def value_now(one: Condition, tally: Tally) -> int:
    """What a condition without window and tag has come to; it only ever grows."""
    if one.metric in COUNTS:
        found = tally.of(COUNTS[one.metric])
        return 0 if found is None else found.quantity if one.metric == "hours" else found.count * 100
    if one.metric == DAYS:
        return len(tally.days) * 100
    if one.metric == DAY_RUN:
        return max(tally.runs, default=0) * 100
    return longest_weeks(tally.days, tally.paused) * 100


def moments_of(one: Condition, tally: Tally) -> list[datetime]:
    """When what adds to a condition without window and tag began, and when it last happened."""
    found = tally.of(COUNTS[one.metric]) if one.metric in COUNTS else tally.everything()
    return [found.first_at, found.last_at] if found else []


def course(criteria: dict, tally: Tally) -> Iterator[tuple[int, Done]]:
    """The share after each activity, as of its date."""
    history = sorted(tally.history or (), key=lambda done: (done.occurred_on, done.occurred_at, done.id))
    meters = [RunMeter(one, tally) if one.metric in RUNS else SumMeter(one) for one in conditions(criteria)]
    sharing = Sharing(criteria)
    for done in history:
        yield sharing.share([meter.add(done) for meter in meters]), done


class SumMeter:
    """What has come together within the window, as days go by."""

    def __init__(self, condition: Condition):
        self.condition = condition
        self.window: deque[tuple[int, int]] = deque()
        self.value = 0
        self.last_day = 0

    def add(self, done: Done) -> int:
        """The value as of this activity's date, with it."""
        day, size = done.occurred_on.toordinal(), self.condition.window
        while size is not None and self.window and self.window[0][0] <= day - size:
            self.value -= self.window.popleft()[1]
        if self.condition.counts(done) and not (self.condition.metric == DAYS and self.last_day == day):
            worth, self.last_day = self.condition.worth(done), day
            self.value += worth
            if size is not None:
                self.window.append((day, worth))
        return self.value


class RunMeter:
    """The longest run of days or weeks, as days go by."""

    def __init__(self, condition: Condition, tally: Tally):
        self.by_week = condition.metric == WEEK_RUN
        self.passed_over = weeks(tally.paused) if self.by_week else tally.paused
        self.last = None
        self.run = self.longest = 0

    def add(self, done: Done) -> int:
        """The value as of this activity's date, with it."""
        step = monday(done.occurred_on) if self.by_week else done.occurred_on
        if step != self.last:
            goes_on = week_follows if self.by_week else follows
            self.run = self.run + 1 if self.last and goes_on(self.last, step, self.passed_over) else 1
            self.last, self.longest = step, max(self.longest, self.run)
        return self.longest * 100


COMPOSITE = Composite()

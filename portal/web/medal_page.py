"""What the page of one medal is given: the way to it or its story, what it brings, who holds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.domain import aims, awarding, catalogue, diary, history, points
from portal.domain.achievements import AchievementType
from portal.domain.aims import Aim
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.history import Line
from portal.web import missing, words
from portal.web.explanations import name_of, signature
from portal.web.page import Person, as_person
from portal.web.starter_words import translated

HOLDERS = 10
PACE = timedelta(weeks=13)


@dataclass(frozen=True, slots=True)
class Way:
    """How far one is, and what is missing."""

    value: Decimal
    target: Decimal
    value_words: str
    target_words: str
    missing: str
    outlook: str


@dataclass(frozen=True, slots=True)
class Story:
    """With what it was earned, or who gave it and why."""

    reached: str | None = None
    when: str = ""
    doing: str | None = None
    given: str | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds it, and since when."""

    person: Person
    on: str


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds it, of how many."""

    count: int
    of: int
    words: str
    people: list[Holder]
    more_url: str | None


def draw(badge: Badge, now: datetime, *, older: int | None = None, error: str | None = None) -> str:
    """The page."""
    held = awarding.held(current_user.volunteer_id, badge.id) if current_user.volunteer_id else None
    ways = aims.leading_to(aims.of(current_user), badge) if held is None and badge.is_active else []
    line = history.of_badge(held) if held is not None else None
    measured = next((one for one in ways if one.is_measured), None)
    return render_template(
        "badges/show.html",
        badge=badge,
        held=held is not None,
        drawn=held is not None or current_user.volunteer_id is None,
        kicker=kicker(badge, held),
        share=measured.share if measured else None,
        way=way(measured, now) if measured and current_user.volunteer_id else None,
        story=told(line) if line is not None else by_hand(badge, ways),
        brings=brought(line) if line is not None else brings(badge, ways),
        holders=holders(badge, now, older),
        share_url=None,
        showcase=showcase_of(held, error),
    )


def draw_showcase(badge: Badge, now: datetime, *, error: str | None = None) -> str:
    """The showcase's button alone for htmx, the whole page otherwise."""
    if request.headers.get("HX-Request") != "true":
        return draw(badge, now, error=error)
    held = awarding.held(current_user.volunteer_id, badge.id)
    return render_template("badges/_showcase.html", badge=badge, showcase=showcase_of(held, error))


def showcase_of(held: VolunteerBadge | None, error: str | None) -> dict | None:
    """Its button, for a medal that one holds."""
    if held is None:
        return None
    return {"url": url_for("badges.arrange", badge_id=held.badge_id), "shown": held.is_showcased, "error": error}


def kicker(badge: Badge, held: VolunteerBadge | None) -> str:
    """'Time · Rare · earned 15 August 2026'."""
    parts = [words.category(badge.category), words.rarity(badge.rarity)]
    if badge.is_secret:
        parts.append(_("secret"))
    if not badge.is_active:
        parts.append(_("no longer given"))
    if held is not None:
        parts.append(_("earned %(day)s", day=words.long_day(words.local_date(held.earned_at))))
    elif current_user.volunteer_id:
        parts.append(_("not yours yet"))
    return " · ".join(parts)


def way(aim: Aim, now: datetime) -> Way:
    """What is missing to a medal."""
    today = words.my_today(now)
    run = missing.run_now(points.find_balance(current_user.volunteer_id), today)
    return Way(
        value=aim.value,
        target=aim.target,
        value_words=missing.value_words(aim),
        target_words=missing.amount(aim.achievement.achievement_type, aim.target),
        missing=_("%(sentence)s.", sentence=missing.sentence(aim, run)),
        outlook=outlook(aim, today),
    )


def outlook(aim: Aim, today) -> str:
    """When that could be, at the pace of the last three months; only hours have a pace."""
    if aim.achievement.achievement_type != AchievementType.HOURS_LOGGED:
        return _("There is no deadline.")
    lately = sum(day.hours for day in diary.days_since(current_user.volunteer_id, today - PACE))
    if not lately:
        return _("There is no deadline.")
    weeks = max(1, round(aim.left * (PACE.days // 7) / lately))
    if weeks > 52:
        years = round(weeks / 52)
        long = ngettext("about %(n)s year", "about %(n)s years", years, n=years)
    else:
        long = ngettext("about %(n)s week", "about %(n)s weeks", weeks, n=weeks)
    return _("At your pace of the last three months, that takes %(long)s. There is no deadline.", long=long)


def told(line: Line) -> Story:
    """How a medal that one holds was earned."""
    held, completion = line.badge, line.completion
    when = words.full_day(words.local_date(held.earned_at))
    if completion is not None and line.activity is not None:
        return Story(missing.reached(completion), when, name_of(line.activity))
    given = " ".join(translated(part) for part in (held.earned_reason, completion and completion.reason) if part)
    giver = signature(line.by) if line.by is not None else _("a coordinator")
    return Story(given=given, when=_("Given by %(giver)s on %(when)s.", giver=giver, when=when))


def by_hand(badge: Badge, ways: Sequence[Aim]) -> Story | None:
    """For a medal to which nothing leads that could be measured."""
    if any(one.is_measured for one in ways):
        return None
    if not badge.is_active:
        return Story(when=_("It is not given any more. Whoever holds it keeps it."))
    return Story(when=_("A coordinator gives it, for something that cannot be counted."))


def brings(badge: Badge, ways: Sequence[Aim]) -> list[dict]:
    """What it would bring: the achievement on the nearest way, and the medal."""
    lines = [{"what": translated(one.achievement.name), "points": one.achievement.points_reward} for one in ways[:1]]
    return [line for line in [*lines, {"what": _("The medal"), "points": badge.points_value}] if line["points"]]


def brought(line: Line) -> list[dict]:
    """What it brought when it was earned."""
    reward = (line.points or 0) - line.badge_points
    name = translated(line.completion.achievement.name) if line.completion is not None else ""
    lines = [{"what": name, "points": reward}, {"what": _("The medal"), "points": line.badge_points}]
    return [one for one in lines if one["points"]]


def holders(badge: Badge, now: datetime, older: int | None) -> Holders:
    """Who holds it, of those whom others may know of."""
    rareness = catalogue.rareness(now)
    count, found = rareness.holders.get(badge.id, 0), catalogue.holders(badge, limit=HOLDERS + 1, older_than=older)
    people = [
        Holder(as_person(who, url=url_for("profiles.show", volunteer_id=who.id)), since(held)) for held, who in found
    ]
    last = found[HOLDERS - 1][0].id if len(found) > HOLDERS else None
    more = url_for("badges.show", badge_id=badge.id, older=last, _anchor="holders") if last else None
    return Holders(count, rareness.of, how_rare(badge, count, rareness.of), people[:HOLDERS], more)


def since(held: VolunteerBadge) -> str:
    """'15 August 2026'."""
    return words.long_day(words.local_date(held.earned_at))


def how_rare(badge: Badge, count: int, of: int) -> str:
    """'41% of volunteers. First earned in March 2023.'"""
    if not count:
        return _("Nobody yet. Somebody will be the first.")
    first = catalogue.first_earned(badge)
    share = _("%(share)s of volunteers.", share=words.per_cent(count, of))
    if first is None:
        return share
    return " ".join((share, _("First earned in %(month)s.", month=words.month(words.local_date(first)))))

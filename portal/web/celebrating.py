"""What the celebration is given: what hours brought, line by line."""

from datetime import date, datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.domain import catalogue, gains, showcase
from portal.domain.activities import Activity, EventType
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.catalogue import Rareness
from portal.domain.gains import Gains
from portal.domain.history import Line
from portal.web import words
from portal.web.explanations import measure, name_of, rest_of_day
from portal.web.starter_words import translated


def given(activity: Activity, now: datetime) -> dict:
    """See templates/hours/_celebration.html."""
    found, today = gains.of(activity), words.my_today(now)
    first = found.badges[0] if found.badges else None
    rareness = catalogue.rareness(now) if first is not None else None
    return {
        "counted_words": counted_words(activity, today),
        "announcement": announcement(activity, found, today),
        "earned": [earned(one, rareness) for one in found.badges],
        "lines": [part for line in found.lines for part in parts(line, activity)],
        "before": found.before,
        "after": found.after,
        "before_text": words.number(found.before),
        "after_text": words.number(found.after),
        "showcase_url": showcase_url(first),
        "share_url": None,
    }


def counted_words(activity: Activity, today: date) -> str:
    """'2 hours counted. Riverside food bank, today'."""
    if activity.event_type != EventType.HOURS_LOGGED:
        return _("Counted. %(what)s, %(day)s", what=name_of(activity), day=day_of(activity, today))
    hours = ngettext(
        "%(n)s hour counted", "%(n)s hours counted", words.plural(activity.quantity), n=words.number(activity.quantity)
    )
    return _("%(hours)s. %(what)s, %(day)s", hours=hours, what=name_of(activity), day=day_of(activity, today))


def day_of(activity: Activity, today: date) -> str:
    """'today', 'yesterday', 'on Friday 20 November'."""
    return words.day_in_a_sentence(activity.occurred_on, today)


def announcement(activity: Activity, found: Gains, today: date) -> str:
    """All of it in a sentence, for those who listen."""
    sentences = [counted_words(activity, today) + "."]
    sentences += [_("You earned %(medal)s.", medal=medal_words(one.badge)) for one in found.badges]
    sentences.append(_("You have %(points)s now.", points=words.points(found.after)))
    return " ".join(sentences)


def earned(held: VolunteerBadge, rareness: Rareness) -> dict:
    """A medal that came with it."""
    holders = holders_words(held.badge, rareness)
    return {"badge": held.badge, "words": translated(held.badge.description), "holders_words": holders}


def holders_words(badge: Badge, rareness: Rareness) -> str:
    """'20 of 214 hold it, you among them'; of a secret medal, and for who is not listed, nothing is counted."""
    if badge.is_secret:
        return _("A secret medal: only those who hold it know of it.")
    count = rareness.holders.get(badge.id, 0)
    if not count or not current_user.volunteer.listed:
        return ""
    if count == 1:
        return _("You are the first to hold it")
    return _("%(count)s of %(of)s hold it, you among them", count=words.number(count), of=words.number(rareness.of))


def parts(line: Line, activity: Activity) -> list[dict]:
    """A line of the ledger as the celebration tells it: an achievement and its medal are two."""
    if line.activity is not None and line.completion is None:
        what = f"{measure(line.activity)}{rest_of_day(line)}"
        what = what if line.activity.id == activity.id else f"{name_of(line.activity)}: {what}"
        return [{"what": what, "points": line.points}]
    found = []
    if line.completion is not None and line.points != line.badge_points:
        found.append({"what": translated(line.completion.achievement.name), "points": line.points - line.badge_points})
    if line.badge is not None and line.badge_points:
        found.append({"what": medal_words(line.badge.badge), "points": line.badge_points})
    return found


def medal_words(badge: Badge) -> str:
    """'Century Club, epic medal'."""
    names = {
        "common": _("common medal"),
        "rare": _("rare medal"),
        "epic": _("epic medal"),
        "legendary": _("legendary medal"),
    }
    return _("%(name)s, %(medal)s", name=translated(badge.name), medal=names[badge.rarity])


def showcase_url(held: VolunteerBadge | None) -> str | None:
    """Where the first medal goes into the showcase, while there is room and it is not there."""
    if held is None or held.is_showcased or len(showcase.of(held.volunteer_id)) >= showcase.ROOM:
        return None
    return url_for("badges.arrange", badge_id=held.badge_id)

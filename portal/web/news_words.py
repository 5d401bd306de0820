"""What a piece of news says: what happened, why, where there is more about it. For the inbox and for mails alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.domain import inbox, notifications
from portal.domain.accounts import User
from portal.domain.activities import Activity, ActivityStatus
from portal.domain.badges import Badge
from portal.domain.inbox import Facts, Message
from portal.domain.leaderboards import LeaderboardType, Timeframe
from portal.domain.notifications import News, Notification
from portal.domain.periods import Board
from portal.domain.volunteers import Volunteer
from portal.web import board_words, words
from portal.web.addresses import url_for
from portal.web.explanations import kind_words, measure, signature
from portal.web.starter_words import translated


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of news as it is shown: `by` signs words that somebody wrote, `points` may be None."""

    what: str
    why: str = ""
    url: str | None = None
    icon: str = "bell"
    badge: Badge | None = None
    points: int | None = None
    quote: str = ""
    by: str = ""


def tell(message: Message, facts: Facts, reader: Volunteer, today: date) -> list[Item]:
    """What a message says to its reader; never nothing. What they may not know of any more is left out."""
    said = [item for one in message.news if (item := of(one, facts, reader, today)) is not None]
    return said or [Item(_("This does not stand any more"), icon="history")]


def of(news: Notification, facts: Facts, reader: Volunteer, today: date) -> Item | None:
    """A piece of news; None for what the reader may not know of any more."""
    return SAID[News(news.kind)](news, facts, reader, today)


def achievement(news: Notification, facts: Facts, _reader: Volunteer, _today: date) -> Item | None:
    """What was completed, with the medal that came with it."""
    done = facts.completions.get(news.data["completion_id"])
    if done is None or (done.reversed_at is not None and done.achievement.is_secret):
        return None
    held = facts.held.get(news.data.get("volunteer_badge_id"))
    badge = held.badge if held is not None and facts.knows(held.badge) else None
    points = facts.brought("completion_id", done.id)
    if badge is not None:
        points += facts.brought("volunteer_badge_id", held.id)
    name = translated(done.achievement.name)
    item = Item(translated(badge.name) if badge else name, icon="trophy", badge=badge, points=points or None)
    why = _("You completed “%(name)s”.", name=name) if badge else _("You completed it.")
    if done.given_by_id is not None:
        item = replace(item, quote=done.reason or "", by=signed(facts, done.given_by_id))
    if done.nth > 1:
        why = ngettext(
            "You completed “%(name)s” %(n)s time now.",
            "You completed “%(name)s” %(n)s times now.",
            done.nth,
            name=name,
            n=words.number(done.nth),
        )
    url = url_for("badges.show", badge_id=badge.id) if badge else url_for("achievements.index")
    return replace(item, why=since(why, done.reversed_at is not None), url=url)


def badge(news: Notification, facts: Facts, _reader: Volunteer, _today: date) -> Item | None:
    """A medal that was given by hand, or taken back."""
    held = facts.held.get(news.data["volunteer_badge_id"])
    if held is None:
        return None
    if news.key.startswith("revoked:"):
        return taken_medal(held, facts)
    if not facts.knows(held.badge):
        return None
    return Item(
        translated(held.badge.name),
        since(_("A medal for you."), held.revoked_at is not None),
        url_for("badges.show", badge_id=held.badge_id),
        badge=held.badge,
        points=facts.brought("volunteer_badge_id", held.id) or None,
        quote=translated(held.earned_reason),
        by=signed(facts, held.awarded_by_id),
    )


def taken_medal(held, facts: Facts) -> Item:
    """A medal that was taken back; of a secret one neither what it was nor why."""
    points = facts.brought("volunteer_badge_id", held.id, undoes=True) or None
    if not facts.knows(held.badge):
        return Item(_("A medal was taken back"), icon="medal", points=points)
    what = _("“%(name)s” was taken back", name=translated(held.badge.name))
    by = signed(facts, held.revoked_by_id)
    url = url_for("badges.show", badge_id=held.badge_id)
    return Item(what, "", url, "medal", points=points, quote=translated(held.revoked_reason), by=by)


def streak(news: Notification, _facts: Facts, _reader: Volunteer, _today: date) -> Item:
    """So many days in a row."""
    days = news.data["days"]
    what = ngettext("%(n)s day in a row", "%(n)s days in a row", days, n=words.number(days))
    return Item(what, _("Your run goes on. Every day that you help adds to it."), url_for("dashboard.show"), "calendar")


def rank(news: Notification, _facts: Facts, _reader: Volunteer, _today: date) -> Item:
    """Among the first ten of a board, or a climb."""
    data = news.data
    place, climbed = words.ordinal(data["rank"]), data.get("climbed")
    what = _("You are among the first ten: %(place)s", place=place)
    if climbed:
        n = words.number(climbed)
        what = ngettext(
            "You climbed %(n)s place, to %(place)s", "You climbed %(n)s places, to %(place)s", climbed, n=n, place=place
        )
    kind, frame = LeaderboardType(data["leaderboard_type"]), Timeframe(data["timeframe"])
    when = _("of all time")
    if data.get("period_start"):
        when = board_words.period(Board(kind, frame), date.fromisoformat(data["period_start"]))
    why = _("%(board)s, %(when)s", board=board_words.unit_of(kind), when=when)
    return Item(what, why, url_for("leaderboards.show", kind=kind, timeframe=frame), "list-ordered")


def points(news: Notification, facts: Facts, _reader: Volunteer, _today: date) -> Item | None:
    """Points that somebody gave or took, with their words."""
    award = facts.awards.get(news.data["award_id"])
    if award is None:
        return None
    n = words.points(abs(award.points))
    what = _("%(points)s for you", points=n) if award.points > 0 else _("%(points)s were taken", points=n)
    quote = " ".join(part for part in (award.reason, award.note) if part)
    undone = bool(facts.brought("award_id", award.id, undoes=True))
    why = since("", undone)
    if undone and (reason := facts.undone.get(award.batch_id or 0)):
        why = _("Taken back since: %(reason)s", reason=reason)
    url = url_for("history.index", show="given")
    return Item(what, why, url, "gift", None, award.points, quote, signed(facts, award.awarded_by_id))


def correction(news: Notification, facts: Facts, reader: Volunteer, today: date) -> Item | None:
    """Something that was taken back or put right, and why."""
    data, history = news.data, url_for("history.index")
    if "activity_id" in data:
        return corrected(news, facts, reader, today)
    if "completion_id" in data:
        return taken_achievement(news, facts)
    if "merged_id" in data:
        why = _("You were entered twice. What you did and earned stands together now.")
        return Item(_("Two entries of yours are one now"), why, history, "users")
    reason = facts.undone.get(data["batch_id"], "")
    why = _("An entry for several people was undone: %(reason)s", reason=reason)
    return Item(
        _("Something was taken back"),
        why if reason else _("An entry for several people was undone."),
        history,
        "pencil",
    )


def corrected(news: Notification, facts: Facts, reader: Volunteer, today: date) -> Item | None:
    """An activity that does not count any more."""
    activity = facts.activities.get(news.data["activity_id"])
    if activity is None:
        return None
    change = facts.brought("activity_id", activity.id, undoes=True) or None
    what = _("Corrected: %(what)s", what=named(activity, today))
    return Item(what, "", url_for("history.index"), "pencil", points=change, quote=translated(activity.reason))


def taken_achievement(news: Notification, facts: Facts) -> Item | None:
    """An achievement that somebody had given, and took back."""
    done = facts.completions.get(news.data["completion_id"])
    if done is None or done.achievement.is_secret:
        return Item(_("An achievement was taken back"), icon="trophy")
    what = _("“%(name)s” was taken back", name=translated(done.achievement.name))
    change = facts.brought("completion_id", done.id, undoes=True) or None
    url = url_for("achievements.index")
    return Item(what, "", url, "trophy", points=change, quote=translated(done.reversed_reason))


def confirmed(news: Notification, facts: Facts, _reader: Volunteer, today: date) -> Item | None:
    """Hours that a coordinator confirmed."""
    activity = facts.activities.get(news.data["activity_id"])
    if activity is None:
        return None
    what = _("Confirmed: %(what)s", what=named(activity, today))
    logged = facts.activities.get(news.data.get("logged_activity_id"))
    counts = _("They count. Thank you.") if logged is None else _("Changed first: %(reason)s", reason=logged.reason)
    why = since(counts, activity.status == ActivityStatus.REVERSED)
    change = facts.brought("activity_id", activity.id) or None
    return Item(what, why, url_for("hours.show", activity_id=activity.id), "check", points=change)


def turned_down(news: Notification, facts: Facts, _reader: Volunteer, today: date) -> Item | None:
    """Hours that a coordinator turned down, and why."""
    activity = facts.activities.get(news.data["activity_id"])
    if activity is None:
        return None
    what = _("Not confirmed: %(what)s", what=named(activity, today))
    url = url_for("hours.show", activity_id=activity.id)
    return Item(what, _("They don’t count."), url, "x", quote=translated(activity.reason))


def new_to_earn(news: Notification, facts: Facts, _reader: Volunteer, _today: date) -> Item | None:
    """What can be earned since a day."""
    new = facts.new(news.data["on"])
    if not new:
        return None
    first, rest = new[0], len(new) - 1
    what = _("New to earn: %(name)s", name=translated(first.name))
    if rest:
        what = ngettext(
            "New to earn: %(name)s, and %(n)s more",
            "New to earn: %(name)s, and %(n)s more",
            rest,
            name=translated(first.name),
            n=words.number(rest),
        )
    why = translated(first.description) or _("See how near you are.")
    return Item(what, why, url_for("achievements.index"), "target")


def named(activity: Activity, today: date) -> str:
    """'Soup kitchen, 3 hours at 5 points an hour, yesterday'."""
    what = activity.reference_name or kind_words(activity.event_type)
    day = words.day_in_a_sentence(activity.occurred_on, today)
    return _("%(what)s, %(measure)s, %(day)s", what=what, measure=measure(activity), day=day)


def signed(facts: Facts, user_id: int | None) -> str:
    """'Grace Moreau, coordinator'; for who was forgotten, that somebody was here."""
    user: User | None = facts.users.get(user_id)
    return signature(user) if user is not None else ""


def since(why: str, fallen: bool) -> str:
    """Why, and that it does not stand any more."""
    return " ".join(part for part in (why, _("It was taken back since.") if fallen else "") if part)


SAID: dict[News, Callable[[Notification, Facts, Volunteer, date], Item | None]] = {
    News.ACHIEVEMENT: achievement,
    News.BADGE: badge,
    News.STREAK: streak,
    News.RANK: rank,
    News.POINTS: points,
    News.CORRECTION: correction,
    News.HOURS_CONFIRMED: confirmed,
    News.HOURS_TURNED_DOWN: turned_down,
    News.NEW_TO_EARN: new_to_earn,
}
"""How each kind of news is said."""


def all_news(messages: Sequence[Message]) -> list[Notification]:
    """Everything that these messages tell."""
    return [one for message in messages for one in message.news]


def bell(me: Volunteer) -> dict:
    """What the bell shows and says."""
    unread = inbox.unread(me.id)
    many = unread >= notifications.MANY
    number = f"{notifications.MANY - 1}+" if many else words.number(unread)
    said = ngettext("News: %(n)s message unread", "News: %(n)s messages unread", unread, n=number)
    return {"unread": unread, "number": number if unread else "", "said": said if unread else _("News")}

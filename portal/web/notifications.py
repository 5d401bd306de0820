"""My news: the inbox, the bell in the header, and of what I want mail.

Looking changes nothing. The page sends a small form with what it showed: by itself where scripts run, else by its
button; what it marks as read is only what was on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import RadioField

from portal.access import volunteers
from portal.domain import badges, inbox, leaderboards, mail_choices
from portal.domain.inbox import MESSAGES, Facts, Message
from portal.domain.mail_choices import Way
from portal.domain.notifications import News
from portal.domain.volunteers import Volunteer
from portal.web import news_words, words
from portal.web.fields import options
from portal.web.news_words import Item
from portal.writing import write

screen = Blueprint("notifications", __name__)

KINDS = {
    News.ACHIEVEMENT: _l("Achievements, and the medals that come with them"),
    News.BADGE: _l("Medals given or taken by hand"),
    News.STREAK: _l("Days in a row"),
    News.RANK: _l("Your place on the boards"),
    News.NEW_TO_EARN: _l("Something new to earn"),
    News.POINTS: _l("Points given or taken by hand"),
    News.CORRECTION: _l("Corrections"),
    News.HOURS_CONFIRMED: _l("Hours that were confirmed"),
    News.HOURS_TURNED_DOWN: _l("Hours that were not confirmed"),
}
WAYS = [(Way.AT_ONCE.value, _l("At once")), (Way.DAILY.value, _l("Once a day")), (Way.NEVER.value, _l("Never"))]


class PreferencesForm(FlaskForm):
    """How I want each kind of news by mail; its fields are added below, one for each kind."""


for _kind, _label in KINDS.items():
    setattr(PreferencesForm, _kind.value, RadioField(_label, choices=options(WAYS)))


@dataclass(frozen=True, slots=True)
class Told:
    """A message as the page shows it."""

    when: str
    at: str
    unread: bool
    items: list[Item]
    more: str


@dataclass(frozen=True, slots=True)
class Day:
    """The messages of a day."""

    title: str
    messages: list[Told]


@screen.get("/notifications")
@volunteers
def index():
    """My messages, the newest first."""
    me, now = reader(), datetime.now(UTC)
    before = moment_of(request.args.get("before"))
    messages = inbox.page(me.id, before=before, limit=MESSAGES + 1)
    shown, older = messages[:MESSAGES], len(messages) > MESSAGES
    return render_template(
        "notifications/index.html",
        days=days(shown, me, now),
        reading=reading(shown, inbox.unread(me.id)),
        newest_url=url_for(".index") if before else None,
        first_badge=None if shown else next(iter(badges.starters()), None),
        older_url=url_for(".index", before=as_text(shown[-1].at)) if older else None,
    )


def reader() -> Volunteer:
    """Whoever looks; who is no volunteer has no news."""
    return current_user.volunteer or abort(404)


def days(messages: Sequence[Message], me: Volunteer, now: datetime) -> list[Day]:
    """Messages by the day on which they came."""
    facts, today = Facts(me.id, news_words.all_news(messages)), me.today(now)
    return [
        Day(words.near_day(day, today), [told(one, facts, me, now) for one in some])
        for day, some in groupby(messages, key=lambda one: one.at.astimezone(me.zone).date())
    ]


def told(message: Message, facts: Facts, me: Volunteer, now: datetime) -> Told:
    """A message in words."""
    rest = message.total - len(message.news)
    more = ngettext("and %(n)s more", "and %(n)s more", rest, n=words.number(rest)) if rest else ""
    items = news_words.tell(message, facts, me, me.today(now))
    return Told(words.clock(message.at, me.zone), message.at.isoformat(timespec="seconds"), message.unread, items, more)


def reading(shown: Sequence[Message], unread: int) -> dict | None:
    """What the page sends to say what was read; nothing where all is."""
    if not shown or not unread:
        return None
    fresh = any(one.unread for one in shown)
    return {"newest": as_text(shown[0].at), "oldest": as_text(shown[-1].at), "by_itself": fresh}


def as_text(moment: datetime) -> str:
    """An instant for an address or a form."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def moment_of(text: str | None) -> datetime | None:
    """An instant as an address has it; None for what is none."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


@screen.post("/notifications/read")
@volunteers
def read():
    """Marks as read what the page showed; by its button, all that came before as well."""
    me, now = reader(), datetime.now(UTC)
    newest, oldest = (moment_of(request.form.get(name)) for name in ("newest", "oldest"))
    if newest is None:
        abort(422)
    write(lambda: inbox.mark_read(me.id, newest=newest, oldest=None if "all" in request.form else oldest, now=now))
    if request.headers.get("HX-Request") == "true":
        return render_template("notifications/_bell.html", bell=news_words.bell(me))
    return redirect(url_for(".index"))


@screen.get("/notifications/bell")
@volunteers
def ring():
    """The bell, for the page that asks whether there is something new; nothing if there is not."""
    now = news_words.bell(reader())
    if request.args.get("shown", type=int) == now["unread"]:
        return "", 204
    return render_template("notifications/_bell.html", bell=now)


@screen.get("/notifications/preferences")
@volunteers
def preferences():
    """Of what I want mail, and when."""
    chosen = {kind.value: way.value for kind, way in mail_choices.choices_of(reader()).items()}
    return draw(form_for(data=chosen))


def form_for(**given) -> PreferencesForm:
    """The form, without a kind of news that is not said here."""
    form = PreferencesForm(**given)
    if unsaid := leaderboards.unsaid():
        del form[unsaid.value]
    return form


@screen.post("/notifications/preferences")
@volunteers
def choose():
    """Keeps what I want."""
    me, form = reader(), form_for()
    if not form.validate_on_submit():
        return draw(form), 422
    ways = {kind: Way(form[kind.value].data) for kind in KINDS if kind.value in form}
    write(lambda: mail_choices.choose(me, ways))
    flash(_("It is kept. In the portal you find all your news, whatever you chose."))
    return redirect(url_for(".preferences"))


def draw(form: PreferencesForm) -> str:
    """The page around the form."""
    return render_template(
        "notifications/preferences.html", form=form, kinds=[form[kind.value] for kind in KINDS if kind.value in form]
    )

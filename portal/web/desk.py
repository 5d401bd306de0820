"""The coordinator's desk: what waits, who is nearly there, who is new, who has not been thanked, and thanks by hand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.access import coordinators
from portal.domain import attention, directory, sign_ups, undoing, uploads
from portal.domain.activities import Batch
from portal.domain.attention import Close
from portal.domain.badges import Badge
from portal.domain.points import VolunteerPoints
from portal.domain.uploads import Upload
from portal.domain.volunteers import Volunteer
from portal.web import awards, import_words, missing, reviews, words
from portal.web.awards import AwardForm
from portal.web.choosing import Choice, person
from portal.web.missing import Blank
from portal.web.page import Person
from portal.web.reviews import ReviewForm
from portal.web.starter_words import translated

screen = Blueprint("desk", __name__)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person with a line about them; a badge that they are close to, or where to thank them."""

    person: Person
    note: str
    badge: Badge | Blank | None = None
    share: float = 0
    secret: bool = False
    thank_url: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """An import that is under way or had problems."""

    name: str
    note: str
    url: str
    wrong: bool


@screen.get("/desk")
@coordinators
def show():
    """The desk."""
    now = datetime.now(UTC)
    today = words.my_today(now)
    given = reviews.waiting(ReviewForm(formdata=None), now, place="desk")
    given |= awards.award_form(AwardForm(formdata=None), Choice([]))
    close = [nearly(one) for one in attention.nearly_there(now, today)]
    quiet = [unthanked(one, hours) for one, hours in attention.not_thanked(now, today) if not is_me(one)]
    return render_template(
        "desk/show.html",
        heading=greeting(now),
        lede=summary(given["waiting_total"], given["waiting_hours"], len(close), len(quiet)),
        close=close,
        new=[newcomer(one, balance, today) for one, balance in directory.new_since(now - WEEK)],
        quiet_ones=quiet,
        files=[file(*one) for one in uploads.worth_a_look(now - WEEK)],
        groups=[group(one) for one in undoing.lately(now - WEEK)],
        sign_ups=joiners(),
        told=None,
        problems=[],
        **given,
    )


def joiners() -> File | None:
    """Who would like to join, in a line; None for nobody."""
    number = sign_ups.number_waiting()
    if not number:
        return None
    title = ngettext(
        "%(n)s person would like to join", "%(n)s people would like to join", number, n=words.number(number)
    )
    return File(title, _("Say yes or no."), url_for("sign_ups.index"), wrong=False)


def is_me(one: Volunteer) -> bool:
    """Whether that is whoever is signed in; nobody thanks themself."""
    return one.id == current_user.volunteer_id


def greeting(now: datetime) -> str:
    """'Good morning, Siobhán'."""
    hour, name = now.astimezone(words.my_zone()).hour, current_user.name.split()[0]
    if 4 <= hour < 12:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if 12 <= hour < 18 else _("Good evening, %(name)s", name=name)


def summary(waiting: int, hours, close: int, quiet: int) -> str:
    """What there is to do, in a sentence or three."""
    n = words.number(hours)
    plenty = ngettext("%(n)s hour waits for your yes.", "%(n)s hours wait for your yes.", words.plural(hours), n=n)
    sentences = [plenty if waiting else _("Nothing waits for your yes.")]
    if close:
        few = words.number(close)
        sentences.append(ngettext("One person is nearly there.", "%(n)s people are nearly there.", close, n=few))
    if quiet:
        many = words.number(quiet)
        sentences.append(
            ngettext("One has not been thanked for a while.", "%(n)s have not been thanked for a while.", quiet, n=many)
        )
    return " ".join(sentences)


def nearly(one: Close) -> Somebody:
    """'3 more hours to Century Club'."""
    aim = one.aim
    badge = aim.badge or missing.blank(aim)
    name = translated(aim.badge.name if aim.badge is not None else aim.achievement.name)
    note = _("%(missing)s to %(name)s", missing=missing.short(aim, one.run), name=name)
    secret = aim.achievement.is_secret or (aim.badge is not None and aim.badge.is_secret)
    return Somebody(person(one.volunteer), note, badge=badge, share=aim.share, secret=secret)


def newcomer(one: Volunteer, balance: VolunteerPoints, today: date) -> Somebody:
    """'Since Monday 18 May, 3 hours so far'."""
    since = words.near_day(words.local_date(one.joined_at), today)
    hours = words.hours(balance.total_hours)
    note = _("%(since)s, %(hours)s so far", since=since, hours=hours) if balance.total_hours else since
    return Somebody(person(one), note)


def unthanked(one: Volunteer, hours) -> Somebody:
    """'41 hours in the last 90 days'."""
    note = _("%(hours)s in the last 90 days", hours=words.hours(hours))
    return Somebody(person(one), note, thank_url=url_for("awards.new", to=one.id))


def group(one: Batch) -> File:
    """What was done for several people, in a line."""
    when = words.near_day(words.local_date(one.created_at), words.my_today(datetime.now(UTC)))
    note = _("%(people)s, %(when)s", people=words.people(one.rows), when=when)
    return File(one.name, note, url_for("batches.show", batch_id=one.id), wrong=False)


def file(one: Batch, upload: Upload | None) -> File:
    """An import in a line."""
    url = url_for("imports.show", batch_id=one.id)
    if one.failure:
        return File(one.name, one.failure, url, wrong=True)
    return File(one.name, import_words.state(one, upload), url, wrong=upload is None)

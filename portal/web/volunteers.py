"""People, as coordinators see them: everybody by name, and one with all that they did, have and were given."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal.access import coordinators
from portal.domain import accounts, directory, dossier, history, leaderboards, points, sign_ups, teams, volunteers
from portal.domain.accounts import Role
from portal.domain.activities import Activity
from portal.domain.badges import Badge
from portal.domain.directory import Found
from portal.domain.dossier import Conferred, Medal
from portal.domain.history import Place
from portal.domain.points import PointsHistory, VolunteerPoints
from portal.domain.volunteers import Status, Visibility, Volunteer
from portal.web import explanations, missing, words
from portal.web.asked import asked_row, existing, is_part
from portal.web.awards import RevocationForm
from portal.web.choosing import person
from portal.web.deeds import done
from portal.web.page import Link, Person
from portal.web.starter_words import translated

screen = Blueprint("volunteers", __name__)
LINES = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody in the list."""

    person: Person
    note: str
    points: str
    hours: str
    marks: list[str]


@dataclass(frozen=True, slots=True)
class Given:
    """A badge that somebody holds or held."""

    id: int
    badge: Badge
    when: str
    why: str
    lost: str | None


@screen.get("/people")
@coordinators
def index():
    """Everybody by name; found by a part of it, an e-mail or an id."""
    text, status = request.args.get("q", "").strip()[: directory.LONGEST], request.args.get("status", "")
    wanted = {"text": text, "status": status if status in (Status.INACTIVE, Status.ACTIVE) else ""}
    wanted["unlisted"] = status == Visibility.UNLISTED
    after, before = asked_row(Volunteer, "after"), asked_row(Volunteer, "before")
    found = directory.page(**wanted, after=after, before=before)
    given = {
        "entries": [entry(one, balance) for one, balance in found.people],
        "query": text,
        "status": status,
        "filters": filters(text, status),
        "words": number_words(found, text),
        **pages(found, text, status),
    }
    if is_part():
        return render_template("volunteers/_people.html", **given)
    given |= {"sign_ups": sign_ups.number_waiting(), "takes_sign_ups": sign_ups.are_open()}
    return render_template("volunteers/index.html", **given)


def filters(text: str, status: str) -> list[Link]:
    """Which people the list shows."""
    ways = (("", _("Everybody")), ("active", _("Active")), ("inactive", _("Inactive")), ("unlisted", _("Unlisted")))
    return [
        Link(label=label, url=url_for("volunteers.index", q=text or None, status=key or None), current=key == status)
        for key, label in ways
    ]


def pages(found: Found, text: str, status: str) -> dict:
    """Where the list goes on."""
    same = {"q": text or None, "status": status or None}
    first, last = (found.people[0][0].id, found.people[-1][0].id) if found.people else (None, None)
    return {
        "previous_url": url_for("volunteers.index", before=first, **same) if found.earlier and first else None,
        "next_url": url_for("volunteers.index", after=last, **same) if found.later and last else None,
    }


def number_words(found: Found, text: str) -> str:
    """'12 people' on this page."""
    if text and not found.people:
        return _("Nobody fits “%(text)s”.", text=text)
    return words.people(len(found.people)) if not (found.earlier or found.later) else _("By name.")


def entry(one: Volunteer, balance: VolunteerPoints) -> Entry:
    """Somebody in the list."""
    note = words.listed((one.email, one.external_id))
    return Entry(person(one), note, words.number(balance.total_points), words.number(balance.total_hours), marks(one))


def marks(one: Volunteer) -> list[str]:
    """What sets somebody apart: unlisted, not active."""
    known = {
        Status.INACTIVE: _("Inactive"),
        Status.FORGOTTEN: _("Former volunteer"),
        Status.MERGED: _("Merged into another entry"),
    }
    found = [known[Status(one.status)]] if one.status in known else []
    return [*found, _("Unlisted")] if one.visibility == Visibility.UNLISTED else found


@screen.get("/people/<int:volunteer_id>")
@coordinators
def show(volunteer_id: int):
    """Everything of one of them."""
    one = existing(Volunteer, volunteer_id)
    if one.merged_into_id is not None:
        return redirect(url_for("volunteers.show", volunteer_id=volunteers.standing_for(one).id))
    now = datetime.now(UTC)
    today, balance = words.my_today(now), points.balance_of(one.id)
    return render_template(
        "volunteers/show.html",
        one=person(one),
        name=one.name or _("Former volunteer"),
        marks=marks(one),
        facts=facts(one),
        teams=[Link(it.team.name, url_for("teams.show", team_id=it.team.id)) for it in teams.of(one.id)],
        numerals=numerals(one, balance, now),
        mine=one.id == current_user.volunteer_id,
        forget_url=forget_url(one),
        invite_url=invite_url(one),
        merge_url=url_for("merging.new", volunteer_id=one.id) if may_be_merged(one) else None,
        birth_url=url_for("birth_dates.edit", volunteer_id=one.id) if may_be_merged(one) else None,
        active=one.status == Status.ACTIVE,
        medals=[given(found, today) for found in dossier.medals(one.id)],
        conferred=[conferred(found, today) for found in dossier.conferred(one.id)],
        form=RevocationForm(formdata=None),
        **deeds(one, today),
        **ledger(one, today),
    )


def may_be_merged(one: Volunteer) -> bool:
    """Whether this may be somebody who is here twice: not oneself, nor who was forgotten."""
    return one.id != current_user.volunteer_id and one.status in (Status.ACTIVE, Status.INACTIVE)


def invite_url(one: Volunteer) -> str | None:
    """Where they are invited to sign in; None for who does already, or is not active."""
    may = one.status == Status.ACTIVE and not accounts.of_volunteers([one.id])
    return url_for("invitations.new", to=one.id) if may else None


def forget_url(one: Volunteer) -> str | None:
    """Where an admin has somebody else forgotten; None for whoever may not, and who is forgotten already."""
    may = current_user.may(Role.ADMIN) and one.id != current_user.volunteer_id and one.status != Status.FORGOTTEN
    return url_for("forgetting.new", volunteer_id=one.id) if may else None


def facts(one: Volunteer) -> list[tuple[str, str]]:
    """What is known of somebody."""
    visibilities = {
        Visibility.FULL_NAME: _("With their full name"),
        Visibility.FIRST_NAME_INITIAL: _("As %(name)s", name=one.shown_name),
        Visibility.NICKNAME: _("As %(name)s", name=one.shown_name),
        Visibility.UNLISTED: _("Not at all: in no list, on no board"),
    }
    known = [
        (_("E-mail"), one.email),
        (_("Their number elsewhere"), one.external_id),
        (_("Also known as"), words.listed(also_known(one))),
        (_("With us since"), words.long_day(words.local_date(one.joined_at))),
        (_("Others see them"), visibilities[Visibility(one.visibility)]),
        (_("Birth date"), words.long_day(one.birth_date) if one.birth_date else None),
        (_("Time zone"), one.time_zone),
    ]
    return [(label, value) for label, value in known if value]


def also_known(one: Volunteer) -> list[str]:
    """The e-mails and numbers of entries that were merged into this one."""
    return [name for entry in volunteers.leading_to([one.id]) for name in (entry.email, entry.external_id) if name]


def numerals(one: Volunteer, balance: VolunteerPoints, now: datetime) -> list[dict]:
    """The four large numbers."""
    run = missing.run_now(balance, one.today(now))
    rank = leaderboards.place_of(balance)
    place = {"value": words.number(rank), "unit": words.ordinal_ending(rank)} if rank else {"value": "–"}
    days = ngettext("day", "days", run)
    longest = _("longest %(n)s", n=words.number(balance.longest_streak_days))
    return [
        {"label": _("Hours given"), "value": words.number(balance.total_hours)},
        {"label": _("Points"), "value": words.number(balance.total_points)},
        *([{"label": _("Place, all time"), "raised": True} | place] if leaderboards.people_are_compared() else []),
        {"label": _("In a row"), "value": words.number(run), "unit": days, "note": longest},
    ]


def deeds(one: Volunteer, today: date) -> dict:
    """A page of what they did."""
    here = url_for("volunteers.show", volunteer_id=one.id)
    older = asked_row(Activity, "older_than")
    found = dossier.deeds(one.id, older_than=older if older and older.volunteer_id == one.id else None, limit=LINES + 1)
    last = found[LINES - 1].activity.id if len(found) > LINES else None
    return {
        "deeds": [done(deed, today) for deed in found[:LINES]],
        "older_deeds_url": f"{here}?older_than={last}#deeds" if last else None,
        "first_deeds_url": f"{here}#deeds" if older else None,
    }


def ledger(one: Volunteer, today: date) -> dict:
    """A page of where their points come from."""
    here = url_for("volunteers.show", volunteer_id=one.id)
    place = asked_place(one)
    found = history.page(one.id, older=place, limit=LINES + 1)
    last = found[LINES - 1].place if len(found) > LINES else None
    return {
        "lines": explanations.tell(found[:LINES], today, desk=True),
        "older_lines_url": f"{here}?{'row' if last.source else 'deed'}={last.id}#ledger" if last else None,
        "first_lines_url": f"{here}#ledger" if place else None,
    }


def asked_place(one: Volunteer) -> Place | None:
    """Behind which line the address wants to go on; None for the first page."""
    row, deed = asked_row(PointsHistory, "row"), asked_row(Activity, "deed")
    if row is not None and row.volunteer_id == one.id:
        return Place(row.effective_at, 1, row.id)
    return Place(deed.occurred_at, 0, deed.id) if deed is not None and deed.volunteer_id == one.id else None


def conferred(found: Conferred, today: date) -> dict:
    """An achievement that was given by hand, and how it went."""
    one = found.completion
    lost = None
    if one.reversed_at is not None:
        who = found.taken_by.name if found.taken_by else _("a correction")
        lost = _("Taken back by %(who)s: %(reason)s", who=who, reason=translated(one.reversed_reason) or "–")
    return {
        "id": one.id,
        "name": translated(one.achievement.name),
        "is_secret": one.achievement.is_secret,
        "when": words.near_day(words.local_date(one.completed_at), today),
        "why": _("By %(name)s: %(reason)s", name=found.by.name, reason=one.reason or "–"),
        "lost": lost,
    }


def given(found: Medal, today: date) -> Given:
    """A badge with how it came, and how it went."""
    held = found.held
    why, lost = _("Earned"), None
    if found.by is not None:
        why = _("By %(name)s: %(reason)s", name=found.by.name, reason=translated(held.earned_reason) or "–")
    if held.revoked_at is not None:
        who = found.taken_by.name if found.taken_by else _("a correction")
        lost = _("Taken back by %(who)s: %(reason)s", who=who, reason=translated(held.revoked_reason) or "–")
    return Given(held.id, held.badge, words.near_day(words.local_date(held.earned_at), today), why, lost)

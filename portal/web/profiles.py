"""A volunteer as others may see them: name, showcase, medals, points and place of all time."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Blueprint, abort, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import volunteers
from portal.domain import catalogue, leaderboards, points, privacy, teams
from portal.domain.accounts import Role
from portal.domain.badges import VolunteerBadge
from portal.domain.points import VolunteerPoints
from portal.domain.volunteers import Volunteer
from portal.web import words
from portal.web.dashboard import Numeral
from portal.web.page import Link, as_person

screen = Blueprint("profiles", __name__)


@screen.get("/volunteers/<int:volunteer_id>")
@volunteers
def show(volunteer_id: int):
    """Their page; for whom one may not know of there is none."""
    who = privacy.seen_by(current_user, volunteer_id) or abort(404)
    oneself = privacy.is_oneself(current_user, who)
    held = catalogue.shown_of(who, current_user)
    shown = sorted((one for one in held if one.is_showcased), key=lambda one: one.showcase_position or 0)
    today = words.my_today(datetime.now(UTC))
    return render_template(
        "profiles/show.html",
        person=as_person(who),
        oneself=oneself,
        note=note(who, oneself),
        joined=words.month(words.local_date(who.joined_at)),
        numerals=numerals(points.balance_of(who.id), who, held),
        showcase=[item(one, today) for one in shown],
        medals=[item(one, today) for one in held],
        teams=[Link(one.name, url_for("teams.show", team_id=one.id)) for one in teams.shown_of(who.id, current_user)],
        ways=ways(who, oneself),
    )


def note(who: Volunteer, oneself: bool) -> str | None:
    """What coordinators, or oneself, should know about how others see this page."""
    if oneself and not who.listed:
        return _("You are not listed: nobody but you and your coordinators sees this page.")
    if oneself:
        return _("This is what others see of you.")
    if not current_user.may(Role.COORDINATOR):
        return None
    if not who.listed:
        return _("%(name)s. Not listed: other volunteers don’t see this page.", name=who.name)
    return who.name if who.name != who.shown_name else None


def ways(who: Volunteer, oneself: bool) -> list[Link]:
    """Where oneself, and coordinators, go on from here."""
    links = [Link(_("Change how others see you"), url_for("settings.show"))] if oneself else []
    if current_user.may(Role.COORDINATOR):
        links.append(Link(_("All that coordinators see"), url_for("volunteers.show", volunteer_id=who.id)))
    return links


def numerals(balance: VolunteerPoints, who: Volunteer, held: Sequence[VolunteerBadge]) -> list[Numeral]:
    """Points and place of all time, and how many medals of those that are shown here."""
    found = [Numeral(_("Points"), words.number(balance.total_points), note=_("of all time"))]
    place = leaderboards.place_of(balance)
    if place is not None and who.listed:
        ending = words.ordinal_ending(place)
        found.append(Numeral(_("Place"), words.number(place), ending, _("of all time"), raised=True))
    return [*found, Numeral(_("Medals"), words.number(len(held)), note=_("held now"))]


def item(held: VolunteerBadge, today) -> dict:
    """A medal on the page."""
    return {
        "badge": held.badge,
        "on": words.short_day(words.local_date(held.earned_at), today),
        "url": url_for("badges.show", badge_id=held.badge_id),
    }

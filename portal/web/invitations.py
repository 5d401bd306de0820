"""Inviting people by e-mail, and what became of it. Where there is no mail, the link is shown once."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import DataRequired, Length

from portal.access import coordinators
from portal.domain import invitations, volunteers
from portal.domain.accounts import Role
from portal.domain.door_mails import Occasion
from portal.domain.idempotency import OtherContent
from portal.domain.invitations import Invitation
from portal.domain.one_time import State
from portal.domain.refusals import NotPossible
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from portal.jobs.mail import is_set_up
from portal.web import door_letters, moments, words
from portal.web.addresses import url_for
from portal.web.asked import as_id, asked_row, existing
from portal.web.fields import Email, Words, options
from portal.web.users import ROLES, role_word
from portal.web.writing import ALREADY_SENT, OnceForm, write, write_and_tell

screen = Blueprint("invitations", __name__)


class InvitationForm(OnceForm):
    """Whom, and as what. Coordinators invite volunteers; admins anybody."""

    name = Words(_l("Name"), [DataRequired(_l("Say what they are called.")), Length(max=200)])
    email = Email(_l("E-mail"), [DataRequired(_l("They sign in with it.")), Length(max=254)])
    role = RadioField(_l("Role"), choices=options(ROLES), default=Role.VOLUNTEER.value)
    volunteers = BooleanField(_l("They volunteer, too"), default=True)
    to = HiddenField()

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        if not current_user.may(Role.ADMIN):
            del self.role
            del self.volunteers

    @property
    def asked(self) -> dict:
        """What the form says."""
        role = self.role.data if "role" in self else Role.VOLUNTEER.value
        joins = self.volunteers.data if "volunteers" in self else True
        return {"name": self.name.data, "email": self.email.data, "role": role, "joins": bool(joins)}


@screen.get("/invitations")
@coordinators
def index():
    """Those that are open."""
    now, zone = datetime.now(UTC), words.my_zone()
    found = [about(one, now, zone) for one in invitations.waiting()]
    return render_template("invitations/index.html", invitations=found, has_mail=is_set_up())


@screen.get("/invitations/new")
@coordinators
def new():
    """An empty form, or for a volunteer whom one came from."""
    one = asked_row(Volunteer, "to")
    known = {"name": one.name, "email": one.email, "to": one.id} if one is not None else {}
    return page(InvitationForm(formdata=None, **known))


@screen.post("/invitations")
@coordinators
def create():
    """Invites; where there is no mail, the link stands on this answer and nowhere else."""
    form = InvitationForm()
    if not form.validate_on_submit():
        return page(form), 422
    try:
        invitation_id, secret = invited(form)
    except OtherContent:
        form.name.errors = [ALREADY_SENT]
    except ValueError as error:
        form.email.errors = [str(error)]
    else:
        return told(db.session.get_one(Invitation, invitation_id), secret)
    return page(form), 422


def invited(form: InvitationForm) -> tuple[int, str | None]:
    """The invitation's id, and the secret of its link where it is shown; the same form sent twice is one."""
    by, now, secret = current_user._get_current_object(), datetime.now(UTC), None

    def work() -> int:
        nonlocal secret
        number = as_id(form.to.data)
        found = db.session.get(Volunteer, number) if number else None
        whom = volunteers.standing_for(found) if found is not None else None
        one = invitations.invite(**form.asked, volunteer=whom, by=by, now=now)
        secret = carried(one, now)
        return one.id

    invitation_id, mine = write_and_tell(form.key, work, content=[form.asked, form.to.data], now=now)
    return invitation_id, secret if mine else None


def carried(one: Invitation, now: datetime) -> str | None:
    """How it goes to them: by mail, which makes its link; where there is none, by hand, with the link returned."""
    if not is_set_up():
        return invitations.renew(one, now=now)
    door_letters.add(Occasion.INVITED, one.email, about_id=one.id, now=now)
    return None


def told(one: Invitation, secret: str | None):
    """The link, once; or that it is on its way."""
    door_letters.hurry()
    if secret is not None:
        link = url_for("links.follow", kind="invitation", secret=secret, _external=True)
        return render_template("invitations/link.html", invitation=one, link=link)
    flash(_("%(name)s is invited.", name=one.name))
    return redirect(url_for("invitations.index"))


@screen.post("/invitations/<int:invitation_id>/renewal")
@coordinators
def renew(invitation_id: int):
    """Has it sent again, with a new link; the one before is worth nothing any more."""
    one, by, now = existing(Invitation, invitation_id), current_user._get_current_object(), datetime.now(UTC)

    def work() -> str | None:
        invitations.send_again(one, by=by, now=now)
        return carried(one, now)

    try:
        return told(one, write(work))
    except NotPossible as error:
        flash(str(error), "error")
        return redirect(url_for("invitations.index"))


@screen.post("/invitations/<int:invitation_id>/withdrawal")
@coordinators
def withdraw(invitation_id: int):
    """Ends it, at once."""
    one, by, now = existing(Invitation, invitation_id), current_user._get_current_object(), datetime.now(UTC)
    try:
        write(lambda: invitations.withdraw(one, by=by, now=now))
        flash(_("The invitation of %(name)s is withdrawn.", name=one.name))
    except NotPossible as error:
        flash(str(error), "error")
    return redirect(url_for("invitations.index"))


def page(form: InvitationForm) -> str:
    """The page around the form."""
    return render_template("invitations/new.html", form=form, has_mail=is_set_up())


def about(one: Invitation, now: datetime, zone: ZoneInfo) -> dict:
    """An invitation as the list shows it."""
    return {
        "id": one.id,
        "name": one.name,
        "email": one.email,
        "role": role_word(one.role),
        "by": one.invited_by.name,
        "when": state_words(one, now, zone),
        "may": invitations.may_invite(current_user, one.role),
    }


def state_words(one: Invitation, now: datetime, zone: ZoneInfo) -> str:
    """'Until 3 June 2026'."""
    if one.sent_at is None:
        return _("On its way")
    known = {
        State.GOOD: _("Good until %(day)s", day=moments.day(one.expires_at, zone)),
        State.WITHDRAWN: _("Who sent it may not invite any more: send it again"),
    }
    return known.get(one.state(now), _("Expired: send it again"))

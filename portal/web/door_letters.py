"""Mails about signing in, in words. A mail that carries a link makes it as it is written, and nobody else knows it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, render_template
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from portal.domain import door_mails, invitations, organisation, password_links, sign_ups
from portal.domain.accounts import User
from portal.domain.door_mails import Occasion, Taken
from portal.domain.invitations import Invitation
from portal.domain.one_time import State
from portal.domain.sign_ups import SignUp
from portal.extensions import db
from portal.jobs.mail import Mail, is_set_up
from portal.jobs.queue import ring
from portal.web.addresses import url_for
from portal.writing import write

JOB = "door_mails.send_waiting"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says: a heading, sentences, a button that leads somewhere, and a last line."""

    title: str
    sentences: tuple[str, ...]
    label: str
    url: str
    foot: str = ""


def register(app: Flask) -> None:
    """Lets workers have them written."""
    app.extensions["door_letters"] = letter


def add(
    occasion: Occasion, address: str, *, now: datetime, about_id: int | None = None, language: str | None = None
) -> None:
    """Has a mail sent once this is committed, where there is a mail server; then `ring`."""
    if is_set_up():
        door_mails.add(occasion, address, about_id=about_id, now=now, language=language or str(get_locale() or "en"))


def hurry() -> None:
    """Has what was added sent at once."""
    if is_set_up():
        ring(JOB)


def letter(taken: Taken, now: datetime) -> Mail | None:
    """A mail; None if there is nothing to say. Commits the link that is in it, and leaves no transaction open."""
    language = taken.language or organisation.setting("language")
    with current_app.test_request_context("/", base_url=current_app.config["PUBLIC_URL"]), force_locale(language):
        try:
            said = write(lambda: WORDS[taken.occasion](taken, now))
            return said and mail(said, taken, language)
        finally:
            db.session.rollback()


def mail(said: Letter, taken: Taken, language: str) -> Mail:
    """What a letter says, as a mail."""
    given = {"letter": said, "organisation": organisation.setting("organisation_name"), "lang": language}
    text, html = (render_template(f"email/door.{kind}", **given) for kind in ("txt", "html"))
    key = f"door:{taken.id}:{taken.attempts}"
    return Mail(to=taken.address, subject=said.title, text=text, html=html, key=key, language=language)


def link(kind: str, secret: str) -> str:
    """The address that a mail leads to."""
    return url_for("links.follow", kind=kind, secret=secret, _external=True)


def invited(taken: Taken, now: datetime) -> Letter | None:
    """Somebody is invited."""
    one = db.session.get(Invitation, taken.about_id)
    if one is None or one.state(now) not in (State.GOOD, State.EXPIRED):
        return None
    name, place = one.invited_by.name, organisation.setting("organisation_name")
    return Letter(
        _("%(name)s invites you to %(organisation)s", name=name, organisation=place),
        (
            _("Here you see what your hours add up to, and what you have earned with them."),
            _("Choose a password, and you are in."),
        ),
        _("Accept the invitation"),
        link("invitation", invitations.renew(one, now=now)),
        _("The link works once, for two weeks. If you did not expect this, leave it: nothing happens."),
    )


def forgot_password(taken: Taken, now: datetime) -> Letter | None:
    """Whoever asked, if they sign in here. To others goes nothing: nobody learns who does."""
    made = password_links.make_by_mail(taken.address, now)
    return made and new_password(made[1], _("You asked for a new password. Here you choose it."))


def password_link(taken: Taken, now: datetime) -> Letter | None:
    """An admin has a link sent."""
    user = db.session.get(User, taken.about_id)
    if user is None or not user.active:
        return None
    return new_password(
        password_links.make(user, by=None, now=now), _("An admin sends you this: choose a new password.")
    )


def new_password(secret: str, why: str) -> Letter:
    """A link for a new password."""
    return Letter(
        _("A new password"),
        (why, _("Until you do, the old one holds.")),
        _("Choose a new password"),
        link("password", secret),
        _("The link works once, for an hour. If it was not you who asked, leave it: nothing happens."),
    )


def asked_to_join(taken: Taken, now: datetime) -> Letter | None:
    """Whoever asked to join shows that the address is theirs; who signs in already is told so, here alone."""
    one = db.session.get(SignUp, taken.about_id)
    if one is None or one.confirmed_at is not None or one.decision is not None:
        return None
    secret = sign_ups.link_for(one, now)
    if secret is None:
        return Letter(
            _("You are with us already"),
            (_("Somebody asked to join with your address. You have a sign-in here, so there is nothing to do."),),
            _("Sign in"),
            url_for("signin.new", _external=True),
            _("Forgotten your password? On that page you get a new one."),
        )
    return Letter(
        _("Is this your address?"),
        (_("You asked to join. Say that this address is yours, and a coordinator takes it from there."),),
        _("Yes, it is mine"),
        link("joining", secret),
        _("The link works once, for three days. If it was not you, leave it: nothing happens."),
    )


def let_in(taken: Taken, _now: datetime) -> Letter | None:
    """A coordinator said yes."""
    return Letter(
        _("You are in. Welcome!"),
        (_("A coordinator said yes. Sign in with the e-mail and the password that you chose."),),
        _("Sign in"),
        url_for("signin.new", _external=True),
    )


def password_changed(taken: Taken, _now: datetime) -> Letter | None:
    """In case it was somebody else."""
    return Letter(
        _("Your password is another one now"),
        (_("It was changed, and everywhere else you are signed out."),),
        _("Sign in"),
        url_for("signin.new", _external=True),
        _("It was not you? Take a new one at once (“Forgotten it?” on that page), and tell an admin."),
    )


def second_factor_reset(taken: Taken, _now: datetime) -> Letter | None:
    """An admin took the second factor away."""
    return Letter(
        _("Your second factor was taken away"),
        (_("An admin did so, because you lost yours. Sign in with your password and set up a new one."),),
        _("Sign in"),
        url_for("signin.new", _external=True),
        _("You lost nothing? Then tell an admin at once: somebody may be trying to be you."),
    )


WORDS: dict[Occasion, Callable[[Taken, datetime], Letter | None]] = {
    Occasion.INVITED: invited,
    Occasion.FORGOT_PASSWORD: forgot_password,
    Occasion.PASSWORD_LINK: password_link,
    Occasion.ASKED_TO_JOIN: asked_to_join,
    Occasion.LET_IN: let_in,
    Occasion.PASSWORD_CHANGED: password_changed,
    Occasion.SECOND_FACTOR_RESET: second_factor_reset,
}

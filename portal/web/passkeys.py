"""Passkeys: a phone, a computer or a key signs a question of ours, and no secret ever leaves it (WebAuthn).

The question stands in the page and in the session, with the moment at which it was asked; it is good for ten minutes,
and each passkey answers only later ones than before. The library is loaded as it is first needed: few pages do.
"""

import json
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session
from flask_babel import gettext as _

from portal.access import anyone, arrivals, half_in, own_path, this_sign_in
from portal.domain import accounts, organisation, second_factors
from portal.domain.accounts import User
from portal.domain.refusals import NotPossible
from portal.domain.second_factors import SecondFactor
from portal.extensions import limiter
from portal.web import browsers
from portal.web.addresses import url_for
from portal.web.my_sign_in import myself
from portal.web.networks import network
from portal.web.second_factor import codes_page
from portal.web.signin import whole
from portal.web.writing import write

screen = Blueprint("passkeys", __name__)

ASKED, GOOD_FOR = "passkey", timedelta(minutes=10)
LONGEST = 20_000


def question(now: datetime) -> bytes:
    """A new question, kept in the session: when it was asked, and what nobody guesses."""
    asked = int(now.timestamp() * 1000).to_bytes(8, "big") + secrets.token_bytes(24)
    session[ASKED] = asked.hex()
    return asked


def asked(now: datetime) -> bytes | None:
    """The question that this browser was asked; None if that was too long ago."""
    kept = bytes.fromhex(session.pop(ASKED, ""))
    age = now.timestamp() - int.from_bytes(kept[:8], "big") / 1000
    return kept if 0 <= age < GOOD_FOR.total_seconds() and len(kept) == 32 else None


def place() -> tuple[str, str]:
    """The name under which passkeys know this portal, and where their answers come from."""
    where = urlsplit(request.host_url)
    return where.hostname or "", f"{where.scheme}://{where.netloc}"


def to_make(user: User, now: datetime) -> str:
    """What a browser is told that makes a passkey, as JSON."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    there = [base64url_to_bytes(one.credential_id) for one in second_factors.passkeys_of(user)]
    made = generate_registration_options(
        rp_id=place()[0],
        rp_name=organisation.setting("organisation_name"),
        user_id=f"laurels {user.id}".encode(),
        user_name=user.email,
        user_display_name=user.name,
        challenge=question(now),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in there],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    return options_to_json(made)


def to_show(user: User | None, now: datetime) -> str:
    """What a browser is told that shows a passkey of somebody, or of whoever is there, as JSON."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    theirs = second_factors.passkeys_of(user) if user else []
    least = UserVerificationRequirement.PREFERRED if user else UserVerificationRequirement.REQUIRED
    known = [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id or "")) for one in theirs]
    made = generate_authentication_options(
        rp_id=place()[0], challenge=question(now), allow_credentials=known, user_verification=least
    )
    return options_to_json(made)


@screen.get("/my-sign-in/second-factor/passkey")
@arrivals
def new():
    """Where a passkey is made."""
    return page("make", to_make(myself(), datetime.now(UTC)), url_for("passkeys.create"))


@screen.post("/my-sign-in/second-factor/passkey")
@limiter.limit("30 per hour", key_func=network)
@arrivals
def create():
    """Keeps a passkey that was made; with the first second factor come codes on paper, on this answer alone."""
    user, now = myself(), datetime.now(UTC)
    first = user.second_factor_since is None
    try:
        made = made_here(now)
        codes = write(lambda: kept(user, made, now))
    except NotPossible as error:
        flash(str(error), "error")
        return redirect(url_for("second_factor.index"))
    if first:
        return codes_page(codes, first=True)
    flash(_("This passkey is yours now."))
    return redirect(url_for("second_factor.index"))


def made_here(now: datetime):
    """What the library says of the passkey that a browser made. Raises NotPossible."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    (name, origin), challenge = place(), asked(now)
    try:
        return verify_registration_response(
            credential=answer(), expected_challenge=challenge or b"-", expected_rp_id=name, expected_origin=origin
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotPossible(_("That did not work. Try it once more.")) from error


def kept(user: User, made, now: datetime) -> list[str]:
    """Codes on paper, if this is the first second factor; sign-ins elsewhere end then, which showed none."""
    from webauthn.helpers import bytes_to_base64url

    first, about = user.second_factor_since is None, browsers.in_words(request.user_agent.string)
    second_factors.add_passkey(
        user,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=_("Passkey of %(browser)s", browser=about)[:100],
        now=now,
    )
    if not first:
        return []
    accounts.end_sign_ins(user, now, but=this_sign_in(now))
    return second_factors.new_backup_codes(user, now=now)


def answer() -> dict:
    """What the browser sent. Raises ValueError for what is too long, no JSON, or no answer."""
    text = request.form.get("credential", "")
    if len(text) > LONGEST:
        raise ValueError("too long")
    if not isinstance(sent := json.loads(text), dict):
        raise ValueError("no answer")
    return sent


@screen.get("/sign-in/second-step/passkey")
@anyone
def second():
    """Where one who knew the password shows a passkey."""
    row, now = half_in(datetime.now(UTC)), datetime.now(UTC)
    if row is None:
        return redirect(url_for("signin.new"))
    return page("show", to_show(row.user, now), url_for("passkeys.show_second"))


@screen.post("/sign-in/second-step/passkey")
@limiter.limit("30 per minute", key_func=network)
@anyone
def show_second():
    """Signs in whoever knew the password and shows a passkey of theirs."""
    now = datetime.now(UTC)
    row = half_in(now)
    if row is None:
        return redirect(url_for("signin.new"))
    if shown(now, of=row.user) is None:
        flash(_("That did not work. Try it once more."), "error")
        return redirect(url_for("signin.second_step"))
    return whole(row.user, own_path(session.get("goes_to")), remembered=row.remembered, now=now)


@screen.get("/sign-in/passkey")
@anyone
def first():
    """Where one shows a passkey instead of a password."""
    action = url_for("passkeys.show_first", **({"next": place} if (place := request.args.get("next")) else {}))
    return page("show", to_show(None, datetime.now(UTC)), action)


@screen.post("/sign-in/passkey")
@limiter.limit("30 per minute", key_func=network)
@anyone
def show_first():
    """Signs in whoever shows a passkey and, to it, a finger, face or PIN: that is both at once, without a password."""
    now = datetime.now(UTC)
    one = shown(now, of=None)
    user = one and accounts.active(one.user_id)
    if user is None:
        flash(_("That passkey is not known here. Sign in with your password."), "error")
        return redirect(url_for("signin.new"))
    return whole(user, own_path(request.args.get("next")), remembered=False, now=now)


def shown(now: datetime, *, of: User | None) -> SecondFactor | None:
    """The passkey that was shown, if its answer is good; without `of` its owner has shown to it who they are."""
    if (asked_now := asked(now)) is None or (found := verified(asked_now, of)) is None:
        return None
    one, sign_count = found
    at = int.from_bytes(asked_now[:8], "big")
    good = write(lambda: second_factors.passkey_shown(one, sign_count=sign_count, asked_at=at, now=now))
    return one if good else None


def verified(challenge: bytes, of: User | None) -> tuple[SecondFactor, int] | None:
    """The passkey whose answer to a question came, and how often it says that it signed; None if it is not good."""
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    name, origin = place()
    try:
        sent = answer()
        one = second_factors.with_credential(str(sent["id"]))
        if one is None or (of is not None and one.user_id != of.id):
            return None
        seen = verify_authentication_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=name,
            expected_origin=origin,
            credential_public_key=one.public_key or b"",
            credential_current_sign_count=one.sign_count,
            require_user_verification=of is None,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        return None
    return one, seen.new_sign_count


def page(kind: str, options: str, action: str) -> str:
    """The page with the question: `make` or `show` a passkey."""
    return render_template("passkeys/show.html", kind=kind, options=options, action=action)

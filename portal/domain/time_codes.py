"""Codes of six digits that an app on a phone shows for half a minute each (RFC 6238). Arithmetic alone."""

import base64
import hmac
from datetime import datetime
from urllib.parse import quote, urlencode

PERIOD, DIGITS = 30, 6
DRIFT = 1
"""So many periods a clock may be ahead or behind."""


def code(secret: bytes, step: int, digits: int = DIGITS, algorithm: str = "sha1") -> str:
    """The code of a period."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), algorithm)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(now: datetime) -> int:
    """The number of the period of an instant."""
    return int(now.timestamp()) // PERIOD


def step_shown(secret: bytes, typed: str, now: datetime, *, after: int) -> int | None:
    """Which period's code somebody typed, if it is one of about now, and later than `after`, which was used."""
    here = step_of(now)
    found = [
        step
        for step in range(here - DRIFT, here + DRIFT + 1)
        if hmac.compare_digest(code(secret, step).encode(), typed.encode()) and step > after
    ]
    return found[0] if found else None


def typed_secret(secret: bytes) -> str:
    """The secret as one types it into an app, in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address(secret: bytes, *, who: str, organisation: str) -> str:
    """The secret as an app reads it from a QR code."""
    given = {"secret": base64.b32encode(secret).decode().rstrip("="), "issuer": organisation}
    return f"otpauth://totp/{quote(organisation)}:{quote(who)}?{urlencode(given, quote_via=quote)}"

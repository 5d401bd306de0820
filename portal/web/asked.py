"""What a request asks for: numbers that a database can hold, rows that exist; and where it goes on from here."""

from flask import Response, abort, redirect, request

from portal.extensions import db

LARGEST_ID = 2**63 - 1


def as_id(text: str | None) -> int | None:
    """The id that a text says; None if it says none."""
    plain = (text or "").strip()
    number = int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 20 else 0
    return number if 0 < number <= LARGEST_ID else None


def asked_id(name: str) -> int | None:
    """The id in the address under this name; None if there is none."""
    return as_id(request.args.get(name))


def asked_row(model, name: str):
    """The row whose id is in the address under this name; None if there is none."""
    number = asked_id(name)
    return None if number is None else db.session.get(model, number)


def ids_of(texts) -> list[int]:
    """The ids among these texts, each once, in their order."""
    return list(dict.fromkeys(number for text in texts if (number := as_id(text)) is not None))


def existing(model, number: int):
    """The row with this id; 404 if there is none."""
    row = db.session.get(model, number) if number <= LARGEST_ID else None
    return row if row is not None else abort(404)


def is_part() -> bool:
    """Whether htmx asks for a part that it puts into the page that is there. Of links that lead to another address, and
    of those that one comes back to, it takes its part out of the whole page, with the title."""
    whole = "HX-Boosted" in request.headers or "HX-History-Restore-Request" in request.headers
    return request.headers.get("HX-Request") == "true" and not whole


def go_on(url: str):
    """Leads to another page; htmx is told to go there itself, and does not put it into the middle of this one."""
    return Response(status=200, headers={"HX-Redirect": url}) if is_part() else redirect(url)

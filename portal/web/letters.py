"""Mails in words: how letters and other mails look, and the link with which one stops them.

The worker that sends them knows nothing of words; it finds `write` where `register` leaves it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urljoin

from flask import Flask, current_app, render_template, request
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from portal import languages
from portal.domain import organisation
from portal.domain.inbox import MOST_AT_ONCE, Facts
from portal.domain.letters import Taken
from portal.domain.mail_choices import Way
from portal.domain.volunteers import Volunteer
from portal.jobs.mail import Mail
from portal.web import news_words, words
from portal.web.addresses import url_for
from portal.web.enamel import enamel
from portal.web.news_words import Item


def register(app: Flask) -> None:
    """Lets workers have letters written."""
    app.extensions["letters"] = write


def write(taken: Taken, now: datetime) -> Mail | None:
    """A letter as a mail in its reader's language; None if nothing of it may be told any more."""
    language = languages.of_reader(taken.to)
    with current_app.test_request_context("/", base_url=current_app.config["PUBLIC_URL"]), force_locale(language):
        items = told(taken, now)
        if not items:
            return None
        out = url_for("unsubscribing.new", token=token(taken.to, taken.way), _external=True)
        given = {**everything(taken, items, now), "unsubscribe_url": out, "lang": language.replace("_", "-")}
        return Mail(
            to=taken.address,
            subject=subject(items),
            text=render_template("email/news.txt", **given),
            html=render_template("email/news.html", **given),
            key=key_of(taken),
            language=language,
            headers={"List-Unsubscribe": f"<{out}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )


def key_of(taken: Taken) -> str:
    """What a letter tells of, so that its Message-ID stays the same however often it is tried."""
    return "\n".join([f"{taken.to.id}", *(one.key for one in taken.news)])


def told(taken: Taken, now: datetime) -> list[Item]:
    """What a letter says, with addresses that lead here from anywhere."""
    facts, today = Facts(taken.to.id, taken.news), taken.to.today(now)
    said = [item for one in taken.news if (item := news_words.of(one, facts, taken.to, today)) is not None]
    return [replace(one, url=one.url and urljoin(request.host_url, one.url)) for one in said]


def everything(taken: Taken, items: Sequence[Item], now: datetime) -> dict:
    """What both the text and the HTML of a letter are given."""
    name = taken.to.name.split()[0] if taken.to.name.strip() else taken.to.shown_name
    rest = max(len(items) - MOST_AT_ONCE, 0)
    return {
        "title": _("News for you, %(name)s", name=name),
        "lede": lede(taken.way),
        "items": [(one, paints(one)) for one in items[:MOST_AT_ONCE]],
        "more": ngettext("and %(n)s more", "and %(n)s more", rest, n=words.number(rest)) if rest else "",
        "inbox_url": url_for("notifications.index", _external=True),
        "preferences_url": url_for("notifications.preferences", _external=True),
        "organisation": organisation.setting("organisation_name"),
        "day": words.long_day(taken.to.today(now)),
    }


def lede(way: Way) -> str:
    """A line before the news."""
    return _("This just happened:") if way == Way.AT_ONCE else _("This is new for you:")


def subject(items: Sequence[Item]) -> str:
    """The first piece of news, and how much more there is."""
    rest = len(items) - 1
    if not rest:
        return items[0].what
    return ngettext(
        "%(first)s, and %(n)s more", "%(first)s, and %(n)s more", rest, first=items[0].what, n=words.number(rest)
    )


def paints(item: Item) -> dict | None:
    """The colours of a medal in mails, which show no drawings: its enamel and its metal. None for what has none."""
    if item.badge is None:
        return None
    metal = {"common": "#B07A4A", "rare": "#9AA3A8"}.get(item.badge.rarity, "#D3A037")
    return {"enamel": enamel(item.badge.color).body, "metal": metal, "rarity": words.rarity(item.badge.rarity)}


def signer() -> URLSafeSerializer:
    """What signs the way out of mails. It holds for good: a mail may be old."""
    return URLSafeSerializer(current_app.secret_key or "", salt="unsubscribe")


def token(volunteer: Volunteer, way: Way) -> str:
    """The link's secret, for one person and one way."""
    return signer().dumps([volunteer.id, way.value])


def read_token(text: str) -> tuple[int, Way] | None:
    """Whom and what a link is about; None if it is not ours."""
    try:
        number, way = signer().loads(text)
        return (int(number), Way(way)) if way != Way.NEVER else None
    except (BadSignature, ValueError, TypeError):
        return None

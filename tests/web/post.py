"""A mail server beside the portal, in a test: what goes out is sent at once and read, its links followed."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient

from portal.jobs import door_mails
from tests.machinery.mailbox import MailServer, Received
from tests.web.reading import Page, page


class Post:
    """Mails about signing in, of an application with a mail server."""

    def __init__(self, app: Flask, server: MailServer):
        self.app, self.server = app, server
        app.config |= {"SMTP_URL": server.url, "MAIL_FROM": "Thanks <thanks@example.org>"}
        app.config["PUBLIC_URL"] = "https://thanks.example.org"

    def send(self) -> None:
        """What a worker does."""
        with self.app.app_context():
            door_mails.send_waiting()

    def to(self, address: str) -> list[Received]:
        """What somebody has got by now."""
        self.send()
        return self.server.to(address)

    def newest(self, address: str) -> Received:
        """The last mail that somebody got."""
        return self.to(address)[-1]

    def link(self, address: str) -> str:
        """Where the last mail leads, on this site."""
        found = re.search(r"https://thanks\.example\.org(/\S+)", self.newest(address).text)
        assert found, self.newest(address).text
        return urlsplit(found[1]).path


def follow(client: FlaskClient, link: str) -> Page:
    """What whoever follows a link sees in the end."""
    return page(client.get(link, follow_redirects=True))


def send(client: FlaskClient, url: str, action: str = "", **typed) -> Page:
    """Fills in a form on a page and sends it; follows where that leads."""
    found = page(client.get(url))
    action = action or found.one("main form")["action"]
    return page(client.post(action, data=found.form(action) | typed, follow_redirects=True))


def half_a_minute_on(moment: datetime, steps: int = 1) -> datetime:
    """When an app shows another code."""
    return datetime.fromtimestamp(moment.timestamp() + 30 * steps, UTC)

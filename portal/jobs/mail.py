"""Mail: what goes at once, and the letters that wait.

    mail.send_now(Mail(to="ada@example.org", subject="...", text="...", html="..." or None, key="sign-in-link:7"))

sends one mail right now, for signing in and the like: no hours, no choices, no second try. It raises NotSent if there
is no mail server, or it did not take the mail; the message says why. Call it outside any transaction, from a job: it
may take some seconds. `key` names the fact that it tells of, so that the same fact has the same Message-ID.

Letters are what became of news (portal/domain/gathering.py). Each is taken in a transaction, sent without one, and
marked in another just before its text goes; see portal/domain/letters.py for what a worker that dies leaves behind.
"""

import hashlib
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from portal.domain import accounts, gathering, letters
from portal.domain.letters import Taken
from portal.extensions import db
from portal.jobs.postman import Away, InDoubt, NotNow, Postman, Refused
from portal.jobs.queue import ring
from portal.jobs.turns import TURN
from portal.writing import write

LONGEST_SUBJECT = 120
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Marks that turn the direction of what follows them, or take no room."""


class NotSent(Exception):
    """A mail did not go; the message says why, for logs and admins."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail: to whom, what it says as text and perhaps as HTML, further headers, and the fact that it tells of."""

    to: str
    subject: str
    text: str
    key: str
    html: str | None = None
    language: str = "en"
    headers: dict[str, str] = field(default_factory=dict)


def is_set_up() -> bool:
    """Whether there is a mail server."""
    return bool(current_app.config["SMTP_URL"])


def send_now(mail: Mail) -> None:
    """Sends a mail at once. Raises NotSent."""
    if not is_set_up():
        raise NotSent("SMTP_URL is not set")
    try:
        with Postman(current_app.config["SMTP_URL"]) as postman:
            message = written(mail, datetime.now(UTC))
            postman.deliver(message, sender=sender(), to=mail.to)
    except (Away, NotNow, Refused, InDoubt, ValueError, MessageError) as error:
        raise NotSent(str(error)) from error


def sender() -> str:
    """The address from which we write, without the name before it."""
    return parseaddr(current_app.config["MAIL_FROM"])[1]


def written(mail: Mail, now: datetime) -> EmailMessage:
    """A mail as it goes over the line. Raises ValueError for an address that is none."""
    if not (mail.to.isascii() and accounts.E_MAIL.fullmatch(mail.to)):
        raise ValueError("no address that mail goes to")
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(current_app.config["MAIL_FROM"])
    message["From"] = Address(one_line(name), addr_spec=address)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = one_line(mail.subject) or "-"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:40]}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    for header, value in mail.headers.items():
        message[header] = value
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = mail.language
    return message


def one_line(text: str) -> str:
    """Words for a header: one line, of bounded length, without marks that nobody sees, and nothing that is encoded.

    What looks encoded would be decoded on the way, and may hold the end of a line.
    """
    seen = "".join(one if one.isprintable() else " " for one in UNSEEN.sub("", text))
    line = " ".join(seen.replace("=?", "= ?").split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1].rstrip() + "…"


def send_waiting() -> None:
    """Puts news into letters and sends those that are due, for a turn; without a mail server all of it waits."""
    if not is_set_up():
        return
    ends = time.monotonic() + TURN
    while write(lambda: gathering.gather(datetime.now(UTC))):
        if time.monotonic() > ends:
            break
    with Postman(current_app.config["SMTP_URL"]) as postman:
        while (taken := write(lambda: letters.take(datetime.now(UTC)))) is not None:
            if not send(taken, postman):
                return
            if time.monotonic() > ends:
                ring("mail.send_waiting")
                return


def send(taken: Taken, postman: Postman) -> bool:
    """Sends a letter and writes down what became of it; False if there is no mail server to send others by."""
    try:
        message = message_of(taken)
        if message is None:
            note(letters.refused, taken, letters.UNWANTED)
        elif postman.deliver(message, sender=sender(), to=taken.address, ready=lambda: marked(taken)):
            note(letters.sent, taken)
    except Away as error:
        current_app.logger.warning("the mail server is away: %s", error)
        note(letters.all_later, taken, str(error))
        return False
    except NotNow as error:
        note(letters.later, taken, str(error))
    except Refused as error:
        note(letters.refused, taken, str(error))
    except InDoubt:
        note(letters.in_doubt, taken)
    return True


def message_of(taken: Taken) -> EmailMessage | None:
    """A letter in words, which the screens know; None if there is nothing to say any more. Leaves no transaction open.

    Raises Refused for an address that is none, and NotNow if something is wrong with the words; others get theirs.
    """
    now = datetime.now(UTC)
    try:
        mail = current_app.extensions["letters"](taken, now)
        return mail and written(mail, now)
    except (ValueError, MessageError) as error:
        raise Refused(str(error)) from error
    except SQLAlchemyError:
        raise
    except Exception as error:
        current_app.logger.exception("letter %s cannot be written", taken.id)
        raise NotNow(f"it cannot be written: {type(error).__name__}") from error
    finally:
        db.session.rollback()


def marked(taken: Taken) -> bool:
    """Marks a letter just before its text goes; False if another worker has it meanwhile."""
    return write(lambda: letters.hand_over(taken, datetime.now(UTC)))


def note(what, taken: Taken, *more: str) -> None:
    """Writes down what became of a letter."""
    write(lambda: what(taken, *more, datetime.now(UTC)))

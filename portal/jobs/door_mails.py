"""Sends mails about signing in: at once, one by one, each until the mail server has it."""

from datetime import UTC, datetime

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from portal.domain import door_mails
from portal.domain.door_mails import Taken
from portal.jobs.mail import NotSent, is_set_up, send_now
from portal.writing import write


def send_waiting() -> None:
    """Sends what is due; without a mail server nothing waits."""
    if not is_set_up():
        return
    while (taken := write(lambda: door_mails.take(datetime.now(UTC)))) is not None:
        send(taken)


def send(taken: Taken) -> None:
    """Sends one, with no transaction open meanwhile, and writes down what became of it."""
    try:
        mail = current_app.extensions["door_letters"](taken, datetime.now(UTC))
        if mail is not None:
            send_now(mail)
    except SQLAlchemyError:
        raise
    except Exception as error:
        told = current_app.logger.warning if isinstance(error, NotSent) else current_app.logger.exception
        told("mail %s about signing in did not go: %s", taken.id, error)
        write(lambda: door_mails.later(taken, datetime.now(UTC)))
    else:
        write(lambda: door_mails.done(taken))

"""Forms that are done once, however often they are sent."""

import secrets
from collections.abc import Callable

from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField

from portal.domain import idempotency
from portal.writing import write

__all__ = ["ALREADY_SENT", "OnceForm", "write", "write_and_tell", "write_once"]

ALREADY_SENT = _l("This form was sent already, with something else in it. Load the page again.")


def write_once(key: str, work: Callable, *, content: object, now):
    """What `work` answered when it was done under `key`: now, or earlier. Its answer must be what JSON can say.

    Raises idempotency.OtherContent if the key stands for something else.
    """
    by = current_user._get_current_object()

    def once():
        earlier = idempotency.answered(key, by=by, content=content)
        if earlier is not None:
            return earlier
        answer = work()
        idempotency.keep(key, by=by, content=content, answer=answer, now=now)
        return answer

    return write(once)


def write_and_tell(key: str, work: Callable, *, content: object, now) -> tuple:
    """What write_once answers, and whether this very request did it: a secret is shown by that one alone."""
    mine = secrets.token_urlsafe(8)
    answer, whose = write_once(key, lambda: [work(), mine], content=content, now=now)
    return answer, whose == mine


class OnceForm(FlaskForm):
    """A form that a double click or a retry on bad Wi-Fi sends twice and that is done once."""

    idempotency_key = HiddenField(default=lambda: secrets.token_urlsafe(16))

    @property
    def key(self) -> str:
        """The key of this very form, as it was drawn."""
        return self.idempotency_key.data or secrets.token_urlsafe(16)

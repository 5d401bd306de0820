"""How a door writes: one transaction, tried again where others were in the way, and left clean when it fails."""

from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from portal.database import retried
from portal.extensions import db


def write(work: Callable):
    """What `work` returns, once it is committed. Whatever it raises leaves nothing behind."""

    def attempt():
        result = work()
        db.session.commit()
        return result

    try:
        return retried(attempt, rollback=db.session.rollback, also=(IntegrityError,))
    except BaseException:
        db.session.rollback()
        raise

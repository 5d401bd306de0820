"""What is done once a night: old keys and files go, and everything is looked over."""

from datetime import UTC, datetime

from portal.domain import checkups, door_mails, idempotency, password_links, sign_ups, uploads
from portal.jobs.checkups import look
from portal.writing import write


def look_after() -> None:
    """Tidies up and has everything looked over; twice a night does no harm."""
    now = datetime.now(UTC)
    for forget in (
        idempotency.forget_old,
        password_links.forget_old,
        sign_ups.forget_unconfirmed,
        door_mails.forget_old,
        uploads.forget_old,
    ):
        write(lambda forget=forget: forget(now))
    write(lambda: checkups.request(by=None, now=now))
    look()

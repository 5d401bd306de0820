"""What is done once a night: old keys and files go, and everything is looked over."""

from datetime import UTC, datetime

from portal.domain import checkups, idempotency, uploads
from portal.jobs.checkups import look
from portal.writing import write


def look_after() -> None:
    """Tidies up and has everything looked over; twice a night does no harm."""
    now = datetime.now(UTC)
    write(lambda: idempotency.forget_old(now))
    write(lambda: uploads.forget_old(now))
    write(lambda: checkups.request(by=None, now=now))
    look()

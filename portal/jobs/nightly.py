"""What is done once a night: old keys go, and the doctor looks everything over and keeps what was found."""

import logging
from datetime import UTC, datetime

from portal.domain import doctor, idempotency, organisation
from portal.writing import write

log = logging.getLogger(__name__)
LINES_KEPT = 100


def look_after() -> None:
    """Tidies up and examines; twice a night does no harm."""
    now = datetime.now(UTC)
    write(lambda: idempotency.forget_old(now))
    with doctor.consistent_read():
        report = doctor.examine(now)
    lines = [str(one) for one in (*report.differences, *report.remarks)][:LINES_KEPT]
    found = {"at": now.isoformat(), "differences": len(report.differences), "lines": lines}
    write(lambda: organisation.remember("doctor", found))
    for difference in report.differences[:LINES_KEPT]:
        log.error("doctor: %s", difference)

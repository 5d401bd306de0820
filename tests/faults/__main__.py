"""The long form: `python -m tests.faults [sqlite|postgresql ...]`; sizes and seed are arguments or variables.

Prints what went wrong how often and what came of it; ends with 1 if anything that was acknowledged was lost or doubled,
or anything else is not as the model has it. The same seed on the same day makes the same plan. Ctrl-C calls a storm off
and reckons up what there is.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from random import SystemRandom

from tests.conftest import BOTH, application, migrate
from tests.faults import faults
from tests.faults.plan import LONGER_LISTS, Plan, draw_faults
from tests.faults.reckoning import Reckoning, reckon
from tests.faults.storm import Storm
from tests.machinery import postgresql
from tests.machinery.processes import mortal_redis

LONGEST = 10.0
"""Seconds within which the work of a killed worker is done by another."""


def main() -> int:
    """Every storm, one after the other; how the process ends."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"seed {options.seed}, today {options.today}\n")
    well = True
    for kind in options.on:
        for name, plan, how in storms(options, postgresql_=kind == "postgresql"):
            print(f"== {kind}: {name}", flush=True)
            with place(kind) as (url, server, folder):
                found = through(url, server, folder, plan, how)
            well &= told(found, alone="one_at_a_time" in how)
    return 0 if well else 1


def arguments() -> argparse.Namespace:
    """What is asked for."""
    asks = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    seed = int(os.environ.get("SEED") or SystemRandom().randrange(10**6))
    asks.add_argument("on", nargs="*", default=BOTH, choices=BOTH)
    asks.add_argument("--seed", type=int, default=seed)
    asks.add_argument("--today", type=date.fromisoformat, default=datetime.now(UTC).date())
    asks.add_argument("--activities", type=int, default=int(os.environ.get("ACTIVITIES", "50000")))
    asks.add_argument("--faults", type=int, default=int(os.environ.get("FAULTS", "1000")))
    asks.add_argument("--together", type=int, default=3000, help="activities of fifty people, without faults")
    return asks.parse_args()


def storms(options: argparse.Namespace, *, postgresql_: bool) -> Iterator[tuple[str, Plan, dict]]:
    """The great one; blows one at a time; and eight recorders and four workers in fine weather."""
    when = {"today": options.today}
    if options.faults:
        great = Plan(options.seed, options.activities, volunteers=500, lists=LONGER_LISTS, **when)
        great.faults = draw_faults(great, options.faults, faults.weights(postgresql=postgresql_))
        yield "a storm", great, {"patience": 120}
        lone = Plan(options.seed, max(options.activities // 20, 100), recorders=4, workers=2, **when)
        lone.faults = draw_faults(lone, max(options.faults // 25, 5), faults.named(faults.BLOWS))
        yield "one blow at a time", lone, {"one_at_a_time": True}
    if options.together:
        yield "fifty people, eight recorders, four workers", Plan(options.seed, options.together, **when), {}


@contextmanager
def place(kind: str) -> Iterator[tuple[str, postgresql.Server | None, Path]]:
    """An empty, migrated database of that kind: its URL, its server if it has one, and a folder."""
    with tempfile.TemporaryDirectory(prefix="laurels-storm-") as name, ExitStack() as open_:
        folder, server = Path(name), None
        if kind == "postgresql":
            if (programs := postgresql.programs()) is None:
                sys.exit("PostgreSQL is not installed")
            server = open_.enter_context(postgresql.running(programs, postgresql.OUTLIVES_ITS_END))
        url = server.create("storm") if server else f"sqlite:///{folder / 'laurels.db'}"
        migrate(url)
        yield url, server, folder


def through(url: str, server: postgresql.Server | None, folder: Path, plan: Plan, how: dict) -> Reckoning:
    """What comes out of a storm."""
    with mortal_redis() as redis, application(url, REDIS_URL=redis.url) as app:
        storm = Storm(app, plan, folder, redis=redis, server=server, **how)
        storm.rage(faults.by_name())
        return reckon(storm)


def told(found: Reckoning, *, alone: bool) -> bool:
    """Prints it; whether all is well."""
    for kind, number in found.faults.most_common():
        print(f"{number:8,}  {kind.replace('_', ' ')}")
    lines = (
        (found.faults.total(), f"faults in {found.seconds:.0f} s; {found.workers_lost:,} workers and jobs lost"),
        (found.acknowledged, f"acknowledged: {found.lost} lost, {found.doubled} doubled, {found.unasked} unasked for"),
        (len(found.differences), f"differences that the doctor finds; {found.wrong_sums} wrong running sums"),
        (len(found.unlike_the_model), f"people unlike the model; {found.other_answers} answers unlike the first"),
        (found.turned_away.total(), "times asked to come again (503)"),
    )
    for number, what in lines:
        print(f"{number:8,}  {what}")
    for said, number in found.turned_away.most_common(8):
        print(f"          {number:,} {said}")
    meanwhile = "" if alone else ", while others were killed too"
    print(f"{found.longest:8.1f}  seconds until the work of a killed worker was done by another, at most{meanwhile}\n")
    for name, what in found.complaints().items():
        print(f"WRONG {name}: {what}"[:2000])
    slow = alone and found.longest >= LONGEST
    if slow:
        print(f"WRONG longest: {found.longest}")
    return not (found.complaints() or slow)


if __name__ == "__main__":
    sys.exit(main())

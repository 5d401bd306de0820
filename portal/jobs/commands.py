"""`flask worker` and `flask schedule`, for whoever runs each process by itself."""

import click
from flask.cli import ScriptInfo
from redis.exceptions import RedisError

from portal.jobs import leash, schedule, worker
from portal.jobs.queue import NoAddress

# These make the application themselves: with a context of the command's own around them, jobs would share its session.


@click.command("worker")
@click.option("--burst", is_flag=True, help="Do all there is to do, then end.")
@click.pass_obj
def worker_command(info: ScriptInfo, burst: bool) -> None:
    """Count what was recorded, build the boards, do what the schedule asks for."""
    leash.speak()
    try:
        worker.work(info.load_app(), burst=burst)
    except (NoAddress, RedisError) as error:
        raise click.ClickException(str(error)) from None


@click.command("schedule")
@click.pass_obj
def schedule_command(info: ScriptInfo) -> None:
    """Ring for the periodic work. One is enough; two do no harm."""
    leash.speak()
    try:
        schedule.run(info.load_app())
    except NoAddress as error:
        raise click.ClickException(str(error)) from None

"""Everything that the portal needs, from one command: Redis if there is none, web, workers, schedule."""

import gc
import shutil
import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address

import click
import flask_migrate
from flask import Flask
from flask.cli import ScriptInfo
from gunicorn.app.base import BaseApplication

from portal import config, demo
from portal.domain import accounts
from portal.extensions import db, limiter
from portal.jobs import embedded, schedule, worker
from portal.supervisor import GRACE, Child, Supervisor, say
from portal.writing import write

WEB_PROCESSES, WEB_THREADS = 2, 8


def leave_interrupts(_server) -> None:
    """Leaves Ctrl-C, which all of us hear, to who began us all: two ways to end at once keep each other waiting."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Web(BaseApplication):
    """gunicorn around an application that is loaded already."""

    def __init__(self, app: Flask, bind: str):
        self.app, self.bind = app, bind
        super().__init__()

    def load_config(self) -> None:
        """Threads, since most requests wait for the database; no control socket, which would lie in the home folder."""
        settings = {
            "bind": self.bind,
            "workers": WEB_PROCESSES,
            "worker_class": "gthread",
            "threads": WEB_THREADS,
            "graceful_timeout": GRACE - 3,
            "control_socket_disable": True,
            "loglevel": "warning",
            "when_ready": leave_interrupts,
            "post_worker_init": leave_interrupts,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, in each process; what is there by now stays, and is no garbage to look for."""
        gc.freeze()
        return self.app


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that is bound to this host."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_what_cannot_be(app: Flask, host: str, port: int) -> None:
    """Raises Misconfigured for a weak key where strangers can come, and if somebody is at this port already."""
    if app.config["PRODUCTION"] or not is_loopback(host):
        config.refuse_weak_key(app.config["SECRET_KEY"])
        app.config["PRODUCTION"] = True
    try:
        socket.create_server((host.strip("[]"), port), family=family(host)).close()
    except OSError as error:
        raise config.Misconfigured(f"{host}:{port} cannot be served: {error.strerror}. Try another --port.") from None


def family(host: str) -> socket.AddressFamily:
    """IPv6 or IPv4."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def migrate(app: Flask) -> None:
    """Brings the database to the newest revision, and leaves no connection that children would share."""
    with app.app_context():
        flask_migrate.upgrade()
        db.session.remove()
        db.engine.dispose()


def answers(host: str, port: int) -> bool:
    """Whether the web server there is up and well."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host).strip("[]")  # noqa: S104 - asked, not bound
    connection = HTTPConnection(here, port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def up(app: Flask, *, host: str, port: int, workers: int, ready: Callable[[str], object]) -> None:
    """Migrates and runs everything until SIGTERM or SIGINT; calls `ready` with the address once it answers.

    Raises Misconfigured, and NoRedis if there is none to be found.
    """
    refuse_what_cannot_be(app, host, port)
    migrate(app)
    furnish(app)
    worker.load_everything()
    bind = f"[{host.strip('[]')}]:{port}" if ":" in host else f"{host}:{port}"
    children = [
        Child("web", Web(app, bind).run),
        *(Child(f"worker {number}", partial(worker.work, app)) for number in range(1, workers + 1)),
        Child("schedule", partial(schedule.run, app)),
    ]
    supervisor = Supervisor(children, Once(partial(answers, host, port), lambda: ready(f"http://{bind}/")))
    with redis_for(app, supervisor):
        supervisor.run()


@contextmanager
def redis_for(app: Flask, supervisor: Supervisor) -> Generator[None]:
    """Adds a private Redis to the children, if the application has no other. Raises NoRedis if there is none."""
    if app.config["REDIS_URL"]:
        yield
        return
    server, folder = embedded.binary(), embedded.new_folder()
    app.config["REDIS_URL"] = embedded.url(folder)
    app.config["RATELIMIT_STORAGE_URI"] = config.counters_url(app.config["REDIS_URL"])
    limiter.init_app(app)  # again: limits are counted there for all processes together
    redis = Child("redis", partial(embedded.become, server, folder))
    try:
        supervisor.children.append(redis)
        supervisor.start(redis)
        embedded.wait_for(app.config["REDIS_URL"])
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Once:
    """Does something once, as soon as a condition holds; asks four times a second at most."""

    def __init__(self, condition: Callable[[], bool], act: Callable[[], object]):
        self.condition, self.act, self.done, self.next = condition, act, False, 0.0

    def __call__(self) -> None:
        """Looks."""
        if self.done or time.monotonic() < self.next:
            return
        self.next = time.monotonic() + 0.25
        if self.condition():
            self.done = True
            self.act()


def furnish(app: Flask) -> None:
    """Makes the demonstration, if one is wanted and none is there. Raises Misconfigured where that must not be."""
    if not app.config.get("DEMO"):
        return
    if app.config["PRODUCTION"]:
        raise config.Misconfigured("A demonstration is never shown to strangers: leave --demo out.")
    with app.app_context():
        if demo.kept(app.config["INSTANCE"]) is None:
            demo.make(datetime.now(UTC), app.config["INSTANCE"])
        db.session.remove()
        db.engine.dispose()


def welcome(app: Flask, address: str) -> None:
    """Says where it is, and how one comes in."""
    say("up", f"Laurels is at {address}")
    with app.app_context():
        for email, password in ((app.config.get("DEMO") and demo.kept(app.config["INSTANCE"])) or {}).items():
            say("up", f"  sign in as {email:20} {password}")
        secret = write(accounts.first_link)
        db.session.remove()
        db.engine.dispose()
    if secret:
        say("up", f"  the first admin begins at {address}start/{secret}")


@click.command("up")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; others than you need 0.0.0.0.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port; PORT if left out, else 8000.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="How many count at a time.")
@click.option("--demo", "shows", is_flag=True, help="With a demonstration, made at the first run.")
@click.pass_obj
def up_command(info: ScriptInfo, host: str, port: int | None, workers: int, shows: bool) -> None:
    """Run everything: Redis if there is none, web, workers, schedule. Ctrl-C ends it."""
    app = info.load_app()
    app.config["DEMO"] = shows
    try:
        up(app, host=host, port=port or app.config["PORT"], workers=workers, ready=partial(welcome, app))
    except (config.Misconfigured, embedded.NoRedis) as error:
        raise click.ClickException(str(error)) from None

"""The coordinator's side of the organisation, in a test: who is there, who is signed in, and the database beside it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.accounts import Role, User
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people, reading
from tests.web.reading import page, signed_in


@dataclass(frozen=True)
class Browser:
    """A browser, and what its forms carry."""

    client: FlaskClient
    token: dict[str, str]


class Office:
    """An application with Ada and Ben, who help; Grace coordinates, Linus is admin. Ada has a sign-in of her own."""

    def __init__(self, app: Flask):
        self.app = app
        with app.app_context():
            people.join("Ada Bell")
            people.join("Ben Okafor")
            people.grace()
            people.linus()
            ada = db.session.scalars(select(Volunteer).where(Volunteer.name == "Ada Bell")).one()
            people.sign_up("Ada Bell", Role.VOLUNTEER, volunteer=ada)
        self.grace = signed_in(app, "grace@example.org")

    def signed_in(self, name: str) -> FlaskClient:
        """A browser of somebody else."""
        return signed_in(self.app, f"{name}@example.org")

    def token(self, client: FlaskClient | None = None) -> str:
        """The token with which this browser, or Grace's, sends forms: every page has one, this one too."""
        return page((client or self.grace).get("/no-such-page")).one("meta[name=csrf-token]")["content"]

    def browsers(self, name: str, number: int) -> list[Browser]:
        """Several browsers of one person, each with a token of its own."""
        clients = [self.signed_in(name) for _ in range(number)]
        return [Browser(client, {"csrf_token": self.token(client)}) for client in clients]

    def do(self, work: Callable[[], object]):
        """What `work` returns, done in the database, committed."""
        with self.app.app_context():
            result = work()
            db.session.commit()
            return result

    def id_of(self, name: str) -> int:
        """The number of the volunteer with this name."""
        return self.do(lambda: db.session.scalar(select(Volunteer.id).where(Volunteer.name == name)))

    def total(self, name: str) -> int:
        """Their points."""
        return self.do(lambda: people.total(volunteer(name)))

    def dump(self) -> dict:
        """All that is in the database."""
        return self.do(reading.dump)

    def coordinates(self, name: str) -> None:
        """Makes a volunteer who signs in a coordinator."""
        self.do(lambda: setattr(user(name), "role", Role.COORDINATOR))


def volunteer(name: str) -> Volunteer:
    """The volunteer with this name."""
    return db.session.scalars(select(Volunteer).where(Volunteer.name == name)).one()


def user(name: str) -> User:
    """The user with this name."""
    return db.session.scalars(select(User).where(User.name == name)).one()


def at_once(number: int, work: Callable[[int], object]) -> list:
    """What `work` returns for 0, 1, 2 ..., all at the same time."""
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(work, range(number)))

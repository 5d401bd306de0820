"""Who stands on the stage when pages are tested: browsers of Ada, Ben, Grace and Linus, and what they hold."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.badges import Badge
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.web.reading import signed_in


def volunteer(app: Flask, name: str = "Ada Bell", **more) -> FlaskClient:
    """A volunteer who signs in, in their browser."""
    with app.app_context():
        people.sign_up(name, Role.VOLUNTEER, volunteer=people.join(name, **more))
    return signed_in(app, f"{name.split()[0].lower()}@example.org")


def coordinator(app: Flask) -> FlaskClient:
    """Grace, who is no volunteer herself, in her browser."""
    with app.app_context():
        people.grace()
    return signed_in(app, "grace@example.org")


def someone(app: Flask, name: str, **more) -> int:
    """A volunteer without a sign-in; their id."""
    with app.app_context():
        return people.join(name, **more).id


def id_of(app: Flask, name: str) -> int:
    """The id of a volunteer."""
    with app.app_context():
        return db.session.scalars(select(Volunteer.id).where(Volunteer.name == name)).one()


def did(app: Flask, *rows, now=people.NOW) -> list[int]:
    """Records and counts these, and brings the boards up to date; ids of the activities."""
    with app.app_context():
        ids = people.count(*rows, now=now)
        people.refresh(now)
        return ids


def hours(name: str, quantity: object, when: object = people.NOW.date(), **more):
    """Hours of somebody."""
    email = f"{name.split()[0].lower()}@example.org"
    return people.did(people.HOURS, quantity, when, volunteer_email=email, **more)


def secret(app: Flask, name: str = "Marker Of Night", *, days: int = 2) -> int:
    """A secret badge with its secret achievement, for so many days in a row; the badge's id."""
    with app.app_context():
        badge = people.medal(40, is_secret=True, name=name, description=f"{name} shines")
        people.define(
            "consecutive_days",
            {"days_required": days},
            badge=db.session.get_one(Badge, badge.id),
            is_secret=True,
            name=f"{name} achieved",
        )
        return badge.id

"""The admin's side of the organisation, in a test: Linus is signed in, sends forms as he sees them, and reads on."""

from collections.abc import Iterator

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain import assessing
from portal.domain.achievements import Achievement
from portal.domain.audit import AuditRecord
from portal.domain.badges import Badge, VolunteerBadge
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.web.office import Office
from tests.web.reading import Page, page, statements

SCRIPT = '<script>alert("x")</script>'


class Admin(Office):
    """The office, with Linus signed in."""

    def __init__(self, app: Flask):
        super().__init__(app)
        self.linus = self.signed_in("linus")

    def read(self, url: str) -> Page:
        """A page as Linus sees it."""
        return page(self.linus.get(url))

    def send(self, url: str, action: str | None = None, **fields) -> Page:
        """Fills in the form on a page and sends it; of several, the one with that action. Follows where it leads."""
        form = page(self.linus.get(url))
        action = action or form.one("main form")["action"]
        data = {name: value for name, value in form.form(action).items() if name not in fields}
        return page(self.linus.post(action, data=data | fields, follow_redirects=True))

    def press(self, url: str, action: str) -> Page:
        """Sends the form with that action as it is."""
        return self.send(url, action)

    def audited(self) -> list[tuple]:
        """What stands in the audit: (action, what, before, after), the newest last."""
        query = select(AuditRecord).order_by(AuditRecord.id)
        return self.do(
            lambda: [(one.action, one.subject_type, one.before, one.after) for one in db.session.scalars(query)]
        )

    def named(self, model, name: str):
        """The row with that name, for reading what it holds."""
        with self.app.app_context():
            return db.session.scalar(select(model).where(model.name == name))

    def badge(self, name: str) -> Badge:
        """The badge with that name."""
        return self.named(Badge, name)

    def achievement(self, name: str) -> Achievement:
        """The achievement with that name."""
        return self.named(Achievement, name)

    def did(self, *rows) -> None:
        """Records and counts these, and brings the boards up to date."""
        self.do(lambda: (people.count(*rows), people.refresh()))

    def assess(self) -> None:
        """What a worker does when it was rung for."""
        self.do(go_on_to_the_end)

    def holders(self, badge_name: str) -> list[str]:
        """Who holds a badge, by name."""
        query = (
            select(Volunteer.name)
            .join(VolunteerBadge, VolunteerBadge.volunteer_id == Volunteer.id)
            .join(Badge, Badge.id == VolunteerBadge.badge_id)
            .where(Badge.name == badge_name, VolunteerBadge.revoked_at.is_(None))
            .order_by(Volunteer.name)
        )
        return self.do(lambda: list(db.session.scalars(query)))

    def cost(self, url: str) -> int:
        """How many statements a page costs."""
        with statements(self.app) as found:
            assert self.linus.get(url).status_code == 200
        return len(found)


def go_on_to_the_end() -> None:
    """Assesses until there is nothing left, a transaction for each part."""
    while assessing.go_on(people.NOW):
        db.session.commit()


def addresses(app: Flask, *blueprints: str) -> Iterator[tuple[str, str]]:
    """(method, address) of every route of these screens, with 1 for each id."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in blueprints:
            values = dict.fromkeys(rule.arguments, 1) | {"event_type": "hours_logged"}
            address = rule.rule
            for name in rule.arguments:
                address = address.replace(f"<int:{name}>", "1").replace(f"<{name}>", str(values[name]))
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield method, address


def answers(client: FlaskClient, app: Flask, *blueprints: str) -> dict[tuple[str, str], int]:
    """What somebody is answered at every route of these screens, sending a token that is good for their session."""
    token = page(client.get("/sign-in", follow_redirects=True)).one("meta[name=csrf-token]")["content"]
    return {
        (method, address): client.open(address, method=method, headers={"X-CSRFToken": token}).status_code
        for method, address in addresses(app, *blueprints)
    }

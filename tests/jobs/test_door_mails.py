"""Mails about signing in: at once, whatever the hour, each until the mail server has it, and with no secret in wait."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.domain import door_mails, invitations
from portal.domain.door_mails import DoorMail, Occasion
from portal.domain.invitations import Invitation
from portal.extensions import db
from portal.jobs import door_mails as job
from portal.jobs import postman, worker
from portal.jobs.queue import JOBS
from portal.jobs.schedule import TABLE
from portal.web import door_letters
from tests import people
from tests.jobs.conftest import hired
from tests.machinery.mailbox import mail_server
from tests.machinery.processes import eventually

NIGHT = datetime(2026, 5, 20, 3, tzinfo=UTC)
OLGA = "olga@example.org"


@pytest.fixture
def server():
    """A mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def house(app, server, monkeypatch):
    """The application with Grace, who invites, and a mail server; it is night."""
    monkeypatch.setattr(postman, "ANSWERS_WITHIN", 0.5)
    app.config |= {"SMTP_URL": server.url, "MAIL_FROM": "Thanks <thanks@example.org>"}
    with app.app_context(), time_machine.travel(NIGHT, tick=False):
        people.grace()
        yield app


def invite(now: datetime = NIGHT) -> Invitation:
    """Olga is invited; the mail waits."""
    grace = db.session.scalars(select(people.User)).one()
    one = invitations.invite(email=OLGA, name="Olga", role="volunteer", joins=True, by=grace, now=now)
    door_mails.add(Occasion.INVITED, OLGA, about_id=one.id, now=now)
    db.session.commit()
    return one


def waiting() -> list[DoorMail]:
    return list(db.session.scalars(select(DoorMail).execution_options(populate_existing=True)))


def secret_in(mail) -> str:
    return mail.text.partition("/links/invitation/")[2].split()[0]


def test_it_goes_at_night_and_nothing_is_left(house, server):
    invite()
    job.send_waiting()
    assert server.numbers == {OLGA: 1}
    assert waiting() == []


def test_the_link_is_made_as_the_mail_is_written_and_kept_as_a_hash(house, server):
    one = invite()
    assert one.token_hash is None
    job.send_waiting()
    db.session.refresh(one)
    assert one.token_hash == invitations.accounts.fingerprint(secret_in(server.mails[0]))
    assert one.expires_at == NIGHT + timedelta(days=14)


def test_a_server_that_is_away_is_tried_again_with_a_new_link(house, server):
    invite()
    server.manners.answers["rcpt"] = "451 later"
    job.send_waiting()
    assert [one.attempts for one in waiting()] == [1]
    server.manners.answers.clear()
    job.send_waiting()
    assert server.mails == []
    with time_machine.travel(NIGHT + timedelta(minutes=1), tick=False):
        job.send_waiting()
    assert server.numbers == {OLGA: 1}
    assert waiting() == []


def test_in_the_end_one_gives_up_and_others_go_meanwhile(house, server):
    invite()
    server.manners.answers[OLGA] = "550 nobody"
    moment = NIGHT
    for minutes in (0, 1, 5, 20, 60):
        moment += timedelta(minutes=minutes)
        with time_machine.travel(moment, tick=False):
            job.send_waiting()
    assert [one.failed_at for one in waiting()] == [NIGHT + timedelta(minutes=26)]
    door_mails.add(Occasion.LET_IN, "ben@example.org", now=NIGHT)
    db.session.commit()
    with time_machine.travel(moment, tick=False):
        job.send_waiting()
    assert server.numbers == {"ben@example.org": 1}
    door_mails.forget_old(NIGHT + timedelta(days=8))
    assert waiting() == []


def test_a_worker_that_died_loses_no_mail(house, server):
    invite()
    assert door_mails.take(NIGHT) is not None
    db.session.commit()
    job.send_waiting()
    assert server.mails == []
    with time_machine.travel(NIGHT + door_mails.LEASE, tick=False):
        job.send_waiting()
    assert server.numbers == {OLGA: 1}


def test_what_is_withdrawn_meanwhile_is_not_sent(house, server):
    one = invite()
    invitations.withdraw(one, by=one.invited_by, now=NIGHT)
    db.session.commit()
    job.send_waiting()
    assert server.mails == []
    assert waiting() == []


def test_without_a_mail_server_nothing_waits(house):
    house.config["SMTP_URL"] = ""
    with house.test_request_context():
        door_letters.add(Occasion.LET_IN, OLGA, now=NIGHT)
    job.send_waiting()
    assert waiting() == []


def test_it_speaks_the_language_of_whoever_asked_and_leaves_no_transaction_open(house, server):
    invite()
    taken = door_mails.take(NIGHT)
    db.session.commit()
    assert taken is not None
    mail = door_letters.letter(taken, NIGHT)
    assert mail is not None
    assert mail.language == "en"
    assert "/links/invitation/" in mail.text
    assert not db.session().in_transaction()


def test_workers_know_the_job_and_the_schedule_asks_for_it():
    assert "door_mails.send_waiting" in JOBS
    assert "door_mails.send_waiting" in {one.job for one in TABLE}


def test_a_real_worker_sends_it_as_soon_as_it_is_rung_for(working_app, tmp_path, server):
    working_app.config |= {"SMTP_URL": server.url, "MAIL_FROM": "Thanks <thanks@example.org>"}
    with hired(working_app, tmp_path) as crew, working_app.app_context():
        crew.start(worker.work)
        people.grace()
        invite(datetime.now(UTC))
        door_letters.hurry()
        eventually(lambda: server.numbers == {OLGA: 1}, within=30)

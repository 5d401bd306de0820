"""What those who ask see of a fault: the same answer when they ask again, or 503, and never a thing half done."""

import os
import resource
import signal
import time

import pytest
from sqlalchemy import event, select

from portal.database import reading
from portal.domain.activities import Activity
from portal.extensions import db
from tests import people
from tests.api.test_reading import token_of
from tests.conftest import application
from tests.faults.faults import hold_sqlite
from tests.faults.fuses import Fuse
from tests.faults.recorders import Notes
from tests.machinery.processes import eventually

HOURS = {"volunteer_email": "ada@example.org", "event_type": "hours_logged", "quantity": 1, "occurred_at": "2026-05-04"}


def opened(app) -> dict:
    """A portal with Ada in it; the headers of a system that may record and read."""
    with app.app_context():
        people.join("Ada Bell")
        return token_of(people.grace(), "record", "read")


def post(app, headers: dict, external_id: str):
    """Sends an hour of Ada's."""
    return app.test_client().post("/api/v1/activities", json=HOURS | {"external_id": external_id}, headers=headers)


def recorded(app) -> list[tuple]:
    """What there is, looked at without keeping anybody waiting."""
    before = reading.set(True)
    try:
        with app.app_context():
            rows = db.session.execute(select(Activity.external_id, Activity.id).order_by(Activity.id))
            return [tuple(row) for row in rows]
    finally:
        reading.reset(before)


def test_who_asks_again_after_the_web_process_died_before_its_answer_is_told_the_same(crew):
    headers = opened(crew.app)

    def die_unsaid(app) -> None:
        event.listen(db.session, "after_commit", lambda _session: os.kill(os.getpid(), signal.SIGKILL))
        post(app, headers, "t-1")

    process = crew.start(die_unsaid)
    eventually(process.ended, within=30)
    ((_, first),) = recorded(crew.app)

    again = post(crew.app, headers, "t-1")

    assert process.status == -signal.SIGKILL
    assert (again.status_code, again.get_json()["result"], again.get_json()["id"]) == (200, "same", first)
    assert len(recorded(crew.app)) == 1


def test_a_sqlite_that_somebody_else_holds_for_ten_seconds_keeps_writers_waiting_and_readers_not(sqlite_crew):
    app, begun = sqlite_crew.app, time.monotonic()
    headers = opened(app)
    path = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    holder = sqlite_crew.start(lambda _app: hold_sqlite(path, 10))
    time.sleep(1)

    page = app.test_client().get("/api/v1/leaderboards/hours/all_time", headers=headers)
    held = not holder.ended()
    answer = post(app, headers, "t-1")

    assert (page.status_code, held, answer.status_code) == (200, True, 201)
    assert time.monotonic() - begun > 10


def post_pages(app, headers: dict):
    """Sends more than fits into what a database has left in its last page."""
    rows = [HOURS | {"external_id": f"t-{number}", "quantity": 0.1, "description": "x" * 2000} for number in range(99)]
    return app.test_client().post("/api/v1/activities", json={"activities": rows}, headers=headers)


def answers_without_room(app, headers: dict, notes: Notes, fuse: Fuse) -> None:
    """What is answered while the database cannot grow, and afterwards."""
    fuse.lay(app)
    for full in (True, False):
        fuse.fill_disk(full=full)
        answer = post_pages(app, headers)
        notes.add(status=answer.status_code, again=answer.headers.get("Retry-After"), there=len(recorded(app)))


def answers_without_disk(app, headers: dict, notes: Notes, _fuse: Fuse) -> None:
    """What is answered while files cannot grow, and afterwards."""
    for limit in (0, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        answer = post_pages(app, headers)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        notes.add(status=answer.status_code, again=answer.headers.get("Retry-After"), there=len(recorded(app)))


@pytest.mark.parametrize("ask", [answers_without_room, answers_without_disk])
def test_what_does_not_fit_on_the_disk_is_not_acknowledged_and_is_recorded_when_there_is_room(
    sqlite_crew, tmp_path, ask
):
    headers, notes = opened(sqlite_crew.app), Notes(tmp_path / "answers")
    process = sqlite_crew.start(lambda app: ask(app, headers, notes, Fuse()))
    eventually(process.ended, within=60)

    first, second = notes.read()

    assert (first["status"], first["again"], first["there"]) == (503, "5", 0)
    assert (second["status"], second["there"]) == (200, 99)


def test_a_postgresql_that_restarts_costs_503_while_it_is_away_and_nothing_afterwards(place_on_postgresql):
    url, server = place_on_postgresql
    with application(url) as app:
        headers = opened(app)
        assert post(app, headers, "t-1").status_code == 201
        server.end()
        away = post(app, headers, "t-2")
        server.start()
        back = post(app, headers, "t-2")
        assert (away.status_code, away.headers["Retry-After"], back.status_code) == (503, "5", 201)
        assert [one for one, _ in recorded(app)] == ["t-1", "t-2"]


def test_connections_that_were_cut_meanwhile_are_nobodys_trouble(place_on_postgresql):
    url, server = place_on_postgresql
    with application(url) as app:
        headers = opened(app)
        for number in range(3):
            assert post(app, headers, f"t-{number}").status_code == 201
            server.connect_anew()
            server.cut_connections("storm")

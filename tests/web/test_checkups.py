"""Admins see whether everything adds up, have it looked over again, and have mended what can be."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, text

from portal.domain import accounts, checkups, doctor
from portal.domain.achievements import Achievement
from portal.domain.audit import AuditRecord
from portal.extensions import db
from portal.jobs import checkups as job
from portal.jobs.nightly import look_after
from portal.web import checkup_words
from tests import people
from tests.domain.test_doctor import FACTS, PROJECTIONS, damage, fill, report
from tests.web.admin import SCRIPT, answers
from tests.web.office import volunteer


def look(admin) -> None:
    """What a worker does when it was rung for."""
    admin.do(job.look)


def spoil(admin, statement: str, **values) -> None:
    """Changes what the portal itself would never change like that."""
    admin.do(lambda: db.session.execute(text(statement), values))


def hours(name: str) -> people.Submission:
    """An hour of somebody's."""
    return people.did(quantity="1", volunteer_name=name)


def wrong_total(admin, total: int = 999) -> int:
    """Ada has done an hour, and her page shows a sum that her history does not add up to; her number."""
    admin.did(hours("Ada Bell"))
    ada = admin.id_of("Ada Bell")
    spoil(admin, "UPDATE volunteer_points SET total_points = :total WHERE volunteer_id = :ada", total=total, ada=ada)
    return ada


def test_before_the_first_time_the_page_says_when_it_will_be(any_admin):
    found = any_admin.read("/checkups")
    assert found.says("#verdict") == "Not looked over yet"
    assert found.says("It happens by itself in the coming night")
    assert "/checkups/mending" not in found.html


def test_everything_adds_up(any_admin):
    any_admin.did(hours("Ada Bell"))
    any_admin.press("/checkups", "/checkups")
    look(any_admin)
    found = any_admin.read("/checkups")
    assert found.says("#verdict") == "Everything adds up"
    assert found.says("Looked over today at 12:00, for Linus")
    assert found.words(".adds-up h3") == [str(check.title) for check in checkup_words.CHECKS.values()]
    assert "/checkups/mending" not in found.html


def test_the_night_looks_by_itself(admin):
    admin.do(look_after)
    found = admin.read("/checkups")
    assert found.says("#verdict") == "Everything adds up"
    assert found.says("Looked over today at 12:00, as each night.")


def test_while_it_is_under_way_the_page_asks_for_itself(admin):
    found = admin.press("/checkups", "/checkups")
    assert found.says("#verdict") == "Looking everything over …"
    assert found.one("#result")["data-hx-get"] == "/checkups"
    assert found.says("Linus Berg asked for it today at 12:00.")
    assert found.says("It waits for its turn")
    assert not found.has("main form")
    part = admin.linus.get("/checkups", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div class="stack checkup" id="result"')
    look(admin)
    done = admin.read("/checkups").one("#result")
    assert done.get("data-hx-get") is None
    assert done["data-announce"] == "Everything adds up"


def test_the_page_says_how_far_it_is(admin):
    admin.press("/checkups", "/checkups")
    one = admin.do(lambda: checkups.lease(people.NOW))
    admin.do(lambda: db.session.execute(checkups.holding(one.number, people.NOW, 3, 9)))
    bar = admin.read("/checkups").one("progress")
    assert (bar["value"], bar["max"], bar["aria-label"]) == ("3", "9", "3 of 9 parts")


def test_two_admins_who_ask_at_once_start_one_run(any_admin):
    any_admin.press("/checkups", "/checkups")
    token = any_admin.token(any_admin.linus)
    again = any_admin.linus.post("/checkups", data={"csrf_token": token}, follow_redirects=True)
    assert "Everything is being looked over already." in again.text
    assert any_admin.do(checkups.last).number == 1


def test_a_difference_is_shown_with_name_both_values_and_what_it_means(admin):
    ada = wrong_total(admin)
    admin.do(look_after)
    found = admin.read("/checkups")
    assert found.says("#verdict") == "1 difference"
    assert found.says("All of it can be worked out anew from what people did.")
    assert found.links["Ada Bell"] == f"/people/{ada}"
    assert found.words(".difference .person-note") == ["Points in all"]
    assert found.words(".two-values dd") == ["999", "25"]
    assert found.says("A page shows something else than the history adds up to.")
    assert found.words(".chip") == ["Can be mended"]
    assert "Sums and streaks" not in found.words(".adds-up h3")


def test_mending_is_done_by_a_worker_in_the_name_of_who_asked(any_admin):
    wrong_total(any_admin)
    any_admin.do(look_after)
    any_admin.press("/checkups", "/checkups/mending")
    assert any_admin.total("Ada Bell") == 999
    look(any_admin)
    assert any_admin.total("Ada Bell") == 25
    found = any_admin.read("/checkups")
    assert found.says("#verdict") == "Everything adds up"
    assert found.says("1 entry was mended.")
    columns = select(AuditRecord.actor_id, AuditRecord.after).where(AuditRecord.action == "repair")
    (record,) = any_admin.do(lambda: db.session.execute(columns).all())
    assert tuple(record) == (any_admin.do(lambda: accounts.by_email("linus@example.org").id), {"volunteer_points": 1})


def test_facts_stay_and_the_page_says_so(admin):
    wrong_total(admin)
    spoil(admin, "UPDATE activities SET exact = 0")
    admin.do(look_after)
    admin.press("/checkups", "/checkups/mending")
    look(admin)
    found = admin.read("/checkups")
    assert found.says("1 entry was mended.")
    assert found.says("#pricing") == "What days bring"
    assert found.words(".chip") == ["Stays as it is"]
    assert "/checkups/mending" not in found.html
    assert admin.total("Ada Bell") == 25


def test_a_look_that_did_not_come_to_an_end_is_said_and_the_earlier_finding_stays(admin, monkeypatch):
    admin.do(look_after)
    monkeypatch.setattr(doctor, "examine", lambda *_given, **_more: 1 / 0)
    admin.press("/checkups", "/checkups")
    look(admin)
    found = admin.read("/checkups")
    assert found.says("The last look did not come to an end")
    assert found.says("#verdict") == "Everything adds up"
    assert found.says("This is from before. Looked over today at 12:00, as each night.")
    assert found.has("form[action=/checkups]")


def test_what_is_begun_again_and_again_is_given_up(admin):
    admin.press("/checkups", "/checkups")
    moments = [people.NOW + number * 2 * checkups.LEASE for number in range(checkups.TRIES + 1)]
    leases = [admin.do(partial(checkups.lease, moment)) for moment in moments]
    assert [one and one.tries for one in leases] == [1, 2, 3, 4, 5, None]
    assert admin.read("/checkups").says("The last look did not come to an end")


def test_only_one_is_at_it_until_it_has_been_silent_for_a_while(any_admin):
    any_admin.press("/checkups", "/checkups")
    assert any_admin.do(lambda: checkups.lease(people.NOW)).number == 1
    moment = people.NOW + checkups.LEASE - timedelta(seconds=1)
    assert any_admin.do(lambda: checkups.lease(moment)) is None
    any_admin.do(lambda: db.session.execute(checkups.holding(1, moment, 1, 9)))
    assert any_admin.do(lambda: checkups.lease(moment + timedelta(seconds=5))) is None
    assert any_admin.do(lambda: checkups.lease(moment + checkups.LEASE)).tries == 2


def test_of_two_who_look_the_first_to_come_to_an_end_counts(admin):
    admin.press("/checkups", "/checkups")
    one = admin.do(lambda: checkups.lease(people.NOW))
    late = doctor.Report([doctor.Difference("balances", None, "{column}", 1, 2, True, {"column": "row"})], [])
    admin.do(lambda: checkups.finish(one.number, doctor.Report([], []), people.NOW))
    admin.do(lambda: checkups.finish(one.number, late, people.NOW))
    assert admin.do(checkups.found).total == 0


def test_of_many_differences_the_first_are_shown_and_all_are_counted(admin):
    found = [
        doctor.Difference("orphans", None, "{column_name} of {table_name} {row_id}", number, None, about=about)
        for number in range(1200)
        for about in [{"column_name": "batch_id", "table_name": "awards", "row_id": number}]
    ]
    one = doctor.Difference("ranks", 999_999, "rank", 1, 2, True)
    admin.press("/checkups", "/checkups")
    admin.do(lambda: checkups.finish(1, doctor.Report([*found, one], []), people.NOW))
    page = admin.read("/checkups")
    assert page.says("#verdict") == "1,201 differences"
    assert page.says("1 can be worked out anew. 1,200 are in what people did or were given")
    assert page.says("These are the first 25 of 1,200.")
    assert page.says("Somebody who is gone (999999)")
    assert len(page.all(".difference")) == 26


def test_what_is_under_way_is_no_difference(admin):
    admin.do(lambda: people.record(hours("Ada Bell")))
    admin.do(look_after)
    found = admin.read("/checkups")
    assert found.says("#verdict") == "Everything adds up"
    assert "1 activity is not counted yet. That happens within seconds." in found.words(".plain-list li")


def test_names_are_text_and_follow_who_was_renamed(admin):
    ada = wrong_total(admin)
    spoil(admin, "UPDATE volunteer_achievements SET current_progress = 0 WHERE volunteer_id = :ada", ada=ada)
    admin.do(look_after)
    admin.do(lambda: setattr(volunteer("Ada Bell"), "name", SCRIPT))
    admin.do(lambda: setattr(db.session.get(Achievement, 1), "name", "<b>First</b>"))
    found = admin.read("/checkups")
    assert SCRIPT in found.text
    assert "<b>First</b>: How far" in found.text
    assert "<script>alert" not in found.html
    assert "<b>First" not in found.html


def test_the_page_costs_the_same_however_much_differs(admin):
    wrong_total(admin)
    admin.do(look_after)
    few = admin.cost("/checkups")
    for name in ("Cleo", "Dan", "Eve"):
        admin.do(partial(people.join, name))
    admin.did(*(hours(name) for name in ("Ben Okafor", "Cleo", "Dan", "Eve")))
    spoil(admin, "UPDATE volunteer_points SET total_points = 7, total_hours = 1")
    admin.do(look_after)
    assert len(admin.read("/checkups").all(".difference")) > 8
    assert admin.cost("/checkups") == few


def test_only_admins_have_it_looked_over(admin):
    for browser in (admin.grace, admin.signed_in("ada")):
        assert set(answers(browser, admin.app, "checkups").values()) == {403}
    assert admin.do(checkups.last).number == 0


def test_the_menu_leads_there(admin):
    assert admin.read("/users").links["Check-up"] == "/checkups"


@pytest.mark.parametrize("statement", sorted({statement for statement, _ in PROJECTIONS + FACTS}))
def test_everything_that_the_doctor_names_has_words(sqlite_app, sqlite_session, statement):
    fill(sqlite_session)
    damage(*statement.split(";"))
    with sqlite_app.test_request_context():
        for one in report().differences:
            assert one.what in checkup_words.THINGS or one.what in checkup_words.COLUMNS
            assert "%" not in checkup_words.thing(one, {"achievement_id": {}, "badge_id": {}})
            assert checkup_words.value_of(one, one.stored)


def test_every_remark_has_words(sqlite_app):
    with sqlite_app.test_request_context():
        for what in checkup_words.REMARKS:
            about = {"n": 2, "completions": 1, "board": "board points/monthly"}
            assert "%" not in checkup_words.remark(doctor.Remark(what, about))

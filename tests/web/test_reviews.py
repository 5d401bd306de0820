"""Hours that wait: confirmed one or many at once, turned down with a reason, and never decided twice."""

import pytest
from sqlalchemy import select

from portal.domain import members, teams
from portal.domain.activities import Activity
from portal.domain.notifications import Notification
from portal.domain.teams import Team
from portal.extensions import db
from tests import people
from tests.people import DAY, HOURS, MONDAY, did, record
from tests.web.office import user
from tests.web.reading import page, statements

PART = {"HX-Request": "true"}


def wait(office, *quantities, who: str = "ada", first: int = 0, source: str = "portal") -> list[int]:
    """Hours that somebody logged on one day after the other."""
    rows = [
        did(HOURS, quantity, when=MONDAY + (first + number) * DAY, volunteer_email=f"{who}@example.org")
        for number, quantity in enumerate(quantities)
    ]
    return office.do(lambda: [one.activity_id for one in record(*rows, source=source, status="awaiting_review")])


def send(office, ids, decision="confirm", client=None, headers=None, **more):
    client = client or office.grace
    given = {"csrf_token": office.token(client), "activity": ids, "decision": decision} | more
    return client.post("/reviews", data=given, headers=headers)


def statuses(office) -> dict[int, str]:
    return office.do(lambda: dict(map(tuple, db.session.execute(select(Activity.id, Activity.status)))))


def test_the_queue_says_who_what_and_when(office):
    wait(office, "1.5")
    said = page(office.grace.get("/reviews"))
    cells = (".waiting-name", ".person-note", ".waiting-day", ".board-value")
    assert [said.words(f"tbody {one}") for one in cells] == [["Ada Bell"], ["Hours given"], ["Mon 4 May"], ["1.5"]]
    assert said.one("input[name=activity]")["data-points"] == "7.5"


def test_an_empty_queue_says_so(office):
    assert page(office.grace.get("/reviews")).says("All confirmed")


def test_many_are_confirmed_at_once_and_counted(office):
    ids = wait(office, 1, 2, 3)
    office.do(people.nothing_to_earn)
    answer = send(office, ids)
    assert (answer.status_code, answer.location) == (302, "/reviews")
    assert page(office.grace.get("/reviews")).says("#flashes") == "3 confirmed. They are being counted."
    assert set(statuses(office).values()) == {"pending"}
    office.do(people.settle)
    assert office.total("Ada Bell") == 30


def test_only_what_is_chosen_is_confirmed(office):
    first, second = wait(office, 1, 2)
    send(office, [second])
    assert statuses(office) == {first: "awaiting_review", second: "pending"}


def test_the_volunteer_reads_why_hours_were_turned_down(office):
    (number,) = wait(office, 5)
    send(office, [number], "turn_down", why="We were closed that day.")
    found = select(Activity.status, Activity.reason).where(Activity.id == number)
    assert office.do(lambda: tuple(db.session.execute(found).one())) == ("rejected", "We were closed that day.")
    assert office.do(lambda: db.session.scalars(select(Notification.kind)).all()) == ["hours_turned_down"]


def test_turning_down_needs_a_reason_and_keeps_what_was_chosen(office):
    _first, second = wait(office, 5, 6)
    before = office.dump()
    answer = send(office, [second], "turn_down", why="  ")
    said = page(answer)
    assert answer.status_code == 422
    assert said.errors == {"why": "Say why: the volunteer reads it."}
    assert [box["value"] for box in said.all("input[name=activity][checked]")] == [str(second)]
    assert office.dump() == before


def test_nothing_chosen_is_told(office):
    wait(office, 5)
    answer = send(office, [])
    assert answer.status_code == 422
    assert page(answer).says("Nothing is chosen yet.")


@pytest.mark.parametrize("decision", ["", "count", "reverse"])
def test_other_decisions_are_none(office, decision):
    assert send(office, wait(office, 1), decision).status_code == 400


def test_what_another_coordinator_decided_is_told_and_stays(office):
    first, second = wait(office, 1, 2)
    send(office, [first], "turn_down", why="No.", client=office.signed_in("linus"))
    answer = send(office, [first, second])
    said = page(office.grace.get(answer.location))
    assert said.says("Ada Bell, Monday 4 May: Somebody else has decided about these hours already.")
    assert said.says("Confirmed. It is being counted.")
    assert statuses(office) == {first: "rejected", second: "pending"}


def test_nobody_confirms_their_own_hours(office):
    (number,) = wait(office, 4)
    office.coordinates("Ada Bell")
    ada = office.signed_in("ada")
    queue = page(ada.get("/reviews"))
    assert queue.says("Yours: somebody else has to look at it.")
    assert not queue.has("input[name=activity]")
    send(office, [number], client=ada)
    assert statuses(office) == {number: "awaiting_review"}


def test_perhaps_twice_is_said(office):
    wait(office, 3)
    office.do(lambda: record(did(HOURS, 2), source="csv"))
    assert page(office.grace.get("/reviews")).says("Perhaps twice: 2 hours of that day came from an import")


def test_htmx_gets_the_queue_as_it_is_now_with_what_happened(office):
    first, _second = wait(office, 1, 2)
    part = page(send(office, [first], headers=PART))
    (outer,) = [one for one in part.root.children if not isinstance(one, str)]
    assert (outer["id"], outer["data-announce"]) == ("waiting", "Confirmed. It is being counted.")
    assert len(part.all("input[name=activity]")) == 1


def test_the_page_holds_the_very_part_that_htmx_gets(office):
    wait(office, 1)
    whole, part = (page(office.grace.get("/reviews", headers=how)) for how in ({}, PART))
    assert whole.one("#waiting").text == part.one("#waiting").text


def test_a_long_queue_goes_on_from_page_to_page(office):
    wait(office, *[1] * 16)
    wait(office, *[1] * 16, who="ben")
    wait(office, *["0.5"] * 16, source="other")
    wait(office, *["0.5"] * 16, who="ben", source="other")
    first = page(office.grace.get("/reviews"))
    second = page(office.grace.get(first.links["More"]))
    assert (len(first.all("tbody tr")), len(second.all("tbody tr"))) == (50, 14)
    assert second.links["From the start"] == "/reviews"


def test_scripts_in_descriptions_are_text(office):
    row = did(HOURS, 1, reference_name="<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")
    office.do(lambda: record(row, source="portal", status="awaiting_review"))
    html = office.grace.get("/reviews").get_data(as_text=True)
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_it_is_for_coordinators(office):
    ids, ada = wait(office, 1), office.signed_in("ada")
    before = office.dump()
    assert ada.get("/reviews").status_code == 403
    assert send(office, ids, client=ada).status_code == 403
    assert office.app.test_client().get("/reviews").location == "/sign-in?next=%2Freviews"
    assert office.dump() == before


def test_the_number_of_queries_does_not_grow(office):
    def queries() -> int:
        with statements(office.app) as found:
            assert office.grace.get("/reviews").status_code == 200
        return len(found)

    wait(office, 1)
    few = queries()
    wait(office, *[1] * 12, first=1)
    wait(office, *[2] * 14, who="ben")
    office.do(lambda: record(did(HOURS, 2), did(HOURS, 2, when=MONDAY + DAY), source="csv"))
    assert queries() == few


def test_the_queue_is_narrowed_by_who_what_and_team(office):
    wait(office, 1)
    wait(office, 2, who="ben", first=3)
    office.do(lambda: setattr(db.session.get(Activity, 2), "reference_name", "100% river"))
    team = office.do(lambda: teams.make("The kitchen", "department", by=user("Linus Berg"), now=people.NOW).id)
    ben = office.id_of("Ben Okafor")
    office.do(lambda: members.put_in(db.session.get(Team, team), [ben], by=user("Linus Berg"), now=people.NOW))
    for asked, names in {
        "": ["Ada Bell", "Ben Okafor"],
        "?query=okaf": ["Ben Okafor"],
        "?query=0%25+RIV": ["Ben Okafor"],
        "?query=ada@": ["Ada Bell"],
        f"?team={team}": ["Ben Okafor"],
        f"?team={team}&query=ada": [],
        "?team=x&query=%25": ["Ben Okafor"],
    }.items():
        assert page(office.grace.get(f"/reviews{asked}")).words(".waiting-name") == names
    narrow = page(office.grace.get("/reviews?query=nobody"))
    assert narrow.says("No hours wait that fit what you look for.")
    ben_only = page(office.grace.get(f"/reviews?team={team}"))
    form = ben_only.one("#review")
    answer = office.grace.post(
        form["action"], data={"csrf_token": office.token(), "activity": [2], "decision": "confirm"}
    )
    assert answer.location == f"/reviews?team={team}"


def changed(office, number: int, client=None, **fields):
    """Sends the form of other hours in place of those that wait."""
    place = f"/reviews/{number}/change"
    form = page((client or office.grace).get(place)).form(place)
    return (client or office.grace).post(place, data=form | {"reason": "We closed at four."} | fields)


def test_hours_are_put_right_and_confirmed_in_one_step(office):
    [number] = wait(office, "3.5")
    office.do(people.nothing_to_earn)
    link = page(office.grace.get("/reviews")).one("tbody .change-link")
    assert link["href"] == f"/reviews/{number}/change"
    place = f"/reviews/{number}/change"
    form = page(office.grace.get(place)).form(place) | {"reason": "We closed at four.", "hours": "2.5"}
    answers = [office.grace.post(place, data=form) for _twice in range(2)]
    assert [one.location for one in answers] == ["/reviews", "/reviews"]
    assert statuses(office) == {number: "rejected", number + 1: "pending"}
    office.do(people.settle)
    assert office.total("Ada Bell") == 12
    news = page(office.signed_in("ada").get("/notifications"))
    assert news.says("Confirmed: Hours given, 2.5 hours at 5 points an hour")
    assert news.says("Changed first: We closed at four.")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"reason": " "}, "reason", "Say why"),
        ({"hours": "25"}, "hours", "at most 24"),
        ({"hours": "x"}, "hours", "number"),
        ({"occurred_on": "2026-05-25"}, "at", "future"),
    ],
)
def test_a_change_that_does_not_stand_is_said_at_its_field(office, fields, field, words):
    [number] = wait(office, 2)
    answer = changed(office, number, **fields)
    assert answer.status_code == 422
    assert words in page(answer).errors[field]
    assert statuses(office) == {number: "awaiting_review"}


def test_ones_own_hours_and_what_somebody_decided_meanwhile_are_not_changed(office):
    [number] = wait(office, 2)
    place = f"/reviews/{number}/change"
    form = page(office.grace.get(place)).form(place) | {"reason": "Why not."}
    send(office, [number])
    assert office.grace.post(place, data=form).location == "/reviews"
    assert page(office.grace.get("/reviews")).says("Somebody else has decided about these hours already.")
    assert office.grace.get(place).location == "/reviews"
    herself = office.do(lambda: people.join("Grace Moreau", email="gm@example.org").id)
    office.do(lambda: setattr(user("Grace Moreau"), "volunteer_id", herself))
    [own] = wait(office, 1, who="gm")
    assert office.grace.get(f"/reviews/{own}/change").location == "/reviews"
    token = {"csrf_token": office.token()}
    assert office.grace.post(f"/reviews/{own}/change", data=form | token).location == "/reviews"
    assert statuses(office) == {number: "pending", own: "awaiting_review"}

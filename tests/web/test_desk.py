"""The desk: what waits, who is nearly there, who is new, who has not been thanked; each with a way to act."""

from datetime import timedelta
from io import BytesIO

from portal.domain import awarding, uploads
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, PROJECT, TASK, did, medal, record
from tests.web.office import user, volunteer
from tests.web.reading import page, statements


def desk(office, client=None):
    return page((client or office.grace).get("/desk"))


def part(said, title: str) -> str:
    """The words of the list under a small heading; '' if it is not there."""
    found = [one.parent.text for one in said.all("h3.list-title") if one.text == title]
    return found[0] if found else ""


def long_ago(*names: str) -> None:
    """These joined long ago."""
    for name in names:
        volunteer(name).joined_at = NOW - 300 * DAY


def test_it_greets_and_says_what_there_is_to_do(office):
    office.do(lambda: record(did(HOURS, "2.5"), source="portal", status="awaiting_review"))
    said = desk(office)
    assert said.heading == "Good afternoon, Grace"
    assert said.says(".lede") == "2.5 hours wait for your yes."
    assert said.title.startswith(said.heading)


def test_a_quiet_desk_says_so(office):
    office.do(lambda: long_ago("Ada Bell", "Ben Okafor"))
    said = desk(office)
    assert said.says("Nothing waits for your yes.")
    assert said.says("All confirmed")
    assert said.says("A quiet week")


def test_the_first_hours_that_wait_are_confirmed_from_here(office):
    rows = (did(HOURS, 1, when=MONDAY + number * DAY) for number in range(8))
    office.do(lambda: record(*rows, source="portal", status="awaiting_review"))
    said = desk(office)
    boxes = [one["value"] for one in said.all("input[name=activity]")]
    assert (len(boxes), said.links["All 8"]) == (6, "/reviews")
    sent = said.form("/reviews") | {"activity": boxes, "decision": "confirm"}
    assert office.grace.post("/reviews", data=sent).location == "/desk"
    after = desk(office)
    assert after.says("#flashes") == "6 confirmed. They are being counted."
    assert len(after.all("input[name=activity]")) == 2


def test_who_is_nearly_there_is_named_with_what_is_missing(office):
    office.do(lambda: people.count(did(HOURS, 9), did(HOURS, 1, volunteer_email="ben@example.org")))
    nearly = part(desk(office), "Nearly there")
    assert "1 more hour to 10 Hour Milestone" in nearly
    assert "Ben" not in nearly


def test_each_is_named_once_with_what_is_closest(office):
    tasks = (did(TASK, when=MONDAY - number * DAY) for number in range(9))
    office.do(lambda: people.count(*tasks, did(HOURS, "9.5")))
    assert part(desk(office), "Nearly there").count("Ada Bell") == 1
    assert "0.5 more hours to 10 Hour Milestone" in part(desk(office), "Nearly there")


def test_a_run_of_days_is_near_only_while_it_goes_on(office):
    office.do(people.nothing_to_earn)
    office.do(lambda: people.define("consecutive_days", {"days_required": 7}, name="Week"))
    today = NOW.date()
    office.do(lambda: people.count(*(did(TASK, when=today - number * DAY) for number in range(10, 16))))
    assert part(desk(office), "Nearly there") == ""
    office.do(lambda: people.count(*(did(PROJECT, when=today - number * DAY) for number in range(6))))
    assert "1 more day in a row to Week" in part(desk(office), "Nearly there")


def test_a_secret_that_somebody_is_close_to_is_marked(office):
    office.do(people.nothing_to_earn)
    office.do(lambda: people.define("hours_logged", {"hours_required": 4}, name="Night shift", is_secret=True))
    office.do(lambda: people.count(did(HOURS, 3)))
    assert "1 more hour to Night shift Secret" in part(desk(office), "Nearly there")


def test_who_is_new_is_named_and_who_is_not_is_not(office):
    office.do(lambda: long_ago("Ben Okafor"))
    new = part(desk(office), "New")
    assert "Ada Bell" in new
    assert "Ben" not in new


def test_who_gave_most_and_was_not_thanked_can_be_thanked(office):
    office.do(lambda: people.count(did(HOURS, 9), did(HOURS, 4, volunteer_email="ben@example.org")))
    said = desk(office)
    quiet = part(said, "Not thanked for 90 days")
    assert quiet.index("Ada Bell") < quiet.index("Ben Okafor")
    assert "9 hours in the last 90 days" in quiet
    form = page(office.grace.get(said.links["Thank Ada Bell"]))
    assert form.words(".chips [data-chip-name]") == ["Ada Bell"]


def test_thanks_are_remembered_for_ninety_days(office):
    def thank(days: int):
        to, by = volunteer("Ada Bell"), user("Grace Moreau")
        awarding.award(5, to=to, by=by, reason="Thanks", now=NOW - timedelta(days=days))

    office.do(lambda: people.count(did(HOURS, 9)))
    office.do(lambda: thank(91))
    assert "Ada Bell" in part(desk(office), "Not thanked for 90 days")
    office.do(lambda: thank(89))
    assert part(desk(office), "Not thanked for 90 days") == ""


def test_a_badge_by_hand_is_thanks_too_but_one_that_was_earned_is_not(office):
    office.do(lambda: people.count(did(HOURS, 9)))
    assert "Ada Bell" in part(desk(office), "Not thanked for 90 days")
    office.do(lambda: awarding.grant(medal(), to=volunteer("Ada Bell"), by=user("Grace Moreau"), reason="x", now=NOW))
    assert part(desk(office), "Not thanked for 90 days") == ""


def test_nobody_is_told_to_thank_themself(office):
    office.do(lambda: people.count(did(HOURS, 9)))
    office.coordinates("Ada Bell")
    assert part(desk(office, office.signed_in("ada")), "Not thanked for 90 days") == ""


def test_files_under_way_are_there(office):
    content = b"event_type,occurred_at,volunteer_email\nhours_logged,2026-05-04,x\n"

    office.do(lambda: uploads.take(BytesIO(content), "may.csv", quiet=True, by=user("Grace Moreau"), now=NOW))
    said = desk(office)
    assert said.links["may.csv"].startswith("/imports/")
    assert said.says("Being looked through")


def test_one_gives_thanks_from_here(office):
    said = desk(office)
    given = {"recipients": office.id_of("Ada Bell"), "points": "5", "reason": "You sang."}
    assert office.grace.post("/awards", data=said.form("/awards") | given).status_code == 302
    assert office.total("Ada Bell") == 5


def test_it_is_for_coordinators(office):
    assert office.signed_in("ada").get("/desk").status_code == 403
    assert office.app.test_client().get("/desk").location == "/sign-in?next=%2Fdesk"


def test_the_number_of_queries_does_not_grow(office):
    def queries() -> int:
        with statements(office.app) as found:
            assert office.grace.get("/desk").status_code == 200
        return len(found)

    def more(first: int, last: int):
        for number in range(first, last):
            person = {"volunteer_email": f"p{number}@example.org"}
            people.join(f"Person {number}", email=person["volunteer_email"])
            people.count(did(HOURS, 9, **person))
            record(did(HOURS, 1, **person), source="portal", status="awaiting_review")

    office.do(lambda: more(0, 1))
    few = queries()
    office.do(lambda: more(1, 12))
    assert queries() == few

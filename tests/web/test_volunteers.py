"""People as coordinators see them: all of them, found by what they are called, with all that they did and have."""

import pytest

from portal.domain import awarding
from tests import people
from tests.people import DAY, HOURS, MONDAY, NOW, did, medal, record
from tests.web.office import user, volunteer
from tests.web.reading import page, statements


def join(office, *names: str, **more) -> None:
    def work():
        for number, name in enumerate(names):
            people.join(name, email=f"{more.get('address', 'x')}{number}@example.org", **more.get("as_", {}))

    office.do(work)


def names(said) -> list[str]:
    return said.words("tbody .person-name")


def test_everybody_is_there_by_name_the_unlisted_too_and_marked(office):
    join(office, "Cleo Hidden", as_={"visibility": "unlisted"})
    said = page(office.grace.get("/people"))
    assert names(said) == ["Ada Bell", "Ben Okafor", "Cleo Hidden"]
    assert said.words(".chip") == ["Unlisted"]
    assert said.words(".board-value") == ["0", "0", "0"]


@pytest.mark.parametrize("query", ["okaf", "BEN@", "b-1", " ben  okafor "])
def test_somebody_is_found_by_name_mail_or_number(office, query):
    office.do(lambda: setattr(volunteer("Ben Okafor"), "external_id", "B-17"))
    assert names(page(office.grace.get("/people", query_string={"q": query}))) == ["Ben Okafor"]


def test_nobody_found_is_said(office):
    assert page(office.grace.get("/people?q=zzz")).says("Nobody found")


def test_filters_show_who_left_and_who_hides(office):
    join(office, "Dan Gone", as_={"status": "inactive"}, address="d")
    join(office, "Eve Hidden", as_={"visibility": "unlisted"}, address="e")
    assert names(page(office.grace.get("/people?status=inactive"))) == ["Dan Gone"]
    assert names(page(office.grace.get("/people?status=unlisted"))) == ["Eve Hidden"]
    assert "Dan Gone" not in names(page(office.grace.get("/people?status=active")))


def test_pages_follow_each_other_both_ways_without_a_gap(office):
    join(office, *(f"Person {number:03}" for number in range(110)), "Person 050")
    seen, place = [], "/people"
    while place:
        said = page(office.grace.get(place))
        seen, last, place = seen + names(said), said, said.links.get("More")
    assert seen == sorted(["Ada Bell", "Ben Okafor", *(f"Person {number:03}" for number in range(110)), "Person 050"])
    middle = page(office.grace.get(last.links["Back"]))
    assert names(middle) == seen[50:100]
    first = page(office.grace.get(middle.links["Back"]))
    assert names(first) == seen[:50]
    assert "Back" not in first.links


@pytest.mark.parametrize("after", ["0", "-1", "x", "999", "9" * 40, "²"])
def test_odd_addresses_show_the_first_page(office, after):
    assert names(page(office.grace.get("/people", query_string={"after": after}))) == ["Ada Bell", "Ben Okafor"]


def test_htmx_gets_the_list_alone(office):
    part = page(office.grace.get("/people?q=ada", headers={"HX-Request": "true"}))
    (outer,) = [one for one in part.root.children if not isinstance(one, str)]
    assert (outer["id"], names(part)) == ("people", ["Ada Bell"])


def detail(office, name: str = "Ada Bell", query: str = "", client=None):
    return page((client or office.grace).get(f"/people/{office.id_of(name)}{query}"))


def test_one_page_tells_all_of_somebody(office):
    def work():
        people.count(did(HOURS, 6, reference_name="Soup kitchen"))
        record(did(HOURS, 2, when=MONDAY + DAY), source="portal", status="awaiting_review")
        to, by = volunteer("Ada Bell"), user("Grace Moreau")
        awarding.award(20, to=to, by=by, reason="You sang.", now=NOW)
        awarding.grant(medal(30, name="Owl", is_secret=True), to=to, by=by, reason="Three nights", now=NOW)

    office.do(work)
    said = detail(office)
    assert said.heading == "Ada Bell"
    assert said.words(".numeral-value") == ["6", "100", "–", "0 days"]
    assert said.words(".deed-name") == ["Hours given", "Soup kitchen"]
    assert said.says("Waits for review Recorded from portal")
    ways = [link["href"] for link in said.all("#ledger a.name")]
    assert any(way.startswith("/activities/") for way in ways)
    assert {office.grace.get(way).status_code for way in ways} == {200}
    assert said.says("You sang. Grace Moreau, coordinator")
    assert said.says("By Grace Moreau: Three nights")
    assert said.says("Secret")
    assert len([link for link in said.links if link.startswith("Reverse")]) == 1


def test_who_recorded_what_stands_beside_it(office):
    office.do(lambda: record(did(HOURS, 1), by=user("Grace Moreau"), source="desk"))
    assert detail(office).says("Recorded by Grace Moreau")


def test_long_lists_go_on(office):
    office.do(lambda: people.count(*(did(HOURS, 1, when=MONDAY - number * DAY) for number in range(30))))
    said = detail(office)
    older = [link for link in said.all("a") if link.text == "Older"]
    deeds, lines = (page(office.grace.get(link["href"])) for link in older)
    first, second = said.words(".deed time"), deeds.words(".deed time")
    assert (len(first), len(second), set(first) & set(second)) == (12, 12, set())
    assert lines.words("#ledger .history-line") != said.words("#ledger .history-line")
    assert lines.words(".deed time") == first


def test_whoever_was_merged_leads_to_who_they_are(office):
    ada = office.id_of("Ada Bell")

    def work():
        ben = volunteer("Ben Okafor")
        ben.status, ben.merged_into_id = "merged", ada

    number = office.id_of("Ben Okafor")
    office.do(work)
    assert office.grace.get(f"/people/{number}").location == f"/people/{ada}"


def test_a_former_volunteer_has_figures_but_no_name(office):
    def work():
        people.count(did(HOURS, 6))
        ada = volunteer("Ada Bell")
        ada.name, ada.email, ada.status = "", None, "forgotten"
        return ada.id

    number = office.id_of("Ada Bell")
    office.do(work)
    said = page(office.grace.get(f"/people/{number}"))
    assert said.heading == "Former volunteer"
    assert "Say thank you" not in said.links


def test_on_ones_own_page_there_is_nothing_to_give_or_take(office):
    office.do(lambda: people.count(did(HOURS, 6)))
    office.coordinates("Ada Bell")
    said = detail(office, client=office.signed_in("ada"))
    assert not {"Say thank you", "Record"} & said.links.keys()
    assert not said.has("details.confirm")
    assert not [link for link in said.links if link.startswith("Reverse")]


@pytest.mark.parametrize("number", [999, 10**30])
def test_who_is_not_there_is_not_there(office, number):
    assert office.grace.get(f"/people/{number}").status_code == 404


def test_it_is_for_coordinators(office):
    ada, places = office.signed_in("ada"), ("/people", f"/people/{office.id_of('Ben Okafor')}")
    assert [ada.get(place).status_code for place in places] == [403, 403]
    nobody = office.app.test_client()
    assert all(nobody.get(place).location.startswith("/sign-in?next=") for place in places)


def test_the_number_of_queries_does_not_grow(office):
    def queries(*places: str) -> list[int]:
        found = []
        for place in places:
            with statements(office.app) as asked:
                assert office.grace.get(place).status_code == 200
            found.append(len(asked))
        return found

    office.do(lambda: people.count(did(HOURS, 6)))
    office.do(lambda: awarding.award(20, to=volunteer("Ada Bell"), by=user("Grace Moreau"), reason="x", now=NOW))
    office.do(lambda: awarding.grant(medal(), to=volunteer("Ada Bell"), by=user("Linus Berg"), reason="x", now=NOW))
    places = ("/people", f"/people/{office.id_of('Ada Bell')}")
    few = queries(*places)
    join(office, *(f"Person {number}" for number in range(20)))
    office.do(lambda: people.count(*(did(HOURS, 3, when=MONDAY - number * DAY) for number in range(1, 30))))
    office.do(lambda: awarding.award(20, to=volunteer("Ada Bell"), by=user("Linus Berg"), reason="y", now=NOW))
    assert queries(*places) == few

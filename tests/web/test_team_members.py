"""Putting people into teams and taking them out: by search, by a pasted list, with and without scripts."""

import pytest
from sqlalchemy import func, select

from portal.domain import lookup, members, merging
from portal.domain.audit import AuditRecord
from portal.domain.teams import Team, TeamMember
from portal.extensions import db
from tests import company, people
from tests.web.office import Office, at_once, user, volunteer
from tests.web.reading import Page, page, statements


@pytest.fixture
def address(office) -> str:
    """Where the members of an empty team are."""
    team_id = office.do(lambda: company.team("North", by=user("Linus Berg")).id)
    return f"/teams/{team_id}/members"


def send(office: Office, address: str, **fields) -> Page:
    """Sends the form as a browser without scripts does, as it is drawn there, with these changes."""
    form = page(office.grace.get(address)).form(address)
    return page(office.grace.post(address, data=form | fields, follow_redirects=True))


def go_on(office: Office, address: str, drawn: Page, **fields) -> Page:
    """Sends the form that came back."""
    data = drawn.form(address) | {"recipients": chips(drawn)} | fields
    return page(office.grace.post(address, data=data, follow_redirects=True))


def chips(found: Page) -> list[str]:
    """Ids of who is chosen."""
    return [one["value"] for one in found.all("[data-chips] [data-chip] input")]


def names(office: Office) -> list[str]:
    """Who is in the team."""
    return office.do(
        lambda: sorted(people.db.session.get_one(people.Volunteer, one).name for one in db.session.scalars(MEMBERS))
    )


MEMBERS = select(TeamMember.volunteer_id)


def test_somebody_is_searched_for_chosen_and_put_in(office, address):
    searched = send(office, address, query="bel", search="yes")
    (button,) = searched.all("#suggestions button")
    added = go_on(office, address, searched, add=button["value"], query="bel")
    assert chips(added) == [str(office.id_of("Ada Bell"))]
    done = go_on(office, address, added)
    assert done.says(".flashes") == "1 person was put in."
    assert names(office) == ["Ada Bell"]
    assert "Ada Bell since 20 May 2026" in done.text


def test_suggestions_come_while_one_types(office, address):
    found = page(office.grace.get(f"{address}/suggestions?query=ada"))
    assert found.words("button") == ["AB Ada Bell ada@example.org"]
    chosen = office.id_of("Ada Bell")
    assert not page(office.grace.get(f"{address}/suggestions?query=ada&recipients={chosen}")).has("button")


def test_a_list_is_looked_up_shown_and_nothing_is_guessed_or_lost(office, address):
    for number in (1, 2):
        office.do(lambda number=number: people.join("Two Alike", email=f"alike{number}@example.org"))
    office.do(lambda: people.join("Gone Person", email="gone@example.org", status="inactive"))
    pasted = "ADA@example.org\nben  okafor\nTwo Alike\nNobody Known; gone@example.org"
    looked = send(office, address, pasted=pasted, look="yes")
    assert looked.status == 200
    assert chips(looked) == [str(office.id_of(name)) for name in ("Ada Bell", "Ben Okafor")]
    assert "“Two Alike” may be several. Who is meant?" in looked.text
    assert "Nobody found for Nobody Known" in looked.text
    assert "Not active any more gone@example.org" in looked.text
    assert looked.form(address)["pasted"].split("\n") == ["Two Alike", "Nobody Known", "gone@example.org"]
    assert names(office) == []

    choose = next(one for one in looked.all(".looked button") if "alike2" in one.text)
    chosen = go_on(office, address, looked, add=choose["value"])
    assert len(chips(chosen)) == 3
    assert chosen.form(address)["pasted"].split("\n") == ["Nobody Known", "gone@example.org"]

    stopped = go_on(office, address, chosen)
    assert (stopped.status, names(office)) == (422, [])
    done = go_on(office, address, stopped, pasted="")
    assert done.says(".flashes") == "3 people were put in."
    assert names(office) == ["Ada Bell", "Ben Okafor", "Two Alike"]


def test_a_list_that_is_sent_without_looking_is_shown_before_anybody_is_put_in(office, address):
    sent = send(office, address, pasted="ada@example.org")
    assert (sent.status, names(office)) == (200, [])
    assert sent.says("Everybody on your list was found.")
    assert go_on(office, address, sent).says(".flashes") == "1 person was put in."


def test_an_old_e_mail_finds_the_person_whom_it_was_merged_into(office, address):
    office.do(
        lambda: merging.merge(
            volunteer("Ben Okafor"), into=volunteer("Ada Bell"), by=user("Linus Berg"), now=people.NOW
        )
    )
    looked = send(office, address, pasted="ben@example.org\nada@example.org", look="yes")
    assert chips(looked) == [str(office.id_of("Ada Bell"))]
    assert looked.form(address)["pasted"] == ""


@pytest.mark.parametrize(
    "typed",
    ["Émile Zola", "émile zola", "ÉMILE ZOLA", "  Émile   Zola ", "emz-1", "E.Z@Example.org"],
)
def test_people_are_found_however_their_name_is_written(office, address, typed):
    who = office.do(lambda: people.join("Émile Zola", email="e.z@example.org", external_id="emz-1").id)
    looked = send(office, address, pasted=typed, look="yes")
    assert chips(looked) == [str(who)]


def test_lines_semicolons_columns_and_mail_headers_are_taken_apart():
    text = 'Ada Bell\r\nAda Bell;Ben Okafor\tx\n"Ben" <ben@example.org>, cleo@example.org  dan@example.org\n\n , \n'
    assert lookup.lines(text) == [
        *("Ada Bell", "Ben Okafor", "x", "ben@example.org", "cleo@example.org", "dan@example.org", ","),
    ]


@pytest.mark.parametrize(
    "hostile", ["%", "_", "'; DROP TABLE teams", "<script>alert(1)</script>", "x" * 5000, "\\", "@"]
)
def test_hostile_lines_are_nobody_and_stand_as_they_were(office, address, hostile):
    looked = send(office, address, pasted=hostile, look="yes")
    assert (looked.status, chips(looked)) == (200, [])
    assert "<script>alert" not in looked.html
    assert names(office) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"recipients": ["99", "-1", "x", "1e400", str(2**70)]},
        {"pasted": "x" * 20_001},
        {"pasted": "Ada\x00Bell"},
        {},
    ],
)
def test_what_makes_no_sense_changes_nothing(office, address, fields):
    before = office.dump()
    form = page(office.grace.get(address)).form(address)
    assert office.grace.post(address, data=form | fields).status_code == 422
    assert office.dump() == before


def test_who_is_in_it_already_is_said(office, address):
    ada = str(office.id_of("Ada Bell"))
    send(office, address, recipients=[ada])
    assert send(office, address, recipients=[ada]).says(".flashes") == "Already in it: 1 person."
    both = send(office, address, recipients=[ada, str(office.id_of("Ben Okafor"))])
    assert both.says(".flashes") == "1 person was put in. Already in it: 1 person."


def test_htmx_gets_the_form_alone_and_is_led_on(office, address):
    token, headers = {"csrf_token": office.token()}, {"HX-Request": "true"}
    part = page(office.grace.post(address, data=token | {"look": "yes", "pasted": "?"}, headers=headers))
    assert (part.one("section")["id"], part.has("h1")) == ("add", False)
    ada = {"recipients": str(office.id_of("Ada Bell"))}
    done = office.grace.post(address, data=token | ada, headers=headers)
    assert done.headers["HX-Redirect"] == address


def test_a_double_click_and_two_coordinators_put_somebody_in_once(office, address):
    browsers = [*office.browsers("grace", 3), *office.browsers("linus", 3)]
    ada = {"recipients": str(office.id_of("Ada Bell"))}
    answers = at_once(
        6, lambda number: browsers[number].client.post(address, data=browsers[number].token | ada).status_code
    )
    assert answers == [302] * 6
    assert names(office) == ["Ada Bell"]
    records = select(func.count()).where(AuditRecord.action == "put_in", AuditRecord.after.is_not(None))
    assert office.do(lambda: db.session.scalar(records)) == 1


def test_somebody_is_taken_out_and_twice_is_no_mistake(office, address):
    ada = office.id_of("Ada Bell")
    send(office, address, recipients=[str(ada)])
    token = {"csrf_token": office.token()}
    told = [
        page(office.grace.post(f"{address}/{ada}/departure", data=token, follow_redirects=True)).says(".flashes")
        for _ in range(2)
    ]
    assert told == ["Ada Bell is out of the team.", "Ada Bell was not in it."]
    assert names(office) == []


def test_coordinators_may_put_themselves_in(office, address):
    def grace_helps() -> str:
        grace = user("Grace Moreau")
        grace.volunteer_id = people.join("Grace Moreau").id
        return str(grace.volunteer_id)

    own = office.do(grace_helps)
    assert send(office, address, recipients=[own]).says(".flashes") == "1 person was put in."


def test_nobody_is_put_into_a_retired_team(office, address):
    ada = str(office.id_of("Ada Bell"))
    team_id = int(address.split("/")[2])
    office.do(lambda: members.retire(db.session.get_one(Team, team_id), by=user("Linus Berg"), now=people.NOW))
    assert not page(office.grace.get(address)).has("#add")
    sent = office.grace.post(address, data={"csrf_token": office.token(), "recipients": ada})
    assert sent.status_code == 422
    assert names(office) == []


def test_members_are_listed_by_name_page_by_page_for_the_same_cost(office, address):
    def fill(first: int, last: int) -> None:
        who = [people.join(f"Member{n:03} Last", email=f"m{n}@example.org").id for n in range(first, last)]
        team = db.session.get_one(Team, int(address.split("/")[2]))
        members.put_in(team, who, by=user("Linus Berg"), now=people.NOW)

    def cost() -> int:
        with statements(office.app) as found:
            office.grace.get(address)
        return len(found)

    office.do(lambda: fill(0, 2))
    few = cost()
    office.do(lambda: fill(2, 130))
    assert cost() == few
    first = page(office.grace.get(address))
    second = page(office.grace.get(first.links["More"]))
    assert [len(one.all(".rows .person")) for one in (first, second)] == [100, 30]
    assert second.links["Back"].endswith("?after=0")

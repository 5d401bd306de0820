"""Teams as people see them: the board of teams, a team's own page, and who finds the way there."""

import pytest

from portal.domain import members
from portal.domain.teams import Team
from portal.extensions import db
from tests import company, people
from tests.web.office import Office, at_once, user, volunteer
from tests.web.reading import Page, page, statements

TODAY = people.NOW.date()
BOARD = "/leaderboards/teams/hours/monthly"


@pytest.fixture
def ada(office):
    """Ada's browser."""
    return office.signed_in("ada")


def crew(office: Office, name: str, *hours: object, sort: str = "", more: tuple[str, ...] = ()) -> int:
    """A team whose members gave so many hours today, and some who are there already; its number."""

    def work() -> int:
        linus = user("Linus Berg")
        made = company.crew(name, *hours, by=linus, when=TODAY)
        made.sort = sort
        members.put_in(made, [volunteer(one).id for one in more], by=linus, now=people.NOW)
        people.refresh()
        return made.id

    return office.do(work)


def rows(found: Page) -> list[str]:
    return found.words(".board tbody tr")


# --- The board of teams ---------------------------------------------------------------------------------------------


def test_the_tab_is_there_as_soon_as_a_team_has_three_members(office, ada):
    crew(office, "Pair", 1, 1)
    assert "Teams" not in page(ada.get("/leaderboards")).links
    crew(office, "North", 1, 1, 1)
    found = page(ada.get("/leaderboards/hours/monthly"))
    assert found.links["Teams"] == BOARD
    assert page(ada.get(BOARD)).links["Points"] == "/leaderboards/points/monthly"


def test_the_board_has_a_podium_then_rows_and_marks_ones_own_team(office, ada):
    for number, name in enumerate(("North", "East", "South")):
        crew(office, name, *([5 - number] * 3))
    crew(office, "West", 1, 1, sort="school", more=("Ada Bell",))
    found = page(ada.get(BOARD))
    assert found.heading == "May’s leaderboard, teams"
    assert found.words(".podium-place") == [
        "N North 15 hours Place 1 3 members",
        "E East 12 hours Place 2 3 members",
        "S South 9 hours Place 3 3 members",
    ]
    assert rows(found) == ["4 W West your team school 3 2"]
    assert [one.classes for one in found.all(".board tbody tr")] == [["mine"]]
    assert found.words("[aria-current]")[1:] == ["Teams", "This month", "Hours", "In all"]
    assert found.says("4 teams. As of 12:00.")


def test_by_head_is_an_address_of_its_own(office, ada):
    crew(office, "Large", 3, 3, 3, 3, 3)
    crew(office, "Small", 4, 4, 5)
    found = page(ada.get(page(ada.get(BOARD)).links["Per head"]))
    assert rows(found) == ["1 S Small 3 4.33", "2 L Large 5 3"]
    assert found.words(".board thead th")[-1] == "Hours per head"
    everything = page(ada.get(found.links["All time"]))
    assert everything.words("[aria-current]")[1:] == ["Teams", "All time", "Hours", "Per head"]


def test_an_empty_board_invites(office, ada):
    crew(office, "Pair", 1, 1)
    found = page(ada.get(BOARD))
    assert found.says("The board is still empty")
    assert found.links["See all teams"] == "/teams"


def test_a_long_board_comes_in_pages_and_by_htmx_in_part(office, ada):
    def many() -> None:
        linus = user("Linus Berg")
        who = [people.join(f"Member {number}", email=f"m{number}@example.org") for number in range(3)]
        for number in range(120):
            company.team(f"Team {number:03}", *who, by=linus)
        people.count(*(people.did(when=TODAY, volunteer_email=one.email) for one in who))
        people.refresh()

    office.do(many)
    first = page(ada.get(BOARD))
    assert len(first.all(".podium-place")) + len(rows(first)) == 50
    second = page(ada.get(first.links["Next 50"]))
    third = page(ada.get(second.links["Next 50"]))
    assert (len(rows(second)), len(rows(third))) == (50, 20)
    assert rows(third)[-1] == "1 T1 Team 119 3 3"
    assert "Next 50" not in third.links
    assert page(ada.get(second.links["Back"])).words(".podium-place") == first.words(".podium-place")
    part = page(ada.get(BOARD, headers={"HX-Request": "true"}))
    assert part.one("div")["id"] == "standings"
    assert not part.has("h1")


@pytest.mark.parametrize("number", ["-1", "nothing", "99999999999999999999999"])
def test_a_page_that_is_none_is_the_first_or_empty(office, ada, number):
    crew(office, "North", 1, 1, 1)
    for address in (BOARD, "/teams"):
        assert ada.get(f"{address}?after={number}").status_code == 200


def test_a_retired_team_is_gone_from_the_board_at_once(office, ada):
    team_id = crew(office, "North", 1, 1, 1)
    assert rows(page(ada.get(BOARD))) == ["1 N North 3 3"]
    office.do(lambda: members.retire(db.session.get_one(Team, team_id), by=user("Linus Berg"), now=people.NOW))
    assert rows(page(ada.get(BOARD))) == []
    assert ada.get(f"/teams/{team_id}").status_code == 404


# --- A team's own page ----------------------------------------------------------------------------------------------


def test_a_team_has_its_sum_its_places_and_where_its_members_stand(office, ada):
    crew(office, "Other", 9, 9, 9)
    team_id = crew(office, "North", 4, 2, sort="school", more=("Ada Bell",))
    office.do(lambda: (people.count(people.did(quantity=3, when=TODAY)), people.refresh()))
    found = page(ada.get(f"/teams/{team_id}/hours/monthly"))
    assert found.heading == "North"
    assert found.says(".lede") == "School. 3 members, you among them."
    assert found.words(".numeral") == ["Hours 9 2nd of the teams", "Per head 3 2nd of the teams"]
    assert [row.split(" ", 1)[0] for row in rows(found)] == ["4", "5", "6"]
    assert [one.classes for one in found.all(".board tbody tr")] == [[], ["mine"], []]
    assert "You" in rows(found)[1]


def test_a_teams_page_is_this_months_points_first(office, ada):
    team_id = crew(office, "North", 1, 1, 1)
    found = page(ada.get(f"/teams/{team_id}"))
    assert found.words("[aria-current]") == ["Points", "This month"]
    assert found.links["All time"] == f"/teams/{team_id}/points/all_time"


def test_who_is_unlisted_counts_and_is_in_no_list(office, ada):
    team_id = crew(office, "North", 1, 2, 4)
    office.do(lambda: setattr(volunteer("North 2"), "visibility", "unlisted"))
    office.do(lambda: people.refresh(everything=True))
    found = page(ada.get(f"/teams/{team_id}/hours/monthly"))
    assert found.words(".numeral")[0] == "Hours 7 1st of the teams"
    assert len(rows(found)) == 2
    assert "North 2" not in found.html


def test_who_hides_after_the_board_was_built_is_gone_at_once(office, ada):
    team_id = crew(office, "North", 1, 2, 4)
    office.do(lambda: setattr(volunteer("North 2"), "visibility", "unlisted"))
    assert len(rows(page(ada.get(f"/teams/{team_id}/hours/monthly")))) == 2


def test_who_is_unlisted_sees_their_own_place_in_their_team(office, ada):
    team_id = crew(office, "North", 1, 2, more=("Ada Bell",))
    office.do(lambda: setattr(volunteer("Ada Bell"), "visibility", "unlisted"))
    office.do(lambda: (people.count(people.did(quantity=9, when=TODAY)), people.refresh()))
    found = page(ada.get(f"/teams/{team_id}/hours/monthly"))
    assert found.says(".you-row").startswith("Place 1")
    assert len(rows(found)) == 2


def test_a_small_team_shows_its_name_to_its_own_and_is_nowhere_for_others(office, ada):
    team_id = crew(office, "Pair", 5, more=("Ada Bell",))
    found = page(ada.get(f"/teams/{team_id}"))
    assert (found.heading, found.says("Figures from three members on")) == ("Pair", True)
    assert not found.has(".board")
    office.do(lambda: people.sign_up("Ben Okafor", "volunteer", volunteer=volunteer("Ben Okafor")))
    ben = office.signed_in("ben")
    assert ben.get(f"/teams/{team_id}").status_code == 404
    assert "Pair" not in page(ben.get("/teams")).text
    assert page(office.grace.get(f"/teams/{team_id}")).says("Figures from three members on")


@pytest.mark.parametrize("address", ["/smiles/monthly", "/hours/daily"])
def test_what_is_no_board_is_nowhere(office, ada, address):
    team_id = crew(office, "North", 1, 1, 1)
    assert ada.get(f"/teams/{team_id}{address}").status_code == 404
    assert ada.get(f"/leaderboards/teams{address}").status_code == 404


def test_a_large_team_comes_in_pages_by_place(office, ada):
    def large() -> int:
        linus = user("Linus Berg")
        who = [people.join(f"Member{n:03} Last", email=f"m{n}@example.org") for n in range(120)]
        made = company.team("Large", *who, by=linus)
        hours = ((one.email, f"{12 - n / 10:.1f}") for n, one in enumerate(who))
        people.count(*(people.did(quantity=each, when=TODAY, volunteer_email=email) for email, each in hours))
        people.refresh()
        return made.id

    team_id = office.do(large)
    first = page(ada.get(f"/teams/{team_id}/hours/monthly"))
    second = page(ada.get(first.links["Next 50"]))
    third = page(ada.get(second.links["Next 50"]))
    assert [len(rows(one)) for one in (first, second, third)] == [50, 50, 20]
    assert [rows(one)[0].split()[0] for one in (first, second, third)] == ["1", "51", "101"]
    assert "Back" not in first.links
    assert rows(page(ada.get(third.links["Back"]))) == rows(second)
    assert rows(page(ada.get(second.links["Back"]))) == rows(first)


def test_pages_cost_the_same_however_many_teams_and_members_there_are(office, ada):
    team_id = crew(office, "North", 1, 1, more=("Ada Bell",))
    addresses = (BOARD, f"{BOARD}/per-head", "/teams", f"/teams/{team_id}/hours/monthly", "/leaderboards", "/")
    few = [cost(office, ada, address) for address in addresses]
    for number in range(4):
        crew(office, f"Team {number}", 1, 2, 3, 4, more=("Ada Bell",))
    office.do(lambda: company.goal(10, by=user("Linus Berg"), team_id=team_id))
    office.do(lambda: company.goal(10, by=user("Linus Berg")))
    assert [cost(office, ada, address) for address in addresses] == few


def cost(office: Office, client, address: str) -> int:
    with statements(office.app) as found:
        assert client.get(address).status_code == 200
    return len(found)


# --- Who finds the way ----------------------------------------------------------------------------------------------


def test_ones_teams_are_on_the_dashboard(office, ada):
    assert "Your teams:" not in page(ada.get("/")).text
    crew(office, "Pair", 1, more=("Ada Bell",))
    crew(office, "North", 1, 1, more=("Ada Bell",))
    found = page(ada.get("/"))
    assert found.says(".own-teams") == "Your teams: North, Pair"
    assert found.links["North"].startswith("/teams/")


def test_coordinators_see_somebodys_teams_on_their_page(office):
    crew(office, "North", 1, 1, more=("Ada Bell",))
    found = page(office.grace.get(f"/people/{office.id_of('Ada Bell')}"))
    assert "Teams North" in found.text


def test_admins_find_teams_and_goals_among_what_they_look_after(admin):
    found = admin.read("/users")
    assert (found.links["Teams"], found.links["Goals"]) == ("/teams", "/goals")
    assert admin.read("/teams").has(".admin-ways")


# --- Made, renamed, retired -----------------------------------------------------------------------------------------


def test_an_admin_makes_a_team_and_comes_to_its_members(admin):
    found = admin.send("/teams/new", name="  North   school ", sort="school")
    assert found.says(".flashes") == "“North school” is there. Put in who belongs to it."
    assert found.heading == "Members of North school"
    assert admin.named(Team, "North school").sort == "school"


@pytest.mark.parametrize(
    ("name", "sort", "field", "words"),
    [
        ("", "", "name", "A team needs a name."),
        ("   ", "", "name", "A team needs a name."),
        ("x" * 101, "", "name", "Too long."),
        ("\ufdfa" * 90, "", "name", "Another name, please: a short one, with letters."),
        ("North\x00", "", "name", "There are characters in it that cannot be shown."),
        ("nORTH", "", "name", "There is a team of that name already."),
        ("South", "y" * 41, "sort", "A word or two, please."),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(any_admin, name, sort, field, words):
    any_admin.send("/teams/new", name="North", sort="school")
    before = any_admin.dump()
    found = any_admin.send("/teams/new", name=name, sort=sort)
    assert (found.status, found.errors) == (422, {field: words})
    assert found.fields["name"].strip() == name.strip()
    assert any_admin.dump() == before


def test_a_name_with_markup_is_shown_as_text(admin):
    admin.send("/teams/new", name='<script>alert("x")</script>', sort="{{ 7 * 7 }}")
    team = admin.named(Team, '<script>alert("x")</script>')
    for address in ("/teams", f"/teams/{team.id}", f"/teams/{team.id}/members", f"/teams/{team.id}/definition"):
        found = admin.read(address)
        assert "<script>alert" not in found.html
        assert "49" not in found.text


def test_a_form_that_is_sent_twice_makes_one_team(admin):
    form = admin.read("/teams/new").form("/teams") | {"name": "North"}
    answers = [admin.linus.post("/teams", data=form).status_code for _ in range(2)]
    assert answers == [302, 302]
    assert admin.linus.post("/teams", data=form | {"name": "South"}).status_code == 422
    assert [one[0] for one in admin.audited() if one[1] == "teams"] == ["define"]


def test_ten_admins_who_make_the_same_team_at_once_make_one(any_admin):
    browsers = any_admin.browsers("linus", 4)
    form = {"name": "North", "sort": ""}
    answers = at_once(
        4, lambda number: browsers[number].client.post("/teams", data=form | browsers[number].token).status_code
    )
    assert sorted(answers) == [302, 422, 422, 422]


def test_an_admin_renames_retires_and_takes_back(admin):
    admin.send("/teams/new", name="North")
    team_id = admin.named(Team, "North").id
    found = admin.send(f"/teams/{team_id}/definition", f"/teams/{team_id}/definition", name="NORTH", sort="chapter")
    assert (found.heading, found.says(".flashes")) == ("NORTH", "Saved.")
    retired = admin.press(f"/teams/{team_id}/definition", f"/teams/{team_id}/retirement")
    assert retired.says(".flashes") == "“NORTH” is retired."
    assert "Retired" in admin.read("/teams").text
    back = admin.press(f"/teams/{team_id}/definition", f"/teams/{team_id}/return")
    assert back.says(".flashes") == "“NORTH” is back, with whoever was in it."
    assert [one[0] for one in admin.audited() if one[1] == "teams"] == ["define", "define", "retire", "reactivate"]
    assert "Retired" not in admin.read("/teams").text


def test_the_name_of_another_team_is_refused_when_renaming(admin):
    for name in ("North", "South"):
        admin.send("/teams/new", name=name)
    address = f"/teams/{admin.named(Team, 'South').id}/definition"
    found = admin.send(address, address, name="north")
    assert (found.status, found.errors) == (422, {"name": "There is a team of that name already."})


def test_volunteers_do_not_see_what_coordinators_may_do(office, ada):
    team_id = crew(office, "North", 1, 1, 1)
    assert {"Members", "Edit", "New team"}.isdisjoint(page(ada.get(f"/teams/{team_id}")).links)
    assert "Members" in page(office.grace.get(f"/teams/{team_id}")).links
    assert "Edit" not in page(office.grace.get(f"/teams/{team_id}")).links
    linus = office.signed_in("linus")
    assert {"Members", "Edit"} <= page(linus.get(f"/teams/{team_id}")).links.keys()

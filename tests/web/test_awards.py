"""Thanks by hand: to one or many, once however often it is sent, never below nothing, never to oneself."""

import pytest
from sqlalchemy import func, select

from portal.domain import awarding, members, teams
from portal.domain.badges import VolunteerBadge
from portal.domain.points import Award
from portal.domain.teams import Team
from portal.extensions import db
from portal.web import choosing
from tests import people
from tests.people import NOW, medal
from tests.web.office import Office, at_once, user, volunteer
from tests.web.reading import page, statements

PART = {"HX-Request": "true"}


def form(office, *names: str, client=None, **given) -> dict:
    """The form for these people, filled in."""
    query = "&".join(f"to={office.id_of(name)}" for name in names)
    fields = page((client or office.grace).get(f"/awards/new?{query}")).form("/awards")
    ids = [office.id_of(name) for name in names]
    return fields | {"kind": "points", "points": "25", "reason": "You stayed until two."} | given | {"recipients": ids}


def send(office, data, client=None, headers=None):
    return (client or office.grace).post("/awards", data=data, headers=headers)


def awards(office) -> int:
    return office.do(lambda: db.session.scalar(select(func.count()).select_from(Award)))


def test_points_reach_somebody_and_the_page_says_what_they_have_now(office):
    linus = office.signed_in("linus")
    send(office, form(office, "Ada Bell", points="1245", client=linus), client=linus)
    answer = send(office, form(office, "Ada Bell"))
    assert answer.location == f"/people/{office.id_of('Ada Bell')}"
    assert page(office.grace.get(answer.location)).says("#flashes") == "Ada Bell now has 1,270 points."


def test_several_are_thanked_in_one_go(office):
    answer = send(office, form(office, "Ada Bell", "Ben Okafor"))
    assert (answer.location, office.total("Ada Bell"), office.total("Ben Okafor")) == ("/batches/1", 25, 25)
    assert page(office.grace.get(answer.location)).says("#flashes") == "Thanked: 2 people."


def test_if_one_of_several_cannot_be_nobody_is(office):
    office.do(lambda: setattr(volunteer("Ben Okafor"), "status", "inactive"))
    answer = send(office, form(office, "Ada Bell", "Ben Okafor"))
    said = page(answer)
    assert answer.status_code == 422
    assert said.errors == {"query": "Ben Okafor is not active."}
    assert (office.total("Ada Bell"), said.words(".chips [data-chip-name]")) == (0, ["Ada Bell", "Ben Okafor"])


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"points": ""}, "points", "How many?"),
        ({"points": "0"}, "points", "How many?"),
        ({"points": "2.5"}, "points", "whole number"),
        ({"points": "lots"}, "points", "whole number"),
        ({"reason": " "}, "reason", "Say why"),
        ({"reason": "x" * 301}, "reason", "Too long"),
        ({"kind": "badge", "badge": "0"}, "badge", "Choose a badge"),
        ({"kind": "badge", "badge": "99999999999999999999"}, "badge", "Choose a badge"),
        ({"points": "501"}, "points", "At most 500"),
        ({"points": "-1"}, "query", "has only 0 points"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(office, given, field, words):
    answer = send(office, form(office, "Ada Bell", note="And you sang.", **given))
    said = page(answer)
    assert answer.status_code == 422
    assert words in said.errors[field]
    assert said.fields["note"] == "And you sang."
    assert said.words(".chips [data-chip-name]") == ["Ada Bell"]
    assert awards(office) == 0


def test_nobody_chosen_is_told(office):
    answer = send(office, form(office))
    assert (answer.status_code, page(answer).errors["query"]) == (422, "Nobody is chosen yet. Type a part of a name.")


def test_nobody_gives_to_themself(office):
    office.coordinates("Ada Bell")
    ada = office.signed_in("ada")
    answer = send(office, form(office, "Ada Bell", client=ada), client=ada)
    assert page(answer).errors["query"] == "You cannot give anything to yourself."
    assert office.total("Ada Bell") == 0


def test_points_can_be_taken(office):
    send(office, form(office, "Ada Bell"))
    send(office, form(office, "Ada Bell", points="-5", reason="That was too many."))
    assert office.total("Ada Bell") == 20


def test_a_badge_is_given_with_its_points(office):
    badge = office.do(lambda: medal(30, name="Night Owl", is_secret=True).id)
    assert page(office.grace.get("/awards/new")).says("Night Owl (secret), 30 points")
    answer = send(office, form(office, "Ada Bell", kind="badge", badge=str(badge), points=""))
    assert page(office.grace.get(answer.location)).says("Ada Bell now holds Night Owl, and has 30 points.")
    again = send(office, form(office, "Ada Bell", kind="badge", badge=str(badge)))
    assert page(again).errors["query"] == "Ada Bell holds this badge already."


def test_a_double_click_pays_once(office):
    data = form(office, "Ada Bell")
    first, second = send(office, data), send(office, data)
    assert first.location == second.location
    assert (office.total("Ada Bell"), awards(office)) == (25, 1)


def test_the_same_form_twenty_times_at_once_pays_once(office):
    data = form(office, "Ada Bell", "Ben Okafor")
    browsers = office.browsers("grace", 20)
    answers = at_once(20, lambda number: send(office, data | browsers[number].token, browsers[number].client))
    assert {one.status_code for one in answers} == {302}
    assert (office.total("Ada Bell"), office.total("Ben Okafor"), awards(office)) == (25, 25, 2)


def test_fifty_at_once_never_reach_below_nothing(office):
    send(office, form(office, "Ada Bell", points="100"))
    send(office, form(office, "Ben Okafor", points="100"))
    forms = [form(office, *names, points="-10") for names in (("Ada Bell", "Ben Okafor"), ("Ben Okafor", "Ada Bell"))]
    data = [forms[number % 2] | {"idempotency_key": f"key-{number:04}-{'x' * 12}"} for number in range(50)]
    browsers = office.browsers("grace", 50)
    answers = at_once(
        50, lambda number: send(office, data[number] | browsers[number].token, browsers[number].client).status_code
    )
    assert (answers.count(302), answers.count(422)) == (10, 40)
    assert (office.total("Ada Bell"), office.total("Ben Okafor")) == (0, 0)
    assert office.do(lambda: [row.balance_after for row in people.ledger(volunteer("Ada Bell"))])[-1] == 0


def test_the_same_form_with_something_else_in_it_is_asked_about(office):
    data = form(office, "Ada Bell")
    send(office, data)
    answer = send(office, data | {"points": "30"})
    said = page(answer)
    assert answer.status_code == 422
    assert said.says("You sent this before")
    assert office.total("Ada Bell") == 25
    send(office, said.form("/awards") | {"points": "30"})
    assert office.total("Ada Bell") == 55


def test_without_scripts_one_searches_adds_and_takes_out(office):
    found = page(send(office, form(office, "Ada Bell", query="oka", search="yes")))
    (choice,) = found.all("#suggestions button")
    assert choice.text.startswith("BO") or "Ben Okafor" in choice.text
    more = page(send(office, form(office, "Ada Bell", add=choice["value"])))
    assert more.words(".chips [data-chip-name]") == ["Ada Bell", "Ben Okafor"]
    assert more.fields["reason"] == "You stayed until two."
    less = page(send(office, form(office, "Ada Bell", "Ben Okafor", remove=str(office.id_of("Ada Bell")))))
    assert less.words(".chips [data-chip-name]") == ["Ben Okafor"]
    assert awards(office) == 0


@pytest.mark.parametrize("query", ["ben", "OKA", "ben o", "ben@example", "B-17", "okafor ben"])
def test_suggestions_know_names_mails_and_numbers(office, query):
    office.do(lambda: setattr(volunteer("Ben Okafor"), "external_id", "B-17"))
    found = page(office.grace.get("/awards/suggestions", query_string={"query": query}))
    assert found.words(".person-name") == ["Ben Okafor"]


@pytest.mark.parametrize(("name", "query"), [("Özlem Ünal", "öz"), ("Özlem Ünal", "ÜNAL"), ("100% Bob_x", "0% b")])
def test_suggestions_know_letters_beyond_a_to_z(office, name, query):
    office.do(lambda: people.join(name, email="other@example.org") and None)
    found = page(office.grace.get("/awards/suggestions", query_string={"query": query}))
    assert found.words(".person-name") == [name]


def test_suggestions_leave_out_who_is_chosen_oneself_and_who_left(office):
    office.do(lambda: people.join("Cleo Okafor", email="cleo@example.org", status="inactive") and None)
    office.coordinates("Ada Bell")
    ask = {"query": "e", "recipients": [office.id_of("Ben Okafor")]}
    found = page(office.signed_in("ada").get("/awards/suggestions", query_string=ask))
    assert found.words(".person-name") == []
    assert found.one("#suggestions").get("hidden") is not None


def test_htmx_is_led_on_and_gets_mistakes_into_the_form(office):
    wrong = send(office, form(office, "Ada Bell", reason=""), headers=PART)
    (outer,) = [one for one in page(wrong).root.children if not isinstance(one, str)]
    assert (wrong.status_code, outer["id"]) == (422, "award")
    right = send(office, form(office, "Ada Bell"), headers=PART)
    assert right.headers["HX-Redirect"] == f"/people/{office.id_of('Ada Bell')}"


def revocation(office, held: int, client=None, **given):
    client = client or office.grace
    return client.post(f"/volunteer-badges/{held}/revocation", data={"csrf_token": office.token(client)} | given)


def grant(office: Office) -> int:
    def work() -> int:
        to, by = volunteer("Ada Bell"), user("Grace Moreau")
        return awarding.grant(medal(30, name="Owl"), to=to, by=by, reason="Three nights", now=NOW).id

    return office.do(work)


def test_a_badge_is_taken_back_with_a_reason(office):
    held = grant(office)
    answer = revocation(office, held, reason="It was Ben.")
    said = page(office.grace.get(answer.location))
    assert said.says("Owl was taken back, with its points.")
    assert said.says("Taken back by Grace Moreau: It was Ben.")
    assert office.total("Ada Bell") == 0
    again = page(office.grace.get(revocation(office, held, reason="Again").location))
    assert again.says("This badge was taken back already.")


def test_a_badge_is_not_taken_back_without_a_reason(office):
    held = grant(office)
    answer = revocation(office, held, reason=" ")
    assert page(office.grace.get(answer.location)).says("Say why: it stays in the record.")
    assert office.do(lambda: db.session.get_one(VolunteerBadge, held).revoked_at) is None


@pytest.mark.parametrize("number", [999, 10**30])
def test_a_badge_that_nobody_holds_is_not_there(office, number):
    assert revocation(office, number, reason="x").status_code == 404


def test_it_is_for_coordinators(office):
    data, held, ada = form(office, "Ben Okafor"), grant(office), office.signed_in("ada")
    before = office.dump()
    assert [ada.get(place).status_code for place in ("/awards/new", "/awards/suggestions?query=b")] == [403, 403]
    mine = {"csrf_token": office.token(ada)}
    assert ada.post("/awards", data=data | mine).status_code == 403
    assert ada.post(f"/volunteer-badges/{held}/revocation", data=mine | {"reason": "x"}).status_code == 403
    assert office.app.test_client().get("/awards/new").location == "/sign-in?next=%2Fawards%2Fnew"
    assert office.dump() == before


def test_a_forged_form_is_refused(office):
    data = form(office, "Ada Bell") | {"csrf_token": "forged"}
    assert send(office, data).status_code == 400
    assert office.total("Ada Bell") == 0


def test_the_number_of_queries_does_not_grow(office):
    def queries(*names: str) -> int:
        asked = "&".join(f"to={office.id_of(name)}" for name in names)
        with statements(office.app) as found:
            assert office.grace.get(f"/awards/new?{asked}").status_code == 200
        return len(found)

    few = queries("Ada Bell")
    office.do(lambda: [medal() for _ in range(5)] and None)
    office.do(lambda: people.join("Cleo Jansen") and None)
    assert queries("Ada Bell", "Ben Okafor", "Cleo Jansen") == few


def heart(office) -> int:
    """An achievement that only people can judge, with its medal; its id."""

    def work() -> int:
        given = {"reward": 30, "name": "Heart of the house", "is_repeatable": True}
        return people.define("custom", {"by_hand": True}, badge=medal(50, name="Heart"), **given).id

    return office.do(work)


def test_an_achievement_by_hand_is_offered_once_there_is_one(office):
    assert not page(office.grace.get("/awards/new")).has("#achievement")
    made = heart(office)
    assert page(office.grace.get("/awards/new")).has(f'#achievement option[value="{made}"]')
    missing = page(send(office, form(office, "Ada Bell", kind="achievement")))
    assert missing.errors == {"achievement": "Choose an achievement."}
    answer = send(office, form(office, "Ada Bell", kind="achievement", achievement=str(made)))
    assert page(office.grace.get(answer.location)).says("#flashes") == (
        "Ada Bell now has Heart of the house, and 80 points."
    )


def test_it_is_conferred_once_however_often_the_form_is_sent_and_on_groups_too(office):
    sent = form(office, "Ada Bell", "Ben Okafor", kind="achievement", achievement=str(heart(office)))
    assert {send(office, sent).location for _ in range(2)} == {"/batches/1"}
    assert (office.total("Ada Bell"), office.total("Ben Okafor")) == (80, 80)
    assert "Undo" in page(office.grace.get("/batches/1")).text


def test_it_is_taken_back_on_the_persons_page_with_a_reason(office):
    answer = send(office, form(office, "Ada Bell", kind="achievement", achievement=str(heart(office))))
    person = page(office.grace.get(answer.location))
    assert "By Grace Moreau: You stayed until two." in person.one("#conferred").text
    action = "/completions/1/revocation"
    sent = person.form(action)
    assert "Say why" in page(office.grace.post(action, data=sent, follow_redirects=True)).says("#flashes")
    assert office.total("Ada Bell") == 80
    told = page(office.grace.post(action, data=sent | {"reason": "a mix-up"}, follow_redirects=True))
    assert told.says("#flashes") == "Heart of the house was taken back, with what it brought."
    assert "Taken back by Grace Moreau: a mix-up" in told.one("#conferred").text
    assert office.total("Ada Bell") == 0


def test_a_list_is_looked_up_and_shown_before_anybody_is_thanked(office):
    office.do(lambda: people.join("Gone Person", email="gone@example.org", status="inactive"))
    pasted = "ADA@example.org\nben  okafor\nNobody Known\ngone@example.org"
    sent = page(send(office, form(office, pasted=pasted)))
    assert (sent.status, awards(office)) == (422, 0)
    assert sent.words(".chips [data-chip-name]") == ["Ada Bell", "Ben Okafor"]
    assert "Nobody found for Nobody Known" in sent.text
    assert "Not active any more gone@example.org" in sent.text
    assert sent.form("/awards")["pasted"].split("\n") == ["Nobody Known", "gone@example.org"]
    assert (sent.form("/awards")["points"], sent.form("/awards")["reason"]) == ("25", "You stayed until two.")
    chips = [one["value"] for one in sent.all(".chips input")]
    done = send(office, sent.form("/awards") | {"pasted": "", "recipients": chips})
    assert (done.location, office.total("Ada Bell"), office.total("Ben Okafor")) == ("/batches/1", 25, 25)


def test_a_whole_team_is_thanked_but_for_oneself(office):
    with_grace = office.do(lambda: people.join("Grace Moreau", email="gm@example.org").id)
    office.do(lambda: setattr(user("Grace Moreau"), "volunteer_id", with_grace))
    team = office.do(lambda: teams.make("The kitchen", "department", by=user("Linus Berg"), now=NOW).id)
    everybody = [office.id_of(name) for name in ("Ada Bell", "Ben Okafor", "Grace Moreau")]
    office.do(lambda: members.put_in(db.session.get(Team, team), everybody, by=user("Linus Berg"), now=NOW))
    office.do(lambda: setattr(volunteer("Ben Okafor"), "status", "inactive"))
    chosen = page(send(office, form(office, from_team=str(team), team="yes")))
    assert chosen.words(".chips [data-chip-name]") == ["Ada Bell"]
    none = page(send(office, form(office, from_team="", team="yes")))
    assert none.errors == {"query": "Choose a team that somebody is in."}
    assert awards(office) == 0


def test_more_than_fit_at_once_are_said_to_be_left_out(office, monkeypatch):
    monkeypatch.setattr(choosing, "MOST_AT_ONCE", 1)
    looked = page(send(office, form(office, pasted="ada@example.org\nben@example.org", look="yes")))
    assert looked.errors == {"query": "200 fit at once; 1 was left out."}
    assert looked.words(".chips [data-chip-name]") == ["Ada Bell"]


def test_who_holds_a_badge_already_is_marked_and_taken_out_with_one_button(office):
    badge = office.do(lambda: medal(5, name="Night Owl").id)
    send(office, form(office, "Ada Bell", kind="badge", badge=str(badge)))
    both = form(office, "Ada Bell", "Ben Okafor", kind="badge", badge=str(badge))
    marked = page(send(office, both | {"search": "yes"}))
    assert marked.words(".chip-note") == ["has it"]
    assert marked.says("1 of them has it already.")
    refused = page(send(office, both))
    assert refused.errors == {"query": "Ada Bell holds this badge already."}
    left = page(send(office, both | {"drop": "holders"}))
    assert left.words(".chips [data-chip-name]") == ["Ben Okafor"]
    assert not left.has(".chip-note")

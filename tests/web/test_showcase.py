"""One's showcase: choosing medals and their order, by buttons and by dragging."""

import pytest

from tests.web import cast
from tests.web.reading import page, statements
from tests.web.test_badges import give

pytestmark = pytest.mark.usefixtures("noon")
HTMX = {"HX-Request": "true"}


def press(client, name: str, badge_id: int, **how):
    """Presses a button at a medal."""
    token = page(client.get("/showcase")).fields["csrf_token"]
    return client.post("/showcase", data={"csrf_token": token, name: badge_id}, **how)


def drag(client, *badge_ids: int, **how):
    """Lets go of a medal, so that they lie in this order."""
    token = page(client.get("/showcase")).fields["csrf_token"]
    return client.post("/showcase", data={"csrf_token": token, "medal": [str(number) for number in badge_ids]}, **how)


def order(client) -> list[int]:
    """The medals in the showcase, as their owner arranges them."""
    return [int(one["value"]) for one in page(client.get("/showcase")).all("ol input[name=medal]")]


def test_medals_are_put_in_moved_and_taken_out(app):
    ada = cast.volunteer(app)
    give(app, "Ada Bell", 1, 2, 3)
    assert page(ada.get("/showcase")).says("Choose from your medals below.")
    for badge_id in (1, 2, 3):
        assert press(ada, "in", badge_id).location == "/showcase"
    assert order(ada) == [1, 2, 3]
    press(ada, "earlier", 3)
    assert order(ada) == [1, 3, 2]
    press(ada, "later", 2)  # it is the last already
    press(ada, "later", 1)
    assert order(ada) == [3, 1, 2]
    press(ada, "out", 1)
    press(ada, "out", 1)
    assert order(ada) == [3, 2]
    mine = page(ada.get(f"/volunteers/{cast.id_of(app, 'Ada Bell')}"))
    assert mine.words("#showcase .name") == ["Century Club", "Dedicated Volunteer"]
    assert mine.links["Choose and arrange"] == "/showcase"
    assert page(ada.get("/")).words("#held .name") == ["Century Club", "Dedicated Volunteer"]


def test_dragging_keeps_the_order_in_which_they_were_let_go(app):
    ada = cast.volunteer(app)
    give(app, "Ada Bell", 1, 2, 3, 4)
    for badge_id in (1, 2, 3):
        press(ada, "in", badge_id)
    assert drag(ada, 3, 1, 2).location == "/showcase"
    assert order(ada) == [3, 1, 2]
    drag(ada, 2, 4, 99, 3)  # one that is not in it, one that is none, and one put in by another tab meanwhile
    assert order(ada) == [2, 3, 1]


def test_htmx_gets_the_list_alone_and_hears_what_was_done(app):
    ada = cast.volunteer(app)
    give(app, "Ada Bell", 1, 2)
    press(ada, "in", 1)
    part = page(press(ada, "in", 2, headers=HTMX))
    assert [one["id"] for one in part.root.children if not isinstance(one, str)] == ["order"]
    assert part.one("#order")["data-announce"] == "Dedicated Volunteer is now number 2."
    assert page(drag(ada, 2, 1, headers=HTMX)).one("#order")["data-announce"] == "The order is saved."
    assert page(press(ada, "out", 2, headers=HTMX)).one("#order")["data-announce"] == (
        "Dedicated Volunteer is out of your showcase."
    )


def test_a_seventh_does_not_fit(app):
    ada = cast.volunteer(app)
    give(app, "Ada Bell", *range(1, 8))
    for badge_id in range(1, 7):
        press(ada, "in", badge_id)
    full = page(ada.get("/showcase"))
    assert full.says("Six are in. Take one out first.")
    assert not full.all("button[name=in]")
    answer = press(ada, "in", 7)
    assert answer.status_code == 422
    assert page(answer).says("#order-error") == "Your showcase holds six. Take one out first."


@pytest.mark.parametrize("badge_id", [2, 99999, "x", ""])
def test_what_one_does_not_hold_is_nothing_to_show(sqlite_app, badge_id):
    ada = cast.volunteer(sqlite_app)
    cast.someone(sqlite_app, "Ben Okafor")
    give(sqlite_app, "Ben Okafor", 2)
    answer = press(ada, "in", badge_id)
    assert answer.status_code == 422
    assert page(answer).says("#order-error") == "You don't hold this any more."
    assert order(ada) == []


def test_it_takes_a_token(sqlite_app):
    ada = cast.volunteer(sqlite_app)
    give(sqlite_app, "Ada Bell", 1)
    assert ada.post("/showcase", data={"in": 1}).status_code == 400
    assert order(ada) == []


def test_who_is_no_volunteer_has_none(sqlite_app):
    grace = cast.coordinator(sqlite_app)
    assert grace.get("/showcase").status_code == 404


def test_the_number_of_queries_does_not_grow(app):
    ada, numbers = cast.volunteer(app), []
    give(app, "Ada Bell", *range(1, 8))
    for badge_ids in ([1, 2], [3, 4, 5]):
        for badge_id in badge_ids:
            press(ada, "in", badge_id)
        with statements(app) as found:
            assert ada.get("/showcase").status_code == 200
        numbers.append(len(found))
    assert numbers[0] == numbers[1]

"""Pictures of people: put up, taken down, and seen by whoever may see the person."""

from io import BytesIO

import pytest

from portal.domain import accounts, forgetting, merging
from portal.domain.accounts import by_email
from portal.domain.avatars import Avatar
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests import people
from tests.faces import face, opened
from tests.web import cast
from tests.web.reading import page, signed_in

pytestmark = pytest.mark.usefixtures("noon")
UPLOAD, REMOVAL = "/settings/picture", "/settings/picture/removal"


def put_up(client, file: bytes | None = None, name: str = "me.jpg"):
    """Sends a picture by the form."""
    form = page(client.get("/settings")).form(UPLOAD)
    data = form | {"picture": (BytesIO(face() if file is None else file), name)}
    return client.post(UPLOAD, data=data, follow_redirects=True)


def pictures(client, path: str, selector: str = "main .avatar") -> list[str]:
    """Where the pictures of a page are."""
    return [image["src"] for image in page(client.get(path)).all(f"{selector} img")]


@pytest.fixture
def ada(app):
    """Ada with her picture; Ben has hours as well, and no picture."""
    ada = cast.volunteer(app)
    cast.volunteer(app, "Ben Okafor")
    cast.did(app, cast.hours("Ada", 3), cast.hours("Ben", 5))
    put_up(ada)
    return ada


def ben_of(app):
    return signed_in(app, "ben@example.org")


def test_others_see_it_wherever_they_see_the_name(app, ada):
    ben, mine = ben_of(app), cast.id_of(app, "Ada Bell")
    small, large = (pictures(ada, "/settings", ".picture-row .avatar"), pictures(ada, "/", "#menu .avatar"))
    assert small
    assert large
    for path in ("/leaderboards", "/leaderboards/points/all_time", f"/volunteers/{mine}", "/badges/1"):
        (found,) = {one for one in pictures(ben, path) if f"/volunteers/{mine}/" in one}
        answer = ben.get(found)
        assert opened(answer.data).size == ((320, 320) if path.startswith("/volunteers") else (96, 96))
    assert pictures(ben, "/leaderboards") == pictures(ada, "/leaderboards")


def test_it_is_a_picture_and_nothing_else_and_kept_by_nobody_between(app, ada):
    (place,) = pictures(ada, "/", "#menu .avatar")
    headers = ada.get(place).headers
    assert headers["Content-Type"] == "image/webp"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, max-age=86400"
    assert headers["Content-Security-Policy"] == "default-src 'none'"
    assert headers["Content-Disposition"] == 'inline; filename="picture.webp"'
    assert "Cookie" in headers["Vary"]


def test_its_address_changes_with_it_and_the_old_one_is_nowhere(app, ada):
    (before,) = pictures(ada, "/", "#menu .avatar")
    put_up(ada, face("PNG", mode="L"))
    (after,) = pictures(ada, "/", "#menu .avatar")
    assert before != after
    assert (ada.get(before).status_code, ada.get(after).status_code) == (404, 200)


def test_nobody_sees_it_without_signing_in(app, ada):
    (place,) = pictures(ada, "/", "#menu .avatar")
    answer = app.test_client().get(place)
    assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/sign-in")


@pytest.mark.parametrize("values", [{"visibility": "unlisted"}, {"status": "inactive"}])
def test_of_whom_one_may_not_know_there_is_none(app, ada, values):
    (place,) = pictures(ada, "/", "#menu .avatar")
    ben = ben_of(app)
    assert ben.get(place).status_code == 200
    with app.app_context():
        who = by_email("ada@example.org").volunteer
        for name, value in values.items():
            setattr(who, name, value)
        db.session.commit()
    hidden, nowhere = ben.get(place), ben.get(place.replace("volunteers/1/", "volunteers/999/"))
    assert (hidden.status_code, hidden.data) == (404, nowhere.data)
    assert ada.get(place).status_code == 200
    assert cast.coordinator(app).get(place).status_code == 200


@pytest.mark.parametrize(
    ("file", "name", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "me.png", "This cannot be read as a picture."),
        (face("GIF"), "me.jpg", "This cannot be read as a picture."),
        (b"", "me.jpg", "Choose a picture first."),
        (face() + bytes(8 * 1024 * 1024), "me.jpg", "This file is too large: at most 8 MB."),
    ],
    ids=["svg", "gif", "nothing", "heavy"],
)
def test_what_is_no_picture_changes_nothing(sqlite_app, file, name, words):
    ada = cast.volunteer(sqlite_app)
    put_up(ada)
    before = pictures(ada, "/settings", ".picture-row .avatar")
    found = page(put_up(ada, file, name))
    assert found.status == 422
    assert found.errors["picture"].startswith(words)
    assert pictures(ada, "/settings", ".picture-row .avatar") == before


def test_sent_twice_it_is_put_up_once_and_taken_down_it_is_gone(app, ada):
    with app.app_context():
        assert [one.volunteer_id for one in db.session.scalars(db.select(Avatar))] == [1]
    put_up(ada)
    for _ in range(2):
        form = {"csrf_token": page(ada.get("/settings")).one("meta[name=csrf-token]")["content"]}
        assert "AB" in page(ada.post(REMOVAL, data=form, follow_redirects=True)).one("#menu .avatar").text
    with app.app_context():
        assert db.session.scalars(db.select(Avatar)).all() == []


def test_it_goes_when_somebody_is_forgotten(app, ada):
    (place,) = pictures(ada, "/", "#menu .avatar")
    with app.app_context():
        forgetting.forget(db.session.get_one(Volunteer, 1), by=people.linus(), now=people.NOW)
        db.session.commit()
        assert db.session.scalars(db.select(Avatar)).all() == []
    assert signed_in(app, "linus@example.org").get(place).status_code == 404


def merged(app, other: str, into: str) -> list[tuple]:
    """Merges two, and says whose pictures are left."""
    with app.app_context():
        one, two = (by_email(f"{name}@example.org").volunteer for name in (other, into))
        merging.merge(one, into=two, by=people.grace(), now=people.NOW)
        db.session.commit()
        assert one.avatar is None
        return [(avatar.volunteer_id, avatar.name == two.avatar) for avatar in db.session.scalars(db.select(Avatar))]


def test_it_follows_to_the_entry_that_stays(app, ada):
    assert merged(app, "ada", "ben") == [(2, True)]


def test_who_stays_keeps_their_own(app, ada):
    put_up(ben_of(app), face(mode="L"))
    with app.app_context():
        before = db.session.get_one(Volunteer, 2).avatar
    assert merged(app, "ada", "ben") == [(2, True)]
    with app.app_context():
        assert db.session.get_one(Volunteer, 2).avatar == before


def test_other_systems_are_told_where_it_is(app, ada):
    with app.app_context():
        ben = by_email("ben@example.org")
        token = accounts.add_token(ben, name="till", scopes=["read"], now=people.NOW, days=1)
        db.session.commit()
    headers = {"Authorization": f"Bearer {token[1]}"}
    found = app.test_client().get("/api/v1/leaderboards/points/monthly", headers=headers).get_json()["rankings"]
    assert [one["volunteer_avatar"] for one in found] == [None, "/api/v1/volunteers/1/avatar"]
    assert opened(app.test_client().get("/api/v1/volunteers/1/avatar", headers=headers).data).size == (320, 320)
    assert app.test_client().get("/api/v1/volunteers/2/avatar", headers=headers).status_code == 404


def test_its_owner_takes_it_along(app, ada):
    assert ada.get("/my-data.json").get_json()["picture"].startswith("data:image/webp;base64,UklGR")

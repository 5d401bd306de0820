"""Everybody is looked at, in parts: killed in the middle it goes on, and nobody is given anything twice."""

import pytest
from sqlalchemy import func, select

from portal.domain import assessing, defining, doctor
from portal.domain.accounts import User
from portal.domain.achievements import Achievement, VolunteerAchievement
from portal.domain.assessing import Assessment
from portal.domain.notifications import News, Notification
from portal.extensions import db
from tests import people, reading
from tests.people import NOW

HELPERS = 5


@pytest.fixture(autouse=True)
def in_parts_of_two(monkeypatch):
    """A transaction takes two volunteers, so that there are several."""
    monkeypatch.setattr(assessing, "AT_ONCE", 2)


@pytest.fixture
def helpers(session):
    """Five who have given three hours each, and one who has given none."""
    everybody = [people.join(f"Helper{number} H.", email=f"h{number}@example.org") for number in range(HELPERS)]
    for number in range(HELPERS):
        people.count(people.did(quantity=3, volunteer_email=f"h{number}@example.org"))
    people.join("Newcomer N.")
    return everybody


def define(*, quiet: bool = True, **more) -> Achievement:
    """An achievement for two hours, saved as a door does."""
    values = {
        "name": "River Keeper",
        "description": "x",
        "achievement_type": "hours_logged",
        "criteria": {"hours_required": 2},
        "points_reward": 75,
    }
    made = defining.save_achievement(Achievement(), values | more, by=people.linus(), now=NOW, quiet=quiet)
    db.session.commit()
    return made


def go_on(session, times: int = 100) -> int:
    """Goes on at most so many times, a transaction each; how often there was something to do."""
    for done in range(times):
        if not assessing.go_on(NOW):
            return done
        session.commit()
    return times


def earners(helpers, achievement: Achievement) -> int:
    """How many hold it, each once."""
    held = [[one.achievement_id for one in people.completions(helper)].count(achievement.id) for helper in helpers]
    assert max(held) <= 1
    return sum(held)


def news(session, kind: News) -> int:
    return session.scalar(select(func.count()).where(Notification.kind == kind)) or 0


def test_its_earners_hold_it_when_everybody_was_looked_at(session, helpers):
    made = define()
    before = [people.total(helper) for helper in helpers]
    go_on(session)
    assert earners(helpers, made) == HELPERS
    assert [people.total(helper) for helper in helpers] == [total + 75 for total in before]
    one = session.scalars(select(Assessment)).one()
    assert (one.done, one.total, one.finished_at) == (HELPERS + 1, HELPERS + 1, NOW)
    assert assessing.go_on(NOW) is False


def test_everybody_with_something_done_has_progress_with_it_and_nobody_else(session, helpers):
    people.count(people.did(quantity=1, volunteer_email="h0@example.org"))
    made = define(criteria={"hours_required": 4})
    go_on(session)
    rows = session.scalars(select(VolunteerAchievement).where(VolunteerAchievement.achievement_id == made.id))
    assert {one.volunteer_id: (one.current_progress, one.is_completed) for one in rows} == {
        one.id: (4, True) if one is helpers[0] else (3, False) for one in helpers
    }


def test_it_leaves_alone_what_it_is_not_about(session, helpers):
    people.count(*people.days(0, 1, 2, volunteer_email="h0@example.org"))
    before = reading.states()
    define(points_reward=0)
    go_on(session)
    after = reading.states()
    for name, one in before.items():
        assert after[name].progress.items() >= one.progress.items()
        assert (after[name].hours, after[name].last_run_days) == (one.hours, one.last_run_days)
        assert after[name].total_points == one.total_points
    assert doctor.examine(NOW).differences == []


def test_a_badge_that_somebody_holds_by_another_achievement_is_not_given_again(session, helpers):
    made = define(badge_id=1)  # First Step, which First Hour brings
    go_on(session)
    assert earners(helpers, made) == HELPERS
    assert [[held.badge_id for held in people.badges(one)].count(1) for one in helpers] == [1] * HELPERS


def test_killed_in_the_middle_it_goes_on_where_it_was(session, helpers):
    made = define()
    assert go_on(session, times=1) == 1
    assert assessing.go_on(NOW)
    session.rollback()  # killed before it could commit
    one = session.scalars(select(Assessment)).one()
    assert (one.done, earners(helpers, made)) == (2, 2)
    go_on(session)
    assert (one.done, earners(helpers, made)) == (HELPERS + 1, HELPERS)


def test_saved_again_meanwhile_it_begins_again_and_gives_nothing_twice(session, helpers):
    made = define()
    go_on(session, times=2)
    linus = session.scalars(select(User).where(User.name == "Linus Berg")).one()
    values = {"name": "River Keeper", "achievement_type": "hours_logged", "criteria": {"hours_required": 3}}
    defining.save_achievement(made, values, by=linus, now=NOW, quiet=True)
    session.commit()
    one = session.scalars(select(Assessment)).one()
    assert (one.done, one.last_volunteer_id) == (0, 0)
    go_on(session)
    assert earners(helpers, made) == HELPERS


def test_quietly_nobody_hears_of_it(session, helpers):
    before = news(session, News.ACHIEVEMENT)
    define(quiet=True)
    go_on(session)
    assert news(session, News.ACHIEVEMENT) == before


def test_with_news_everybody_hears_once(session, helpers):
    before = news(session, News.ACHIEVEMENT)
    define(quiet=False)
    go_on(session)
    go_on(session)
    assert news(session, News.ACHIEVEMENT) == before + HELPERS


def test_quiet_does_not_swallow_the_news_of_what_waits_to_be_counted(session, helpers):
    people.record(*people.days(*range(10), volunteer_email="h0@example.org"))
    before = news(session, News.ACHIEVEMENT)
    define(quiet=True)
    go_on(session)
    told = session.scalars(select(Notification).where(Notification.kind == News.ACHIEVEMENT)).all()
    assert len(told) > before
    assert 8 in {one.data["achievement_id"] for one in told}  # Task Tackler


def test_the_oldest_comes_first(session, helpers):
    first = define()
    linus = session.scalars(select(User).where(User.name == "Linus Berg")).one()
    values = {"name": "Second", "description": "x", "achievement_type": "hours_logged"}
    values |= {"criteria": {"hours_required": 1}, "points_reward": 0}
    defining.save_achievement(Achievement(), values, by=linus, now=NOW, quiet=True)
    session.commit()
    go_on(session, times=1)
    done = {one.achievement_id: one.done for one in session.scalars(select(Assessment))}
    assert done.pop(first.id) == 2
    assert list(done.values()) == [0]


def test_what_has_finished_stays_in_sight_for_a_while(session, helpers):
    define()
    assert len(assessing.in_sight(NOW)) == 1
    go_on(session)
    assert len(assessing.in_sight(NOW)) == 1
    assert assessing.in_sight(NOW + 2 * assessing.STAYS_IN_SIGHT) == []


def test_somebody_with_whom_it_goes_wrong_is_passed_over_and_said(session, helpers, monkeypatch, caplog):
    made = define()
    settle = assessing.recognition.settle

    def stumble(ids, **more):
        if helpers[2].id in ids:
            raise ValueError("a mistake of ours")
        return settle(ids, **more)

    monkeypatch.setattr(assessing.recognition, "settle", stumble)
    go_on(session)
    assert earners(helpers, made) == HELPERS - 1
    assert f"volunteer {helpers[2].id} cannot be assessed" in caplog.text
    one = session.scalars(select(Assessment)).one()
    assert (one.done, one.finished_at) == (HELPERS + 1, NOW)

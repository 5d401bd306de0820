"""Migrations, on both databases: from nothing, back to nothing, and step by step with data, keeping every promise."""

from datetime import UTC, date, datetime
from decimal import Decimal

import flask_migrate
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from portal.config import ROOT
from portal.domain.accounts import Role, SignIn, Token, User
from portal.domain.achievements import Achievement, BatchCompletion, Completion, VolunteerAchievement
from portal.domain.activities import Activity, Batch
from portal.domain.assessing import Assessment
from portal.domain.audit import AuditRecord
from portal.domain.avatars import Avatar
from portal.domain.badges import Badge, BatchBadge, VolunteerBadge
from portal.domain.displays import Display
from portal.domain.door_mails import DoorMail, Occasion
from portal.domain.goals import Goal
from portal.domain.idempotency import IdempotencyKey
from portal.domain.invitations import Invitation
from portal.domain.inviting import FriendLink
from portal.domain.layouts import SheetLayout
from portal.domain.leaderboards import BoardTouch, Leaderboard, Standing
from portal.domain.letters import Letter
from portal.domain.notifications import Notification, OutboxRow
from portal.domain.organisation import Setting
from portal.domain.password_links import PasswordLink
from portal.domain.pauses import Pause
from portal.domain.points import Award, PointRule, PointsHistory, VolunteerPoints
from portal.domain.problems import RejectedRow
from portal.domain.screens import Screen
from portal.domain.second_factors import BackupCode, SecondFactor
from portal.domain.sign_ups import SignUp
from portal.domain.team_boards import TeamStanding
from portal.domain.teams import Team, TeamMember
from portal.domain.undoing import Undoing
from portal.domain.uploads import Upload, UploadPart
from portal.domain.volunteers import Volunteer
from portal.extensions import db
from tests.conftest import application
from tests.machinery.schema import promises, row_counts

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)
TODAY = date(2026, 5, 17)
POINTS = {"common": 10, "rare": 25, "epic": 50, "legendary": 100}

BADGES = """
1 First Step|time|common|#4CAF50
2 Dedicated Volunteer|time|rare|#2196F3
3 Century Club|time|epic|#9C27B0
4 Hero of the Community|time|legendary|#FF9800
5 Project Pioneer|projects|common|#C0563B
6 Multi-Tasker|projects|rare|#3F51B5
7 Quick Learner|skills|common|#00897B
8 Jack of All Trades|skills|epic|#AD1457
9 Trained and Ready|training|common|#7C8C2A
10 Lifelong Learner|training|rare|#1565C0
11 Mentor|leadership|rare|#D84315
12 Consistent Contributor|special|rare|#E53935
13 Month of Service|special|epic|#5E35B1
"""

ACHIEVEMENTS = [
    (1, "First Hour", "hours_logged", {"hours_required": 1}, 10, 1, False),
    (2, "10 Hour Milestone", "hours_logged", {"hours_required": 10}, 25, None, False),
    (3, "50 Hour Milestone", "hours_logged", {"hours_required": 50}, 50, 2, False),
    (4, "100 Hour Milestone", "hours_logged", {"hours_required": 100}, 100, 3, False),
    (5, "500 Hour Milestone", "hours_logged", {"hours_required": 500}, 500, 4, False),
    (6, "First Project", "projects_completed", {"projects_required": 1}, 50, 5, False),
    (7, "Project Regular", "projects_completed", {"projects_required": 5}, 150, 6, False),
    (8, "Task Tackler", "tasks_completed", {"tasks_required": 10}, 25, None, False),
    (9, "Task Master", "tasks_completed", {"tasks_required": 50}, 100, None, False),
    (10, "First Skill", "skills_acquired", {"skills_required": 1, "certified": True}, 25, 7, False),
    (11, "Five Skills", "skills_acquired", {"skills_required": 5, "certified": True}, 150, 8, False),
    (12, "First Training", "trainings_completed", {"trainings_required": 1}, 25, 9, False),
    (13, "Ten Trainings", "trainings_completed", {"trainings_required": 10}, 150, 10, False),
    (14, "Week Streak", "consecutive_days", {"days_required": 7}, 75, 12, False),
    (15, "Month Streak", "consecutive_days", {"days_required": 30}, 300, 13, False),
    (16, "Bring a Friend", "volunteer_referred", {"volunteers_required": 1}, 25, 11, True),
]


@pytest.fixture
def empty(empty_database_url):
    """An application whose database has nothing in it, not even tables."""
    with application(empty_database_url) as app, app.app_context():
        yield app


def look(read):
    """What `read` says of the database as it is now, in a connection of its own."""
    with db.engine.connect() as connection:
        return read(connection)


def revisions() -> list[str]:
    """Every revision, the newest first."""
    return sorted((file.name[:4] for file in (ROOT / "migrations" / "versions").glob("0*.py")), reverse=True)


def revision(connection) -> str:
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or "0000"


def refused(statement: str) -> bool:
    """Whether the database refuses this change."""
    try:
        db.session.execute(text(statement))
    except DBAPIError:
        return True
    finally:
        db.session.rollback()
    return False


def fill() -> None:
    """At least a row in every table but those of what is earned and where people stand."""
    ada = Volunteer(id=1, name="Ada Okafor", email="ada@example.org", time_zone="Africa/Lagos", joined_at=NOW)
    grace = User(
        id=1, email="grace@example.org", name="Grace", password_hash="-", role=Role.COORDINATOR, created_at=NOW
    )
    db.session.add_all([ada, grace, Setting(key="time_zone", value="Europe/Lisbon")])
    db.session.flush()
    db.session.add_all(
        [
            SignIn(user_id=1, token_hash="a", created_at=NOW, expires_at=NOW),
            Token(user_id=1, name="till", token_hash="b", scopes=["read"], created_at=NOW),
            AuditRecord(at=NOW, actor_id=1, action="change", subject_type="volunteers", subject_id=1),
            Batch(id=1, kind="import", source="csv", created_at=NOW),
            Pause(volunteer_id=1, first_on=TODAY, last_on=TODAY, created_at=NOW),
            Avatar(volunteer_id=1, name="a", small=b"s", large=b"l", created_at=NOW),
            FriendLink(volunteer_id=1, code="c", created_at=NOW),
            Award(id=1, volunteer_id=1, points=5, reason="thanks", note="", awarded_by_id=1, created_at=NOW),
            VolunteerPoints(id=1, volunteer_id=1, total_points=10, current_points=10, updated_at=NOW),
            Notification(id=1, volunteer_id=1, kind="points", key="award:1", data={}, created_at=NOW),
            Letter(id=1, volunteer_id=1, way="daily", created_at=NOW, due_at=NOW),
            BoardTouch(leaderboard_type="points", first_on=TODAY, last_on=TODAY, touched_at=NOW),
            Display(id=1, name="Hall", panels=["points"], created_by_id=1, created_at=NOW),
            Team(id=1, name="North", folded="north", created_at=NOW),
            PasswordLink(user_id=1, token_hash="d", created_at=NOW, expires_at=NOW),
            Invitation(
                email="b@example.org", name="Ben", role="volunteer", joins=True, invited_by_id=1, created_at=NOW
            ),
            SignUp(email="c@example.org", name="Cleo", password_hash="-", why="", created_at=NOW),
            SecondFactor(user_id=1, kind="app", name="", seed=b"-", created_at=NOW),
            BackupCode(user_id=1, code_hash="e"),
            DoorMail(occasion=Occasion.INVITED, address="b@example.org", created_at=NOW, due_at=NOW),
            IdempotencyKey(user_id=1, key="once", content_hash=b"-" * 32, answer={}, created_at=NOW),
        ]
    )
    db.session.flush()
    db.session.add_all(
        [
            Upload(batch_id=1, size=1, stage="recording", changed_at=NOW),
            UploadPart(batch_id=1, number=0, content=b"-"),
            SheetLayout(fingerprint="f", headings=["Hours"], layout={}, changed_at=NOW),
            TeamMember(team_id=1, volunteer_id=1, since=NOW),
            Goal(title="Together", metric="hours", target=Decimal(1000), team_id=1, first_on=TODAY, created_at=NOW),
            Screen(display_id=1, token_hash="c", by_link=True, created_at=NOW),
            Undoing(batch_id=1, requested_by_id=1, reason="wrong", created_at=NOW),
            RejectedRow(batch_id=1, number=7, column="quantity", reason="too much", cells={"quantity": "99"}),
        ]
    )
    db.session.add(OutboxRow(notification_id=1, created_at=NOW, letter_id=1))
    db.session.add_all(an_hour(number) for number in (1, 2))
    db.session.flush()
    db.session.add_all([in_ledger(5, 5, activity_id=1), in_ledger(5, 10, award_id=1)])
    db.session.commit()


EARNED = {
    "assessments",
    "batch_badges",
    "batch_completions",
    "completions",
    "standings",
    "team_standings",
    "volunteer_achievements",
    "volunteer_badges",
}
"""What points to badges, achievements and boards: it keeps the starter set from being taken down."""


def earn() -> None:
    """A row in each table of what is earned and where people stand."""
    reached = {"achievement_id": 1, "completed_at": NOW, "created_at": NOW}
    done = {"nth": 1, "criteria": {"hours_required": 1}, "target": Decimal(1), "completed_on": TODAY, "activity_id": 1}
    progress = {"achievement_id": 1, "current_progress": Decimal(1), "target_progress": Decimal(1), "started_at": NOW}
    place = {"rank": 1, "position": 1, "value": Decimal("1.5")}
    db.session.add_all(
        [
            Completion(id=1, volunteer_id=1, **reached, **done),
            VolunteerAchievement(volunteer_id=1, **progress, is_completed=True, completed_at=NOW, times_completed=1),
            VolunteerBadge(id=1, volunteer_id=1, badge_id=1, earned_at=NOW, created_at=NOW),
            Standing(leaderboard_id=1, volunteer_id=1, **place),
            TeamStanding(leaderboard_id=1, team_id=1, members=3, value=Decimal(1), rank=1, rank_per_head=1),
            Assessment(achievement_id=1, quiet=True, created_at=NOW),
        ]
    )
    db.session.flush()
    db.session.add_all([BatchBadge(volunteer_badge_id=1, batch_id=1), BatchCompletion(completion_id=1, batch_id=1)])
    db.session.commit()


def an_hour(number: int) -> Activity:
    return Activity(
        id=number,
        volunteer_id=1,
        event_type="hours_logged",
        quantity=Decimal("1.5"),
        occurred_at=NOW,
        occurred_on=TODAY,
        source="csv",
        external_id=str(number),
        content_hash=b"-" * 32,
        exact=Decimal("7.5"),
        status="counted",
        booked=True,
        batch_id=1,
        recorded_at=NOW,
        counted_at=NOW,
    )


def in_ledger(change: int, balance: int, **cause) -> PointsHistory:
    return PointsHistory(
        volunteer_points_id=1,
        volunteer_id=1,
        points_change=change,
        event_type="hours_logged" if "activity_id" in cause else "manual_adjustment",
        balance_after=balance,
        effective_at=NOW,
        effective_on=TODAY,
        created_at=NOW,
        **cause,
    )


def test_the_tables_are_those_that_the_code_means(empty):
    flask_migrate.upgrade()
    flask_migrate.check()  # ends the process if they differ


def test_a_difference_between_tables_and_code_is_noticed(empty):
    flask_migrate.upgrade()
    db.session.execute(text("DROP INDEX ix_volunteers_name"))
    db.session.commit()
    with pytest.raises(SystemExit):
        flask_migrate.check()


def test_everything_goes_back_to_nothing_and_comes_again(empty):
    flask_migrate.upgrade()
    before, rows = look(promises), look(row_counts)
    flask_migrate.downgrade(revision="base")
    assert look(promises) == {}
    flask_migrate.upgrade()
    assert look(promises) == before
    assert look(row_counts) == rows


def test_the_tables_are_filled_for_the_tests_that_follow(session):
    fill()
    assert {name for name, count in look(row_counts).items() if not count} == EARNED
    earn()
    assert all(look(row_counts).values())


def test_the_newest_step_down_and_up_again_keeps_what_was_earned(empty):
    flask_migrate.upgrade()
    fill()
    earn()
    before, rows = look(promises), look(row_counts)
    flask_migrate.downgrade()
    kept = look(row_counts)
    assert {name: rows[name] for name in kept} == kept
    flask_migrate.upgrade()
    assert look(promises) == before
    assert {name: count for name, count in look(row_counts).items() if name in kept} == kept


def test_each_step_down_and_up_again_keeps_promises_and_rows(empty):
    flask_migrate.upgrade()
    fill()
    for step in revisions():
        before, rows = look(promises), look(row_counts)
        flask_migrate.downgrade()
        kept = look(row_counts)
        starters = {"point_rules", "badges", "achievements", "leaderboards"} if step == "0007" else set()
        assert {name: rows[name] for name in kept if name not in starters} == {
            name: count for name, count in kept.items() if name not in starters
        }, step
        flask_migrate.upgrade(revision=step)
        assert look(promises) == before, step
        assert {name: count for name, count in look(row_counts).items() if name in kept} == {
            name: rows[name] for name in kept
        }, step
        flask_migrate.downgrade()


def test_the_comparison_sees_a_lost_trigger_check_or_partial_index(empty):
    flask_migrate.upgrade()
    before = look(promises)
    on_table = "" if db.engine.dialect.name == "sqlite" else " ON points_history"
    names = [name for name in before if name.startswith("trigger points_history")]
    assert len(names) == 2
    db.session.execute(text(f"DROP TRIGGER {names[0].split()[1]}{on_table}"))
    db.session.execute(text("DROP INDEX uq_completions_live"))
    db.session.commit()
    assert set(before) - set(look(promises)) == {names[0], "index uq_completions_live"}
    assert any("ck_activities_quantity" in f"{name} {definition}" for name, definition in before.items())


def test_what_somebody_earned_keeps_the_starter_set_from_being_taken_down(empty):
    flask_migrate.upgrade()
    fill()
    earn()
    flask_migrate.downgrade(revision="0007")
    before, rows = look(promises), look(row_counts)
    with pytest.raises((DBAPIError, RuntimeError, SystemExit)):
        flask_migrate.downgrade()
    assert (look(promises), look(row_counts), look(revision)) == (before, rows, "0007")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE points_history SET points_change = 7",
        "UPDATE points_history SET description = 'mended'",
        "DELETE FROM points_history",
        "UPDATE audit_records SET action = 'nothing'",
        "DELETE FROM audit_records",
    ],
)
def test_the_ledger_and_the_audit_refuse_to_be_changed(session, change):
    fill()
    assert refused(change)
    assert look(row_counts)["points_history"] == 2
    assert look(row_counts)["audit_records"] == 1


@pytest.mark.parametrize("table", ["points_history", "audit_records"])
def test_postgresql_refuses_to_empty_them_in_one_go(postgresql_app, table):
    with postgresql_app.app_context():
        fill()
        assert refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "promise",
    [
        "INSERT INTO settings (key, value) SELECT key, value FROM settings",
        "UPDATE activities SET external_id = '1'",
        "UPDATE activities SET quantity = 0",
        "UPDATE activities SET quantity = 2401",
        "UPDATE activities SET status = 'done'",
        "UPDATE activities SET volunteer_id = 99",
        "UPDATE volunteers SET email = 'ADA@example.org'",
        "UPDATE volunteers SET status = 'merged'",
        "UPDATE volunteer_points SET current_streak_days = 3",
        "UPDATE leaderboards SET leaderboard_type = 'points', timeframe = 'weekly', period_start = NULL",
        "UPDATE badges SET color = 'red'",
        "INSERT INTO teams (name, folded, sort, created_at) SELECT 'NORTH', folded, sort, created_at FROM teams",
        "INSERT INTO team_members SELECT * FROM team_members",
        "UPDATE goals SET target = 0",
        "UPDATE goals SET target = 100000000001",
        "UPDATE goals SET metric = 'smiles'",
        "UPDATE goals SET last_on = '2026-05-16'",
    ],
)
def test_the_database_keeps_its_own_promises(session, promise):
    fill()
    assert refused(promise)


def test_a_badge_is_held_once_and_a_completion_lives_once(session):
    fill()
    held = {"volunteer_id": 1, "badge_id": 1, "earned_at": NOW, "created_at": NOW}
    lives = {"volunteer_id": 1, "achievement_id": 1, "nth": 1, "criteria": {}, "target": Decimal(1), "activity_id": 1}
    lives |= {"completed_at": NOW, "completed_on": TODAY, "created_at": NOW}
    for model, values, ended in ((VolunteerBadge, held, "revoked_at"), (Completion, lives, "reversed_at")):
        db.session.add_all([model(**values), model(**values, **{ended: NOW})])
        db.session.commit()
        db.session.add(model(**values))
        with pytest.raises(DBAPIError):
            db.session.flush()
        db.session.rollback()


def test_every_organisation_starts_with_thirteen_badges(session):
    rows = session.scalars(select(Badge).order_by(Badge.id)).all()
    told = [f"{badge.id} {badge.name}|{badge.category}|{badge.rarity}|{badge.color}" for badge in rows]
    assert told == BADGES.strip().splitlines()
    assert all(badge.points_value == POINTS[badge.rarity] for badge in rows)
    assert all(badge.is_active and not badge.is_secret and badge.description for badge in rows)


def test_every_organisation_starts_with_sixteen_achievements(session):
    rows = session.scalars(select(Achievement).order_by(Achievement.id)).all()
    told = [
        (one.id, one.name, one.achievement_type, one.criteria, one.points_reward, one.badge_id, one.is_repeatable)
        for one in rows
    ]
    assert told == ACHIEVEMENTS
    assert all(one.is_active and not one.is_secret and one.tracks_progress and one.description for one in rows)


def test_every_organisation_starts_with_these_prices(session):
    rules = {rule.event_type: rule for rule in session.scalars(select(PointRule))}
    assert {name: rule.per_unit for name, rule in rules.items()} == {
        "hours_logged": 5,
        "task_completed": 10,
        "project_completed": 100,
        "training_completed": 25,
        "skill_certified": 50,
        "volunteer_referred": 50,
    }
    assert not any(rule.minimum or rule.maximum or rule.daily_cap for rule in rules.values())


def test_every_organisation_starts_with_nine_empty_boards(session):
    boards = session.scalars(select(Leaderboard).where(Leaderboard.is_current)).all()
    assert len({(board.leaderboard_type, board.timeframe) for board in boards}) == len(boards) == 9
    assert all(board.rankings == [] and board.total_participants == 0 for board in boards)
    assert all(board.average_value is None and board.median_value is None for board in boards)


def test_what_is_added_next_goes_behind_the_starter_set(session):
    badge = {"name": "Own", "description": "-", "category": "special", "rarity": "rare"}
    session.add(Badge(**badge, created_at=NOW, updated_at=NOW))
    own = {"name": "Own", "description": "-", "achievement_type": "custom", "criteria": {"by_hand": True}}
    session.add(Achievement(**own, created_at=NOW, updated_at=NOW))
    session.commit()
    assert session.scalars(select(Badge.id).where(Badge.name == "Own")).one() == 14
    assert session.scalars(select(Achievement.id).where(Achievement.name == "Own")).one() == 17

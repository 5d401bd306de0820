"""People who volunteer, and what others may see of them (docs/rules.md, section 1)."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    String,
    delete,
    event,
    func,
    inspect,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from portal.database import Id, UTCDateTime, among, bulk_insert, one_of, word
from portal.domain.names import NameBeginning, beginnings
from portal.extensions import Model, db

GROWN_UP_AT = 16


class Visibility(StrEnum):
    """How much of a name others see."""

    FULL_NAME = "full_name"
    FIRST_NAME_INITIAL = "first_name_initial"
    NICKNAME = "nickname"
    UNLISTED = "unlisted"


class Status(StrEnum):
    """Where a volunteer stands with the organisation."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    FORGOTTEN = "forgotten"
    MERGED = "merged"


class Volunteer(Model):
    """Somebody who helps. May have no sign-in and no e-mail; then name and external id tell them apart."""

    __tablename__ = "volunteers"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into"),
        one_of("visibility", Visibility),
        one_of("status", Status),
        Index("ix_volunteers_shown_name", "shown_name", "id"),
        Index(
            "ix_volunteers_merged_into_id",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    shown_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    external_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    birth_date: Mapped[date | None]
    avatar: Mapped[str | None] = mapped_column(String(200))
    nickname: Mapped[str | None] = mapped_column(String(60))
    visibility: Mapped[str] = mapped_column(word(), default=Visibility.FIRST_NAME_INITIAL)
    status: Mapped[str] = mapped_column(word(), default=Status.ACTIVE)
    merged_into_id: Mapped[int | None] = mapped_column(Id, ForeignKey("volunteers.id"))
    joined_at: Mapped[datetime] = mapped_column(UTCDateTime)
    language: Mapped[str | None] = mapped_column(String(16))
    mail_choices: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))

    @validates("email")
    def _lower(self, _key, email: str | None) -> str | None:
        return (email or "").strip().lower() or None

    @property
    def listed(self) -> bool:
        """Whether others may see that this volunteer exists."""
        return self.visibility != Visibility.UNLISTED and self.status == Status.ACTIVE

    @property
    def zone(self) -> ZoneInfo:
        """Where their days begin and end."""
        return ZoneInfo(self.time_zone)

    def today(self, now: datetime) -> date:
        """The date that their own calendar shows at the instant `now`."""
        return now.astimezone(self.zone).date()

    def is_minor(self, today: date) -> bool:
        """Whether they are under sixteen on that date; who gives no birth date is not."""
        born = self.birth_date
        if born is None:
            return False
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return age < GROWN_UP_AT


def first_name_initial(name: str) -> str:
    """'Adaeze Okafor' as 'Adaeze O.'; a single name stays whole."""
    words = name.split()
    return f"{words[0]} {words[-1][0]}." if len(words) > 1 else name.strip()


def shown_name(name: str, nickname: str | None, visibility: str) -> str:
    """The name that people who are signed in see; the one place that decides it."""
    if visibility == Visibility.FULL_NAME:
        return name
    if visibility == Visibility.NICKNAME and nickname:
        return nickname
    return first_name_initial(name)


def public_name(volunteer: Volunteer, today: date) -> str:
    """The name for whoever looks without signing in: of a minor, first name and initial at the most."""
    hides_it = volunteer.visibility == Visibility.NICKNAME and volunteer.nickname
    return first_name_initial(volunteer.name) if volunteer.is_minor(today) and not hides_it else volunteer.shown_name


@event.listens_for(Volunteer, "before_insert")
@event.listens_for(Volunteer, "before_update")
def _keep_shown_name(_mapper, _connection, volunteer: Volunteer) -> None:
    visibility = volunteer.visibility or Visibility.FIRST_NAME_INITIAL
    volunteer.shown_name = shown_name(volunteer.name, volunteer.nickname, visibility)


@event.listens_for(Volunteer, "after_insert")
@event.listens_for(Volunteer, "after_update")
def _keep_beginnings(_mapper, connection, volunteer: Volunteer) -> None:
    if inspect(volunteer).attrs.shown_name.history.has_changes():
        table = NameBeginning.__table__
        connection.execute(delete(table).where(table.c.volunteer_id == volunteer.id))
        found_by(connection, [(volunteer.id, volunteer.shown_name)])


def found_by(connection: Connection, people: Iterable[tuple[int, str]]) -> None:
    """Writes down how people are found by their shown names: (id, shown name)."""
    rows = [(who, beginning) for who, name in people for beginning in beginnings(name)]
    bulk_insert(connection, NameBeginning.__table__, ("volunteer_id", "beginning"), rows)


def named(
    *, ids: Iterable[int] = (), emails: Iterable[str] = (), external_ids: Iterable[str] = (), names: Iterable[str] = ()
) -> list[Volunteer]:
    """Entries, merged ones too, with one of these numbers, e-mails (lower case), external ids or full names, by id."""
    wanted = (
        (Volunteer.id, ids),
        (Volunteer.email, emails),
        (Volunteer.external_id, external_ids),
        (Volunteer.name, names),
    )
    query = (
        select(Volunteer)
        .where(or_(*(among(column, values) for column, values in wanted)))
        .order_by(Volunteer.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def add_all(people: Iterable[tuple[int, str, str | None, str | None, str]], now: datetime) -> None:
    """Writes volunteers who come without a page of their own: (id, name, e-mail, external id, time zone)."""
    columns = ("id", "name", "email", "external_id", "time_zone", "shown_name", "visibility", "status", "joined_at")
    ends = (Visibility.FIRST_NAME_INITIAL.value, Status.ACTIVE.value, now)
    rows = [(*person, first_name_initial(person[1]), *ends) for person in people]
    bulk_insert(db.session.connection(), Volunteer.__table__, columns, rows)
    found_by(db.session.connection(), [(row[0], row[5]) for row in rows])


def by_ids(ids: Iterable[int]) -> dict[int, Volunteer]:
    """Volunteers by their id; ids that nobody has are left out."""
    query = select(Volunteer).where(among(Volunteer.id, ids)).execution_options(populate_existing=True)
    return {one.id: one for one in db.session.scalars(query)}


def standing_for(volunteer: Volunteer) -> Volunteer:
    """Who this entry stands for: itself, or, if it was merged, the one it was merged into."""
    while volunteer.merged_into_id is not None:
        volunteer = db.session.get_one(Volunteer, volunteer.merged_into_id)
    return volunteer


def with_those_behind(entries: Iterable[Volunteer]) -> dict[int, Volunteer]:
    """These entries and whoever they were merged into, by id: one look-up for each link of the longest chain."""
    known = {one.id: one for one in entries}
    while missing := {one.merged_into_id for one in known.values()} - known.keys() - {None}:
        known |= by_ids(missing)
    return known


def leading_to(ids: Iterable[int]) -> list[Volunteer]:
    """The entries that were merged into one of these."""
    return list(
        db.session.scalars(select(Volunteer).where(among(Volunteer.merged_into_id, ids)).order_by(Volunteer.id))
    )


def count() -> int:
    """How many active volunteers there are, unlisted ones included."""
    return db.session.scalar(select(func.count()).where(Volunteer.status == Status.ACTIVE)) or 0

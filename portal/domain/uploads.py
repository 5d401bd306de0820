"""Files that were uploaded to be imported: kept until a worker has recorded them, whoever dies in between.

A file is read, its columns are understood, by guessing or by hand, every row is checked, somebody says yes, and only
then it is recorded and counted. People move it on here; what a worker does at each step stands in `importing`.
"""

import gzip
import hashlib
import tempfile
import zlib
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Id, UTCDateTime, one_of, word
from portal.domain import audit, layouts, problems
from portal.domain.accounts import User
from portal.domain.activities import Batch, BatchKind
from portal.domain.layouts import Layout
from portal.domain.problems import RejectedRow
from portal.domain.refusals import NotPossible
from portal.domain.sheets import Facts, How
from portal.domain.spreadsheets import ZIP
from portal.extensions import Model, db

LEASE = timedelta(seconds=8)
"""How long a worker may be silent before another goes on with its file."""
KEPT = timedelta(days=14)
"""How long a file waits for somebody to go on with it."""
PIECE = 1024 * 1024


class Stage(StrEnum):
    """How far a file is. A worker reads, checks, records and counts; in between somebody decides."""

    READING = "reading"
    UNREADABLE = "unreadable"
    MAPPING = "mapping"
    CHECKING = "checking"
    CHECKED = "checked"
    RECORDING = "recording"
    COUNTING = "counting"


FOR_WORKERS = (Stage.READING, Stage.CHECKING, Stage.RECORDING, Stage.COUNTING)
UNDECIDED = (Stage.READING, Stage.UNREADABLE, Stage.MAPPING, Stage.CHECKING, Stage.CHECKED)
"""Nothing of it is written: it may be read otherwise, or thrown away."""


class Upload(Model):
    """A file on its way. `leased_until` says that a worker is at it, `version` changes with all that is decided;
    `done` of `total` is how far the stage is. A file without a layout has our own columns."""

    __tablename__ = "uploads"
    __table_args__ = (one_of("stage", Stage),)

    batch_id: Mapped[int] = mapped_column(Id, ForeignKey("batches.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(word(), default=Stage.READING)
    size: Mapped[int] = mapped_column(BigInteger)
    leased_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    makes_people: Mapped[bool] = mapped_column(default=True)
    how: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
    facts: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
    layout: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))
    outlook: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))

    batch: Mapped[Batch] = relationship(lazy="joined")


class UploadPart(Model):
    """A piece of a file, packed."""

    __tablename__ = "upload_parts"

    batch_id: Mapped[int] = mapped_column(Id, ForeignKey("batches.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


def take(file: BinaryIO, name: str, *, quiet: bool, by: User, now: datetime) -> Batch:
    """Keeps a file for the workers, piece by piece."""
    given = {"name": name[:200], "source": layouts.OWN, "quiet": quiet, "recorded_by_id": by.id, "created_at": now}
    batch = Batch(kind=BatchKind.IMPORT, **given)
    db.session.add(batch)
    db.session.flush()
    file.seek(0)
    size = number = 0
    while piece := file.read(PIECE):
        row = {"batch_id": batch.id, "number": number, "content": gzip.compress(piece, 1)}
        db.session.execute(UploadPart.__table__.insert(), row)
        size, number = size + len(piece), number + 1
    db.session.add(Upload(batch_id=batch.id, size=size, changed_at=now, stage=Stage.READING))
    db.session.flush()
    return batch


def fingerprint(file: BinaryIO) -> str:
    """SHA-256 of a file, by which it is known to be the same."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def unpacked(batch_id: int) -> BinaryIO:
    """The file, in a place of its own on this machine's disk, which goes when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asks for it closes it
    query = select(UploadPart.content).where(UploadPart.batch_id == batch_id)
    number = 0
    while (piece := db.session.scalar(query.where(UploadPart.number == number))) is not None:
        file.write(zlib.decompress(piece, wbits=47))
        number += 1
    db.session.rollback()
    file.seek(0)
    return file


def is_workbook(batch_id: int) -> bool:
    """Whether a file is a spreadsheet program's own, by its first bytes."""
    first = select(UploadPart.content).where(UploadPart.batch_id == batch_id, UploadPart.number == 0)
    head = zlib.decompressobj(wbits=47).decompress(db.session.scalar(first) or b"", len(ZIP))
    return head == ZIP


def of(batch_id: int) -> Upload | None:
    """The file of an import that is not done with."""
    return db.session.get(Upload, batch_id, populate_existing=True)


def layout_of(upload: Upload) -> Layout:
    """What its columns mean."""
    return Layout.from_kept(upload.layout) if upload.layout else layouts.own(facts_of(upload).headings)


def facts_of(upload: Upload) -> Facts:
    """What was found in it."""
    return Facts.from_kept(upload.facts or {})


def held(batch_id: int, version: int, *stages: Stage) -> Upload:
    """The file, locked, if it is as somebody saw it who decides something now. Raises NotPossible otherwise."""
    query = select(Upload).where(Upload.batch_id == batch_id).with_for_update(of=Upload)
    upload = db.session.scalar(query.execution_options(populate_existing=True))
    if upload is None:
        raise NotPossible(_("This import is done, or was thrown away."))
    if upload.stage not in stages or upload.version != version:
        raise NotPossible(_("Meanwhile this import has gone on, here or in another window. Look again."))
    return upload


def move(upload: Upload, stage: Stage, now: datetime) -> None:
    """Whoever is at it stops; what is next is for somebody else."""
    upload.stage, upload.changed_at, upload.leased_until = stage, now, None
    upload.done = upload.total = 0
    upload.version += 1
    db.session.flush()


def read_again(batch_id: int, version: int, how: How, now: datetime) -> None:
    """Has a file read otherwise: in another encoding, cut elsewhere, another sheet. Raises NotPossible."""
    upload = held(batch_id, version, *UNDECIDED)
    upload.how, upload.layout, upload.outlook = asdict(how), None, None
    upload.batch.failure = None
    move(upload, Stage.READING, now)


def understand(
    batch_id: int, version: int, layout: Layout, *, makes_people: bool, quiet: bool, by: User, now: datetime
) -> None:
    """Says what the columns mean, remembers it, and has every row checked. Raises NotPossible."""
    upload = held(batch_id, version, Stage.MAPPING, Stage.CHECKING, Stage.CHECKED)
    layouts.remember(facts_of(upload).headings, layout, by=by, now=now)
    upload.layout, upload.makes_people, upload.batch.quiet = layout.as_kept(), makes_people, quiet
    upload.outlook = None
    move(upload, Stage.CHECKING, now)


def confirm(batch_id: int, version: int, *, by: User, now: datetime) -> None:
    """Has it recorded and counted, in the name of who says yes. Raises NotPossible."""
    upload = held(batch_id, version, Stage.CHECKED)
    if not (upload.outlook or {}).get("accepted"):
        raise NotPossible(_("There is nothing in it to be recorded."))
    batch = upload.batch
    batch.recorded_by_id, batch.rows = by.id, facts_of(upload).rows
    batch.source = layouts.source_of(facts_of(upload).headings, layout_of(upload))
    move(upload, Stage.RECORDING, now)
    upload.total = batch.rows
    audit.note("import", batch, at=now, by=by, after={"rows": batch.rows})


def cancel(batch_id: int, version: int, *, by: User, now: datetime) -> None:
    """Ends recording: what is recorded by now stays and is counted; all of it can be undone. Raises NotPossible."""
    upload = held(batch_id, version, Stage.RECORDING)
    upload.batch.cancelled_at = now
    audit.note("cancel", upload.batch, at=now, by=by, after={"rows": upload.batch.done})
    move(upload, Stage.COUNTING, now)


def throw_away(batch_id: int, version: int, *, by: User, now: datetime) -> None:
    """Takes a file away of which nothing was recorded, with all that was found in it. Raises NotPossible."""
    drop(held(batch_id, version, *UNDECIDED))
    audit.note_of("throw_away", "batches", batch_id, at=now, by=by)


def drop(upload: Upload) -> None:
    """The file, what is wrong with it, and its batch."""
    batch, batch_id = upload.batch, upload.batch_id
    release(batch_id)
    problems.forget(batch_id)
    db.session.expunge(upload)
    db.session.delete(batch)
    db.session.flush()


def release(batch_id: int) -> None:
    """The file itself."""
    for model in (Upload, UploadPart):
        statement = delete(model).where(model.batch_id == batch_id)
        db.session.execute(statement, execution_options={"synchronize_session": False})


def forget_old(now: datetime) -> None:
    """Throws away what nobody has gone on with for long."""
    old = Upload.stage.in_(UNDECIDED) & (Upload.changed_at < now - KEPT)
    for upload in db.session.scalars(select(Upload).where(old).order_by(Upload.batch_id).limit(100)):
        drop(upload)


def lease(now: datetime) -> int | None:
    """Takes a file that nobody is at, in turn; its batch's id, or None. Commit before going on."""
    free = or_(Upload.leased_until.is_(None), Upload.leased_until < now) & Upload.stage.in_(FOR_WORKERS)
    next_one = select(Upload.batch_id).where(free).order_by(Upload.leased_until.nulls_first(), Upload.batch_id)
    batch_id = db.session.scalar(next_one.limit(1))
    if batch_id is None:
        return None
    mine = update(Upload).where(Upload.batch_id == batch_id, free).values(leased_until=now + LEASE)
    taken = db.session.execute(mine, execution_options={"synchronize_session": False}).rowcount
    return batch_id if taken else None


def rejected(batch_id: int, limit: int = 200, *, after: int = 0, column: str | None = None) -> list[RejectedRow]:
    """What keeps rows of a batch from standing, in the order of the file; behind problem number `after`."""
    return problems.of(batch_id, limit, after=after, column=column)


def recent(limit: int = 30, *, before: int | None = None) -> list[tuple[Batch, Upload | None, User | None]]:
    """Imports with their files, if they are on their way, and who brought them, the newest first; those older than
    number `before`."""
    query = (
        select(Batch, Upload, User)
        .outerjoin(Upload, Upload.batch_id == Batch.id)
        .outerjoin(User, User.id == Batch.recorded_by_id)
        .where(Batch.kind == BatchKind.IMPORT)
        .order_by(Batch.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Batch.id < before)
    return [(batch, upload, user) for batch, upload, user in db.session.execute(query)]


def worth_a_look(since: datetime, limit: int = 5) -> list[tuple[Batch, Upload | None]]:
    """Files on their way, and those since an instant of which rows were refused, or that failed."""
    trouble = (Batch.created_at >= since) & or_(Batch.refused > 0, Batch.failure.is_not(None))
    query = select(Batch, Upload).outerjoin(Upload, Upload.batch_id == Batch.id).where(Batch.kind == BatchKind.IMPORT)
    query = query.where(or_(Upload.batch_id.is_not(None), trouble)).order_by(Batch.id.desc()).limit(limit)
    return [(batch, upload) for batch, upload in db.session.execute(query)]

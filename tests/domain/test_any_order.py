"""The same activities bring the same, in whatever order and pieces they arrive, and however often they are sent."""

import csv
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.domain import imports, organisation
from tests import oracle, people, reading
from tests.people import DATA, import_file, refresh, settle

IMPORTED = datetime(2026, 11, 1, tzinfo=UTC)
BUSY = ("math-0005@example.org", "math-0476@example.org")


def real_rows() -> list[dict]:
    """Real activity of some dozen people."""
    with open(DATA / "activity.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if row["volunteer_email"] in BUSY or int(row["volunteer_email"][5:9]) % 4 == 1][:400]


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return real_rows()


@pytest.fixture(scope="module")
def expected(rows) -> dict[str, oracle.State]:
    """What they should have, by the model."""
    return oracle.expected(oracle.judge(rows, now=IMPORTED).accepted)


def write(path: Path, rows: list[dict]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def shuffled(rows: list[dict], seed: int) -> list[dict]:
    return random.Random(seed).sample(rows, len(rows))


def test_a_shuffled_file_brings_the_same_with_the_same_dates_where_midnight_is_another(session, tmp_path, rows):
    organisation.change("time_zone", "Pacific/Kiritimati")
    import_file(write(tmp_path / "shuffled.csv", shuffled(rows, 3)), now=IMPORTED)
    judged = oracle.judge(rows, now=IMPORTED, organisation_zone="Pacific/Kiritimati")
    assert reading.states() == oracle.expected(judged.accepted)


@pytest.mark.parametrize("seed", range(2))
def test_a_shuffled_file_brings_the_same_with_the_same_dates(session, tmp_path, rows, expected, seed):
    import_file(write(tmp_path / "shuffled.csv", shuffled(rows, seed)), now=IMPORTED)
    assert reading.states() == expected


def test_a_file_in_small_parts_brings_the_same_with_the_same_dates(session, tmp_path, rows, expected, monkeypatch):
    monkeypatch.setattr(imports, "PART", 37)
    monkeypatch.setattr(imports, "SETTLED_AT_ONCE", 50)
    import_file(write(tmp_path / "shuffled.csv", shuffled(rows, 5)), now=IMPORTED)
    assert reading.states() == expected


@pytest.mark.parametrize("seed", range(2))
def test_pieces_counted_one_after_the_other_bring_the_same(session, tmp_path, rows, expected, seed):
    mixed = shuffled(rows, seed)
    for start in range(0, len(mixed), 100):
        import_file(write(tmp_path / "piece.csv", mixed[start : start + 100]), now=IMPORTED)
    assert reading.undated(reading.states()) == reading.undated(expected)


def test_pieces_recorded_first_and_counted_in_the_end_bring_the_same_with_the_same_dates(session, rows, expected):
    mixed = [people.Submission(**row) for row in shuffled(rows, 9)]
    for start in range(0, len(mixed), 250):
        people.record(*mixed[start : start + 250], now=IMPORTED, creates_people=True)
    settle(now=IMPORTED)
    assert reading.states() == expected


@pytest.mark.parametrize("name", ["made.csv", "shuffled.csv"])
def test_a_second_import_changes_nothing_at_all(session, tmp_path, rows, name):
    path = DATA / name if name == "made.csv" else write(tmp_path / name, shuffled(rows, 1))
    first = import_file(path, now=IMPORTED)
    refresh(IMPORTED)
    before = reading.dump()

    second = import_file(path, now=IMPORTED)
    refresh(IMPORTED)

    after = reading.dump()
    after["batches"] = before["batches"]  # `flask import` takes away a batch that brought nothing: test_commands.py
    assert after == before
    known = [verdict in ("accepted", "same") for verdict in people.said(first)]
    assert [verdict == "same" for verdict in people.said(second)] == known


def test_the_same_file_under_another_name_is_the_same_file(session, tmp_path, rows):
    nameless = [{**row, "external_id": ""} for row in rows[:60]]
    import_file(write(tmp_path / "one.csv", nameless), now=IMPORTED)
    verdicts = import_file(write(tmp_path / "two.csv", shuffled(nameless, 1)), now=IMPORTED)
    assert set(people.said(verdicts)) == {"same"}


def test_equal_rows_without_an_id_are_told_apart_in_every_part_of_a_file(session, tmp_path, monkeypatch):
    row = {"volunteer_email": "ada@example.org", "volunteer_name": "Ada", "event_type": "task_completed"}
    path = write(tmp_path / "equal.csv", [{**row, "quantity": "1", "occurred_at": "2026-05-04"}] * 20)
    monkeypatch.setattr(imports, "PART", 3)
    assert set(people.said(import_file(path, now=IMPORTED))) == {"accepted"}
    monkeypatch.setattr(imports, "PART", 7)
    assert set(people.said(import_file(path, now=IMPORTED))) == {"same"}

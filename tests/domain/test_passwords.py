"""Which passwords are good enough, and what is kept of them."""

import hashlib

import pytest
from werkzeug.security import generate_password_hash

from portal.domain import passwords
from tests.machinery.hashing import REAL

HERS = ("ada.bell@riverside.example", "Ada Bell", "Riverside Volunteers")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("too short", "at least 10"),
        ("x" * 201, "at most 200"),
        *((common, "tried first") for common in ("1234567890", "Password123", "P@ssw0rd2024", "letmeinletmein")),
        *((common, "tried first") for common in ("qwertyuiop", "abcdefghijkl", "aaaaaaaaaaaaaa", "123football!")),
        *((row, "tried first") for row in ("9876543210", "zyxwvutsrqp", "abcabcabcabc", "  password  ")),
        *((hers, "too near") for hers in ("adabell2024", "Ada.Bell@Riverside.Example", "riverside1!", "BellAda-Ada!")),
    ],
)
def test_what_a_stranger_would_try_is_refused(sqlite_session, password, words):
    with pytest.raises(passwords.Refused, match=words):
        passwords.refuse(password, about=HERS)


@pytest.mark.parametrize(
    "password",
    ["four words in a row", "tr0ub4dor&3 horses", "pässwörter sind lang", "Ada and the seven boats", "x7#kQ2!mZp"],
)
def test_what_is_hard_to_guess_is_taken(sqlite_session, password):
    passwords.refuse(password, about=HERS)


def test_the_list_of_common_ones_comes_along_with_its_licence():
    assert len(passwords.common()) > 10_000
    licence = passwords.COMMON.with_name("common_passwords.LICENSE.txt")
    assert "MIT License" in licence.read_text()


def test_hashes_cost_what_they_should():
    method, number, block, times = REAL.split(":")
    assert method == "scrypt"
    assert int(number) * int(block) * int(times) >= 2**15 * 8 * 3


def test_a_password_that_was_kept_matches_and_others_do_not():
    kept = passwords.hashed("four words in a row")
    assert "four" not in kept
    assert passwords.matches("four words in a row", kept)
    assert not passwords.matches("four words in a raw", kept)


@pytest.mark.parametrize("kept", [None, "-", "oidc", ""])
def test_to_look_for_a_password_where_there_is_none_costs_as_much(kept, monkeypatch):
    costs, scrypt = [], hashlib.scrypt
    monkeypatch.setattr(hashlib, "scrypt", lambda *given, **how: costs.append(how) or scrypt(*given, **how))
    assert not passwords.matches("-", kept)
    passwords.matches("-", passwords.hashed("four words in a row"))
    nobodys, _made, somebodys = [{name: how[name] for name in ("n", "r", "p")} for how in costs]
    assert nobodys == somebodys


def test_a_hash_of_former_times_is_known_as_one():
    assert passwords.is_outdated(generate_password_hash("x", "scrypt:512:8:1"))
    assert not passwords.is_outdated(passwords.hashed("x"))

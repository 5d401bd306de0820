"""Passwords: which are good enough, and what is kept of them."""

import gzip
import hashlib
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

from flask_babel import gettext as _
from werkzeug.security import check_password_hash, generate_password_hash

SHORTEST, LONGEST = 10, 200
METHOD = "scrypt:32768:8:3"
"""Of OWASP's equals the one with the least memory: 32 MB, three times over. More, and all are hashed anew as they come
in."""
COMMON = Path(__file__).with_name("common_passwords.txt.gz")
DISGUISES = str.maketrans("@4310$57!", "aaeiosstl")
SIGNS = "0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
NEW_LETTERS = 5
"""So many letters has a password at least beside a word that others know."""


class Refused(ValueError):
    """A password that will not do; the message says why, in words for people."""


def refuse(password: str, *, about: Iterable[str] = ()) -> None:
    """Raises Refused, in words, for a password that a stranger would try: short, common, or made of what they may
    know, `about` whose it is."""
    if len(password) < SHORTEST:
        raise Refused(_("A password needs at least %(least)s characters.", least=SHORTEST))
    if len(password) > LONGEST:
        raise Refused(_("A password has at most %(most)s characters.", most=LONGEST))
    plain = password.casefold()
    if is_common(plain):
        raise Refused(_("Many people use this password, and it is tried first. A few words in a row are better."))
    if is_about(plain, words_of(about)):
        raise Refused(_("This is too near to your name, your e-mail or the organisation. Take other words."))


def is_common(plain: str) -> bool:
    """Whether it is on the list, with digits and signs around it or in disguise; one thing again and again; a row."""
    core, repeated = plain.strip(SIGNS), unit(plain)
    ways = {plain, plain.translate(DISGUISES), "".join(plain.split()), repeated, repeated.strip(SIGNS)}
    if len(plain) - len(core) <= NEW_LETTERS:
        ways |= {core, core.translate(DISGUISES), core.translate(DISGUISES).strip(SIGNS)}
    return len(set(plain)) < NEW_LETTERS or is_row(plain) or not common().isdisjoint(ways - {""})


def unit(text: str) -> str:
    """What a text is made of, if it is the same again and again: 'abcabc' is 'abc'."""
    return text[: (text + text).index(text, 1)]


def is_row(text: str) -> bool:
    """'abcdefghijk', '0987654321'."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1}) or text in "12345678901234567890" or text in "09876543210987654321"


def words_of(about: Iterable[str]) -> list[str]:
    """The words in names and addresses that are long enough to be a password's main part, the longest first."""
    texts = [text.casefold() for text in about]
    parts = [part for text in texts for part in text.replace("@", " ").replace(".", " ").split()]
    whole = [text.replace(" ", "") for text in texts]
    return sorted({one for one in (*texts, *whole, *parts) if len(one) > 2}, key=len, reverse=True)


def is_about(plain: str, words: Iterable[str]) -> bool:
    """Whether hardly anything of a password is left without these words."""
    left = plain
    for word in words:
        left = left.replace(word, "")
    return left != plain and len(left.strip()) < NEW_LETTERS


@cache
def common() -> frozenset[str]:
    """Passwords that many people use, in lower case."""
    return frozenset(gzip.decompress(COMMON.read_bytes()).decode().split("\n"))


def hashed(password: str) -> str:
    """What is kept of a password."""
    return generate_password_hash(password, METHOD)


def matches(password: str, kept: str | None) -> bool:
    """Whether this password was kept so. Takes as long where there is none, or none yet."""
    there = is_hash(kept)
    right = check_password_hash(kept if there else nobodys(), password)
    return there and right


def is_hash(kept: str | None) -> bool:
    """Whether a password was kept, and not a word that stands for none."""
    return bool(kept) and kept.count("$") == 2


def is_outdated(kept: str) -> bool:
    """Whether it was hashed as it is not done any more."""
    return kept.partition("$")[0] != METHOD


@cache
def nobodys() -> str:
    """A hash of no password, so that to look for one takes as long where there is nobody."""
    return "$".join((METHOD, "nobodysnobodys00", hashlib.sha512(b"nobody").hexdigest()))

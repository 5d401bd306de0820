"""Codes that an app shows: those of RFC 6238, about now, and later than the last one."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from portal.domain import time_codes
from portal.domain.time_codes import code, step_of, step_shown

SECRETS = {"sha1": b"12345678901234567890", "sha256": b"12345678901234567890123456789012"}
SECRETS["sha512"] = (SECRETS["sha1"] * 4)[:64]
HERS = b"12345678901234567890"
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "sha1", "sha256", "sha512"),
    [
        (59, "94287082", "46119246", "90693936"),
        (1111111109, "07081804", "68084774", "25091201"),
        (1111111111, "14050471", "67062674", "99943326"),
        (1234567890, "89005924", "91819424", "93441116"),
        (2000000000, "69279037", "90698825", "38618901"),
        (20000000000, "65353130", "77737706", "47863826"),
    ],
)
def test_the_codes_are_those_of_the_standard(seconds, sha1, sha256, sha512):
    step = step_of(datetime.fromtimestamp(seconds, UTC))
    assert [code(SECRETS[name], step, 8, name) for name in SECRETS] == [sha1, sha256, sha512]


@pytest.mark.parametrize(("seconds", "good"), [(-31, False), (-30, True), (0, True), (59, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(seconds, good):
    typed = code(HERS, step_of(NOW))
    assert (step_shown(HERS, typed, NOW + timedelta(seconds=seconds), after=0) is not None) is good


def test_a_code_is_good_once_and_none_before_it_is_good_any_more():
    here = step_of(NOW)
    assert step_shown(HERS, code(HERS, here), NOW, after=0) == here
    assert step_shown(HERS, code(HERS, here), NOW, after=here) is None
    assert step_shown(HERS, code(HERS, here - 1), NOW, after=here) is None
    assert step_shown(HERS, code(HERS, here + 1), NOW, after=here) == here + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "é", "٣٣٣٣٣٣", "-00001"])
def test_what_is_no_code_is_none(typed):
    assert step_shown(HERS, typed, NOW, after=0) is None


def test_an_app_reads_whose_codes_they_are():
    found = urlsplit(time_codes.address(HERS, who="ada@example.org", organisation="Sun & Sea"))
    assert (found.scheme, found.netloc, unquote(found.path)) == ("otpauth", "totp", "/Sun & Sea:ada@example.org")
    assert parse_qs(found.query) == {"secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"], "issuer": ["Sun & Sea"]}
    assert time_codes.typed_secret(HERS).startswith("GEZD GNBV ")

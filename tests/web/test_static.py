"""Files and pages are sent squeezed to whoever takes them so, and never an old one."""

import gzip
import os

import brotli
import pytest

from portal.web.static import squeeze_beside

UNPACKED = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.mark.parametrize("coding", UNPACKED)
@pytest.mark.parametrize("path", ["/static/css/base.css", "/sign-in"])
def test_it_is_the_same_however_it_is_sent(sqlite_app, path, coding):
    headers = {"Accept-Encoding": coding} if coding else {}

    answer = sqlite_app.test_client().get(path, headers=headers, buffered=True)

    assert answer.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in answer.headers["Vary"] or coding is None
    text = UNPACKED[coding](answer.data).decode()
    assert "font-family" in text or "Welcome back" in text


def test_a_file_is_what_its_type_says_and_kept_for_a_year(sqlite_app):
    headers = sqlite_app.test_client().get("/static/js/laurels.js", buffered=True).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "max-age=31536000, public"


def test_what_is_squeezed_is_never_older_than_its_file(tmp_path):
    sheet = tmp_path / "sheet.css"
    for words, when in (("first", 2_000), ("second", 1_000), ("second, with an older time", 500)):
        sheet.write_text(words)
        os.utime(sheet, (when, when))

        squeeze_beside(sheet)

        assert brotli.decompress((tmp_path / "sheet.css.br").read_bytes()).decode() == words
        assert gzip.decompress((tmp_path / "sheet.css.gz").read_bytes()).decode() == words
    assert {one.name for one in tmp_path.iterdir()} == {"sheet.css", "sheet.css.br", "sheet.css.gz"}


def test_where_nothing_can_be_written_a_file_goes_as_it_is(tmp_path, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError

    (tmp_path / "sheet.css").write_text("first")
    monkeypatch.setattr("tempfile.mkstemp", refuse)

    squeeze_beside(tmp_path / "sheet.css")

    assert [one.name for one in tmp_path.iterdir()] == ["sheet.css"]

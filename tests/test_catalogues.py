"""Every language says all that the portal says, and nothing else: whole, with the same places to fill, and well-formed.

What the portal says is gathered anew, so that a message that nobody has translated fails here; `make words` adds it.
"""

import os
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree

import pytest
from babel.messages import Catalog, Message

from assets import gather_words
from portal import catalogues
from portal.catalogues import offered, source_of

LANGUAGES = offered()[1:]
PLACES = re.compile(r"%\((\w+)\)([sd])|(?<!%)\{(\w+)\}|%%")
FILLED = re.compile(r"%%|%\(\w+\)[sd]")
NUMBERS = {"n", "num", "target", "min", "max"}
"""Places that the forms for none, one and two may leave out: some languages say these by the word alone."""
FEW_HAVE_A_WORD = {"ar": (0, 1, 2)}
TAGS = {"a", "b", "em", "strong", "bdi", "code"}
ENDS = (*".:?!…", ")")
SAME_ENDS = {"؟": "?", "،": ",", "؛": ";"}
FOREIGN = {"json", "true", "false", "all", "any", "yes", "no", "csv", "utf", "mb", "h", "m", "qr", "utc", "gz"}


@pytest.fixture(scope="module")
def said() -> Catalog:
    """What the portal says, in English."""
    return gather_words.gathered()


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def catalog(language) -> Catalog:
    """A catalogue as it is kept."""
    return gather_words.read(language)


def messages(catalog: Catalog) -> Iterator[Message]:
    """All but the head."""
    return (one for one in catalog if one.id)


def forms(message: Message) -> tuple[str, ...]:
    """A translation, in all its forms."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def sources(message: Message) -> tuple[str, ...]:
    """What is translated: one text, or the one for one and the one for many."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def pairs(message: Message) -> Iterator[tuple[int, str, str]]:
    """Each form of a translation by its number, with the English one that it stands for."""
    for number, form in enumerate(forms(message)):
        yield number, sources(message)[min(number, len(sources(message)) - 1)], form


def places(text: str) -> list[str]:
    """The places that are filled in a text, each as often as it is there."""
    return sorted(found.group() for found in PLACES.finditer(text) if found.group() != "%%")


def complaints(catalog: Catalog, wrong: Callable[[Message], str | None]) -> list[str]:
    """What is wrong with which messages."""
    return [f"{one.id!r}: {why}" for one in messages(catalog) if (why := wrong(one))]


def key(message: Message) -> tuple:
    """By what a message is known."""
    return sources(message), message.context


def test_there_are_the_languages_that_are_promised():
    assert offered() == ("en", "ar", "de", "es")


def test_all_that_is_said_is_translated_and_nothing_else_is(said, catalog):
    assert {key(one) for one in messages(said)} == {key(one) for one in messages(catalog)}
    assert not catalog.obsolete
    assert complaints(catalog, lambda one: "not translated" if gather_words.is_missing(one) else None) == []
    assert complaints(catalog, lambda one: "fuzzy" if one.fuzzy else None) == []


def test_a_catalogue_is_as_make_words_leaves_it(said, language):
    assert source_of(language).read_bytes() == gather_words.text_of(
        gather_words.renewed(gather_words.read(language), gather_words.gathered())
    )


def test_every_plural_has_all_its_forms(catalog):
    def wrong(one: Message) -> str | None:
        wanted = catalog.num_plurals if one.pluralizable else 1
        return None if len(forms(one)) == wanted else f"{len(forms(one))} forms instead of {wanted}"

    assert complaints(catalog, wrong) == []


def test_the_same_places_are_filled(catalog, language):
    def wrong(one: Message) -> str | None:
        whole = set(places(sources(one)[-1]))
        for number, _source, form in pairs(one):
            missing, more = whole - set(places(form)), set(places(form)) - whole
            left_out = {name for name in missing if PLACES.fullmatch(name)[1] in NUMBERS}
            may_leave_out = one.pluralizable and (number in FEW_HAVE_A_WORD.get(language, (0,)))
            if more or (missing - left_out if may_leave_out else missing):
                return form
        return None

    assert complaints(catalog, wrong) == []


def test_signs_of_per_cent_are_doubled_where_something_is_filled_in(catalog):
    def wrong(one: Message) -> str | None:
        return next((form for _n, source, form in pairs(one) if "%(" in source and "%" in FILLED.sub("", form)), None)

    assert complaints(catalog, wrong) == []


class Tags(HTMLParser):
    """The tags in a text."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)

    def handle_endtag(self, tag):
        self.found.append(f"/{tag}")


def test_there_is_no_markup_but_what_the_english_has(catalog):
    def wrong(one: Message) -> str | None:
        for _number, source, form in pairs(one):
            tags = Tags(form).found
            if tags != Tags(source).found or {tag.strip("/") for tag in tags} - TAGS:
                return form
        return None

    assert complaints(catalog, wrong) == []


def test_sentences_end_as_they_do_in_english(catalog):
    def ending(text: str) -> str:
        last = text[-1:]
        last = SAME_ENDS.get(last, last)
        return last if last in ENDS else ""

    def wrong(one: Message) -> str | None:
        for _number, source, form in pairs(one):
            if form != form.strip() or (one.context != "place" and ending(source) != ending(form)):
                return form
        return None

    assert complaints(catalog, wrong) == []


WORDS = re.compile(r"[A-Za-zÀ-ÿ]+")


def test_nothing_is_left_in_english(catalog, language):
    """In Arabic no Latin word may be left but names and abbreviations; in others no whole sentence."""

    def wrong(one: Message) -> str | None:
        for _number, source, form in pairs(one):
            plain = PLACES.sub(" ", form)
            if language == "ar":
                foreign = {word.lower() for word in WORDS.findall(plain)} - FOREIGN
                if foreign - {word.lower() for word in WORDS.findall(source)} or (foreign and not has_arabic(plain)):
                    return form
            elif source == form and len(WORDS.findall(plain)) > 3:
                return form
        return None

    assert complaints(catalog, wrong) == []


def has_arabic(text: str) -> bool:
    """Whether there is a letter of the Arabic script."""
    return any("\u0600" <= letter <= "\u06ff" for letter in text)


def copied(folder: Path) -> Path:
    """The catalogues without what was compiled of them."""
    copytree(catalogues.FOLDER, folder)
    for file in folder.glob("*/LC_MESSAGES/*.mo"):
        file.unlink()
    return folder


def test_a_catalogue_is_compiled_when_it_is_first_wanted(tmp_path):
    folder = copied(tmp_path / "words")
    assert catalogues.translations("de", folder).gettext("Points") == "Punkte"
    assert [path.name for path in (folder / "de" / "LC_MESSAGES").iterdir()].count("messages.mo") == 1
    assert catalogues.translations("de", folder) is catalogues.translations("de", folder)


def test_a_catalogue_that_has_changed_is_compiled_anew(tmp_path):
    folder = copied(tmp_path / "words")
    catalogues.compile_all(folder)
    source = source_of("de", folder)
    source.write_text(source.read_text(encoding="utf-8").replace('msgstr "Punkte"', 'msgstr "Pünktchen"'))
    later = source.with_suffix(".mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert catalogues.translations("de", folder).gettext("Points") == "Pünktchen"


def test_where_nothing_may_be_written_it_is_compiled_in_memory(tmp_path, monkeypatch):
    folder = copied(tmp_path / "words")
    monkeypatch.setattr(catalogues, "compile_beside", lambda _source: False)
    assert catalogues.translations("es", folder).gettext("Points") == "Puntos"
    assert not list(folder.glob("*/LC_MESSAGES/*.mo"))
    with pytest.raises(OSError, match="cannot be written to"):
        catalogues.compile_all(folder)


def test_adding_a_language_is_adding_a_file(tmp_path):
    folder = copied(tmp_path / "words")
    copytree(folder / "es", folder / "pt")
    assert catalogues.offered(folder) == ("en", "ar", "de", "es", "pt")
    assert catalogues.own_name("pt") == "Português"

"""Brings the catalogues up to date with what the portal says: `make words`.

New words come in without a translation, those that nothing says any more go, and what is there stays as it is. Nothing
is guessed: a word that changed is a new word. Sorted, and without dates and line numbers, so that a change is as small
as what changed.
"""

import argparse
import io
from pathlib import Path

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from portal.catalogues import offered, source_of
from portal.config import ROOT

KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
WIDTH = 120
NEEDED = (b'"Language:', b'"Plural-Forms', b'"MIME-Version', b'"Content-')
"""Of what Babel writes at the head of a catalogue, who and when it was are known without it."""
HEADING = "# {name}: what Laurels says. `make words` keeps it up to date; see README.md, “Adding a language”.\n"


def gathered() -> Catalog:
    """All that is said, in English."""
    methods, options = mapping()
    template = Catalog(charset="utf-8")
    for file, _line, message, _comments, context in extract_from_dir(
        str(ROOT), method_map=methods, options_map=options, keywords=KEYWORDS, directory_filter=is_ours
    ):
        template.add(message, None, [(Path(file).as_posix(), 1)], context=context)
    return template


def mapping() -> tuple[list, dict]:
    """Where to look, and how: babel.cfg."""
    with (ROOT / "babel.cfg").open() as file:
        return parse_mapping_cfg(file)


def is_ours(folder: str) -> bool:
    """Whether to look into a folder."""
    here = Path(folder).relative_to(ROOT).parts
    return not here or here[0] in ("portal", "templates")


def read(language: str) -> Catalog:
    """The catalogue of a language as it is."""
    with source_of(language).open("rb") as file:
        return read_po(file, locale=language)


def renewed(catalog: Catalog, template: Catalog) -> Catalog:
    """A catalogue with all that is said now, and nothing else."""
    template.creation_date = catalog.creation_date
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def text_of(catalog: Catalog) -> bytes:
    """A catalogue as it is kept."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, sort_output=True, include_lineno=False, ignore_obsolete=True, width=WIDTH)
    head, gap, rest = buffer.getvalue().partition(b"\n\n")
    fields = [line for line in head.split(b"\n") if is_needed(line)]
    return b"\n".join(fields) + gap + rest


def is_needed(line: bytes) -> bool:
    """Whether a line at the head of a catalogue says something."""
    return not line.startswith(b'"') or line.startswith(NEEDED) or b":" not in line


def begin(language: str) -> None:
    """An empty catalogue for one more language."""
    locale = Locale.parse(language)
    catalog = Catalog(locale=locale, charset="utf-8", fuzzy=False)
    catalog.header_comment = HEADING.format(name=locale.english_name)
    source_of(language).parent.mkdir(parents=True)
    source_of(language).write_bytes(text_of(catalog))
    offered.cache_clear()


def main() -> None:
    """Gathers what is said and writes it into each catalogue; says what is missing."""
    arguments = argparse.ArgumentParser(prog="gather_words")
    arguments.add_argument("--add", metavar="LANGUAGE", help="begin a catalogue, such as fr or pt_BR")
    if (language := arguments.parse_args().add) and not source_of(language).exists():
        begin(language)
    for language in offered()[1:]:
        catalog = renewed(read(language), gathered())
        source_of(language).write_bytes(text_of(catalog))
        print(f"{language}: {len(catalog)} messages, {sum(map(is_missing, catalog))} to translate")


def is_missing(message: Message) -> bool:
    """Whether a translation is missing, or a part of it."""
    said = (message.string,) if isinstance(message.string, str) else message.string
    return bool(message.id) and not (said and all(said))


if __name__ == "__main__":
    main()

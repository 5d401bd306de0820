"""The languages there are: English, in which everything is written, and one for each messages.po under translations/.

flask-babel looks there by itself. What is read is the compiled messages.mo beside each; `make` compiles it, and where
that was left out it is done when a language is first wanted, in memory if the folder may not be written to.
"""

import os
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from babel import Locale
from babel.support import NullTranslations, Translations

from portal.config import ROOT

FOLDER = ROOT / "portal" / "translations"
SOURCE = "en"


def source_of(language: str, folder: Path = FOLDER) -> Path:
    """The catalogue that people write."""
    return folder / language / "LC_MESSAGES" / "messages.po"


@lru_cache
def offered(folder: Path = FOLDER) -> tuple[str, ...]:
    """The languages, English first: 'en', 'ar', 'de', 'es'."""
    found = sorted(path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/messages.po"))
    return SOURCE, *(name for name in found if name != SOURCE)


def known(language: str | None) -> str | None:
    """The language, if it is one of those offered."""
    return language if language in offered() else None


@lru_cache
def own_name(language: str) -> str:
    """What a language calls itself: 'Español', 'العربية'."""
    name = Locale.parse(language, sep="_").get_display_name() or language
    return name[:1].upper() + name[1:]


def is_fresh(compiled: Path, source: Path) -> bool:
    """Whether a compiled catalogue is there, and no older than what it was compiled from."""
    return compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime


@lru_cache
def translations(language: str, folder: Path = FOLDER) -> NullTranslations:
    """Those into a language: always the same object for one language; of one that is not there, none."""
    source = source_of(language, folder)
    if not source.exists():
        return NullTranslations()
    compiled = source.with_suffix(".mo")
    if is_fresh(compiled, source) or compile_beside(source):
        with compiled.open("rb") as file:
            return Translations(file)
    return Translations(in_memory(source))


def compile_all(folder: Path = FOLDER) -> None:
    """Compiles what is not compiled yet, or older than its source. OSError where the folder may not be written to."""
    for language in offered(folder)[1:]:
        source = source_of(language, folder)
        if not is_fresh(source.with_suffix(".mo"), source) and not compile_beside(source):
            raise OSError(f"{source.parent} cannot be written to")


def compile_beside(source: Path) -> bool:
    """Compiles a catalogue in one step, so that nobody reads half of it; False where that is not allowed."""
    try:
        with NamedTemporaryFile(dir=source.parent, suffix=".part", delete=False) as part:
            compile_into(part, source)
        os.chmod(part.name, 0o644)
        os.replace(part.name, source.with_suffix(".mo"))
    except OSError:
        return False
    return True


def in_memory(source: Path) -> BytesIO:
    """A compiled catalogue that is kept nowhere."""
    buffer = BytesIO()
    compile_into(buffer, source)
    buffer.seek(0)
    return buffer


def compile_into(file: BinaryIO, source: Path) -> None:
    """Compiles a catalogue; what is marked fuzzy or has no translation is left out and stays English."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as text:
        write_mo(file, read_po(text))

"""Names as people type them: without regard to case, accents and where in the name they begin."""

import unicodedata

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import Id
from portal.extensions import Model

LONGEST = 200
WORDS = 8
"""Of a longer name the first words are found."""

PLAIN = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
"""Letters that Unicode does not take apart, as people type them who don't have them."""


class NameBeginning(Model):
    """PROJECTION a shown name from one of its words on, as it is looked for: 'okafor' of 'Adaeze Okafor'."""

    __tablename__ = "name_beginnings"
    __table_args__ = (Index("ix_name_beginnings_beginning", "beginning", "volunteer_id"),)

    volunteer_id: Mapped[int] = mapped_column(Id, ForeignKey("volunteers.id"), primary_key=True)
    beginning: Mapped[str] = mapped_column(
        String(LONGEST, collation="C").with_variant(String(LONGEST), "sqlite"), primary_key=True
    )


def plain(text: str) -> str:
    """A text as names are compared: 'Ngọc NGUYỄN-Phạm' as 'ngoc nguyen pham'."""
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(PLAIN)
    return " ".join("".join(map(as_typed, letters)).split())


def as_typed(letter: str) -> str:
    """A letter or figure; nothing for an accent, a gap for anything else."""
    if unicodedata.combining(letter):
        return ""
    return letter if unicodedata.category(letter)[0] in "LMN" else " "


def folded(text: str) -> str:
    """A text as it is compared for being the same: not by capitals, spaces, or how a letter is put together."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def beginnings(name: str) -> list[str]:
    """A name from each of its words on, plain."""
    words = plain(name).split()
    return sorted({" ".join(words[number:])[:LONGEST] for number in range(min(len(words), WORDS))})


def after_all(beginning: str) -> str:
    """What stands behind every text that begins like this."""
    return beginning + "\U0010ffff"

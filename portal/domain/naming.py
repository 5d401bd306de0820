"""Names as they are compared: by what a person reads, not by capitals, spaces, or how a letter is put together."""

import unicodedata


def folded(text: str) -> str:
    """A text as it is compared. No database folds all letters alike, so this is done here."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

"""Numbers as people type them: with the digits of their keyboard, and the decimal sign of their language."""

import re

from flask_babel import get_locale

DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫−", "01234567890123456789.-", "\u200e\u200f\u061c")
ONE_COMMA = re.compile(r"([+-]?[0-9]+),([0-9]{1,2})", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+", re.ASCII)
GROUPED = re.compile(r"([+-]?[0-9]{1,3}(?:\.[0-9]{3})+|[+-]?[0-9]+),([0-9]+)", re.ASCII)


def in_digits(text: str) -> str:
    """The text with the digits 0 to 9, and a point where there was an Arabic decimal sign."""
    return text.translate(DIGITS).strip()


def with_point(text: str) -> str:
    """A number with a point for its decimal sign, as programs read it. What may mean two numbers stays as it was typed,
    and is none: 1.000 is a thousand to some, and one to others."""
    text = in_digits(text)
    if decimal_sign() == ",":
        if found := GROUPED.fullmatch(text):
            return f"{found[1].replace('.', '')}.{found[2]}"
        return text.replace(".", "’") if THOUSANDS.fullmatch(text) else text
    return ONE_COMMA.sub(r"\1.\2", text) if ONE_COMMA.fullmatch(text) else text


def as_written(number: str) -> str:
    """A number of a program as the reader of now writes it."""
    return number.replace(".", decimal_sign())


def decimal_sign() -> str:
    """What stands before the decimals in the language of now."""
    locale = get_locale()
    return locale.number_symbols["latn"]["decimal"] if locale is not None else "."

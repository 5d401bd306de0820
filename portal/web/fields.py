"""Fields that several forms share: words without control characters, and numbers that are exactly what was typed."""

import re
from collections.abc import Iterable
from decimal import Decimal

from flask_babel import gettext as _
from wtforms import DecimalField, EmailField, IntegerField, SelectChoice, StringField, TextAreaField
from wtforms.widgets import TextInput

from portal.domain import particulars
from portal.web.typed_numbers import as_written, in_digits, with_point

PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,12}", re.ASCII)


def options(pairs: Iterable[tuple]) -> list[SelectChoice]:
    """Choices of a field: (value, words)."""
    return [SelectChoice(str(value), words) for value, words in pairs]


class Words(StringField):
    """A line of text: trimmed, and without characters that no keyboard has."""

    lines = False

    def process_formdata(self, valuelist):
        text = valuelist[0].replace("\r\n", "\n").strip() if valuelist else ""
        self.data = text
        if not (text.replace("\n", "") if self.lines else text).isprintable():
            raise ValueError(_("There are characters in it that cannot be shown."))


class Paragraph(Words, TextAreaField):
    """Some lines of text."""

    widget = TextAreaField.widget
    lines = True


class Name(Words):
    """What somebody is called, in whatever script: one way of writing each letter, and nothing that is not seen or that
    upsets the lines of others."""

    def process_formdata(self, valuelist):
        self.data = particulars.tidy(valuelist[0]) if valuelist else ""
        if self.data and not particulars.can_be_called(self.data):
            raise ValueError(_("A name needs letters that can be seen, and no signs that turn the line around."))


class Email(Words, EmailField):
    """An e-mail address."""

    widget = EmailField.widget


class Number(DecimalField):
    """A number with a point and decimals, or without. No exponents, no infinity, nothing that is not a number.

    Typed as text: a browser's own field for numbers keeps what it does not understand to itself.
    """

    widget = TextInput()

    def __init__(self, label=None, validators=None, **more):
        super().__init__(label, validators, places=None, **more)

    def process_formdata(self, valuelist):
        text = with_point(valuelist[0]) if valuelist else ""
        self.data = None
        if text and not PLAIN_NUMBER.fullmatch(text):
            raise ValueError(_("A number is needed here, like 12 or 7.5."))
        if text:
            self.data = Decimal(text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else as_written(f"{Decimal(self.data).normalize():f}")


class Whole(IntegerField):
    """A whole number, typed as text."""

    widget = TextInput()

    def process_formdata(self, valuelist):
        text = in_digits(valuelist[0]) if valuelist else ""
        self.data = None
        if text and not WHOLE_NUMBER.fullmatch(text):
            raise ValueError(_("A whole number is needed here."))
        if text:
            self.data = int(text)

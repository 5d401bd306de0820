"""What WTForms says of fields, in our own words: those that come with it have another voice in every language."""

from flask import Flask
from flask_babel import ngettext
from flask_wtf import FlaskForm

from portal.extensions import babel
from portal.web.starter_words import N_

REQUIRED = N_("This field is required.")
OTHERS = (
    *(N_("Not a valid choice."), N_("Invalid Choice: could not coerce.")),
    *(N_("Not a valid date value."), N_("Not a valid time value."), N_("Not a valid integer value.")),
    *(N_("Not a valid decimal value."), N_("Invalid input.")),
    *(N_("Number must be at least %(min)s."), N_("Number must be at most %(max)s.")),
    N_("Number must be between %(min)s and %(max)s."),
    N_("Field must be between %(min)d and %(max)d characters long."),
)


def so_many(number: int) -> tuple[str, ...]:
    """The words that there are for one and for many, for the catalogues."""
    return (
        ngettext(
            "Field must be at least %(min)d character long.",
            "Field must be at least %(min)d characters long.",
            number,
            min=number,
        ),
        ngettext(
            "Field cannot be longer than %(max)d character.",
            "Field cannot be longer than %(max)d characters.",
            number,
            max=number,
        ),
        ngettext(
            "'%(value)s' is not a valid choice for this field.",
            "'%(value)s' are not valid choices for this field.",
            number,
            value="",
        ),
    )


class FormWords:
    """The catalogues as WTForms asks for them; it fills the places in the words by itself."""

    def gettext(self, text: str) -> str:
        """Words for one thing."""
        return babel.domain_instance.get_translations().ugettext(text)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Words for so many."""
        return babel.domain_instance.get_translations().ungettext(one, many, number)


WORDS = FormWords()


def register(_app: Flask) -> None:
    """Has all forms say it so."""
    FlaskForm.Meta.get_translations = lambda _meta, _form: WORDS

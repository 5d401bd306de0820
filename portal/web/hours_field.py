"""Hours as people write them, in any of our languages: 1.5, 1,5, ١٫٥, 1:30, 1h 30m, 90 Min."""

import re
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext as _
from wtforms import StringField

from portal.web.typed_numbers import in_digits

HUNDREDTH = Decimal("0.01")
HOUR = "(?:hours?|hrs?|h|std\\.?|stunden?|horas?|ساعات|ساعة|س)"
MINUTE = "(?:minutes?|minuten?|minutos?|min\\.?|m|دقائق|دقيقة|د)"
DECIMAL = re.compile(rf"([0-9]{{0,4}})[.,]?([0-9]{{0,6}})\s*{HOUR}?")
CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9])")
SPOKEN = re.compile(rf"(?:([0-9]{{1,4}})\s*{HOUR})?\s*(?:([0-9]{{1,4}})\s*{MINUTE})?")


def read_hours(text: str) -> Decimal | None:
    """'1.5', '1,5', '1:30', '1h 30m', '90 min' as 1.5; None for what is none of these. Minutes are rounded to
    hundredths of an hour."""
    text = in_digits(text).lower()
    if found := CLOCK.fullmatch(text) or (SPOKEN.fullmatch(text) if text else None):
        hours, minutes = (int(part or 0) for part in found.groups())
        return (hours + Decimal(minutes) / 60).quantize(HUNDREDTH, ROUND_HALF_UP)
    found = DECIMAL.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    return Decimal(f"{found[1] or 0}.{found[2] or 0}").normalize()


class HoursField(StringField):
    """Hours as people write them."""

    def process_formdata(self, valuelist):
        self.data = None
        text = valuelist[0] if valuelist else ""
        if text.strip():
            self.data = read_hours(text)
            if self.data is None:
                raise ValueError(_("Write it like 1.5, 1:30 or 1h 30m."))

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else ""

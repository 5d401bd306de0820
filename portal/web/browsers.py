"""A browser in words: 'Firefox on Linux'."""

from flask_babel import gettext as _

PROGRAMS = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Vivaldi", "Vivaldi")),
    *(("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
DEVICES = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows")),
    *(("Mac OS X", "Mac"), ("Macintosh", "Mac"), ("Linux", "Linux")),
)
"""What stands in the name that a browser gives itself, and what people call it; the first that fits."""


def in_words(agent: str) -> str:
    """A browser by the name that it gives itself."""
    program = next((name for mark, name in PROGRAMS if mark in agent), None)
    device = next((name for mark, name in DEVICES if mark in agent), None)
    if program and device:
        return _("%(program)s on %(device)s", program=program, device=device)
    return program or device or _("Some browser")

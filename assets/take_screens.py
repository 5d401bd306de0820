"""Takes the pictures in docs/screens/ from a demonstration: phone and desk, light and dark, television.

python assets/take_screens.py [NAME ...]     all of them, or those whose names begin so
Needs Chromium, and pngquant to keep them small.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("LAURELS_INSTANCE", tempfile.mkdtemp(prefix="laurels-screens-"))

from playwright.sync_api import Browser, Page  # noqa: E402
from sqlalchemy import update  # noqa: E402

from portal.domain.displays import Display  # noqa: E402
from portal.extensions import db  # noqa: E402
from tests.browser.house import DESK, PHONE, TELEVISION, House, chromium, running  # noqa: E402
from tests.browser.places import PLACES, TELEVISIONS, Place, signposts  # noqa: E402

SCREENS = ROOT / "docs" / "screens"
TALLEST = 2600
"""Pixels; of a longer page the picture shows the beginning."""
LANGUAGES = ("de", "ar")
IN_ALL_LANGUAGES = ("dashboard", "leaderboard")
"""Pages that are also taken with long words, and from the right."""


def main(names: list[str]) -> None:
    """Takes the pictures whose names begin with one of these; all, if there are none."""
    begun = time.time()
    wanted = [one for one in PLACES if not names or one.name.startswith(tuple(names))]
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as house, chromium() as browser:
        posts = signposts(house)
        for scheme in ("light", "dark"):
            for place in wanted:
                for size in (PHONE, DESK):
                    take(house, browser, place, posts, size, scheme)
        for place in TELEVISIONS:
            if not names or place.name.startswith(tuple(names)):
                take_television(house, browser, place, posts)
        for language in LANGUAGES:
            for place in wanted:
                if place.name in IN_ALL_LANGUAGES:
                    for size in (PHONE, DESK):
                        take(house, browser, place, posts, size, "light", language)
            speak(house, language)
            for place in TELEVISIONS:
                if place.name == "tv" and (not names or place.name.startswith(tuple(names))):
                    take_television(house, browser, place, posts, language)
    squeeze([one for one in sorted(SCREENS.glob("*.png")) if one.stat().st_mtime >= begun])


def take(
    house: House, browser: Browser, place: Place, posts: dict, size: dict, scheme: str, language: str = ""
) -> None:
    """One page on one screen, by day or by night."""
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    if place.who:
        house.invite(context, place.who)
    if language:
        context.add_cookies([{"name": "language", "value": language, "url": house.address}])
    page = context.new_page()
    if place.first:
        place.first(house)
    page.goto(house.address + place.path.format(**posts), wait_until="networkidle" if place.first is None else "load")
    if place.then:
        place.then(page)
    shoot(page, f"{place.name}-{size['width']}-{scheme}{language and '-'}{language}", size)
    context.close()


def speak(house: House, language: str) -> None:
    """Gives every display another language."""
    with house.app.app_context():
        db.session.execute(update(Display).values(language=language))
        db.session.commit()
        db.session.remove()
    time.sleep(2)  # what is drawn follows within a second


def take_television(house: House, browser: Browser, place: Place, posts: dict, language: str = "") -> None:
    """The screen in the hall."""
    context = browser.new_context(viewport=TELEVISION)
    page = context.new_page()
    page.goto(house.address + place.path.format(**posts), wait_until="load")
    if place.then:
        place.then(page)
    page.wait_for_timeout(500)
    page.screenshot(path=SCREENS / f"{place.name}-1920{language and '-'}{language}.png")
    context.close()


def shoot(page: Page, name: str, size: dict) -> None:
    """The page in full, as far as that is good to look at."""
    page.evaluate("document.fonts.ready")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(height, TALLEST))})
    page.wait_for_timeout(100)
    page.screenshot(path=SCREENS / f"{name}.png")


def squeeze(pictures: list[Path]) -> None:
    """Makes the files small, where pngquant is there."""
    if pngquant := shutil.which("pngquant"):
        for start in range(0, len(pictures), 50):
            part = pictures[start : start + 50]
            subprocess.run([pngquant, "--force", "--ext", ".png", "--skip-if-larger", "128", *part], check=False)


if __name__ == "__main__":
    main(sys.argv[1:])

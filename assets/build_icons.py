"""Gathers the icons that Laurels uses into two sprites, from the npm package lucide-static.

    python assets/build_icons.py node_modules

icons.svg is for pages; medal-icons.svg is read by portal/web/medals.py, and shown only where one
chooses an icon. The laurel (the brand's mark) is our own drawing and is filled; all others are strokes.
"""

import math
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "static"
ON_MEDALS = """
    anchor baby bike bird book-open calendar-heart clipboard-check flag flame footprints
    globe hand-heart heart heart-handshake hourglass layers leaf lightbulb mountain music
    paw-print soup sprout star sun tree-pine trophy users waves wrench
""".split()
ON_PAGES = """
    arrow-down arrow-left arrow-right arrow-up bell calendar check chevron-down circle-alert
    clock download eye eye-off history house info key-round list-ordered list-checks log-out
    mail medal monitor moon pencil plus search settings share-2 trash-2 undo-2 upload user
    user-plus users sun trophy wifi-off x gift target
""".split()
HEAD = """<svg xmlns="http://www.w3.org/2000/svg">
<!-- Icons: Lucide, ISC and MIT licences, see icons-LICENSE.txt. The laurel is ours. -->
"""


def symbol(packages: Path, name: str) -> str:
    """Returns one icon as a symbol on Lucide's 24 unit grid."""
    text = (packages / "lucide-static" / "icons" / f"{name}.svg").read_text()
    inside = re.search(r"<svg[^>]*>(.*)</svg>", text, re.S).group(1)
    shapes = re.sub(r"\s*\n\s*", "", inside).replace(" />", "/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>\n'


def laurel() -> str:
    """Returns the brand's mark as a symbol that takes the colour of the text."""
    return f'<symbol id="laurel" viewBox="0 0 24 24"><g fill="currentColor" stroke="none">{branches()}</g></symbol>\n'


def branches() -> str:
    """Draws two branches of six leaves, open at the top and at the foot."""
    leaf = '<path d="M-2.5.3C-2-1.9 1-2.6 2.7-.9 2.3 1.7-.9 2.5-2.5.3Z" transform="{}"/>'
    return "".join(leaf.format(leaf_place(side, step)) for side in (1, -1) for step in range(6))


def leaf_place(side: int, step: int) -> str:
    """Says where the nth leaf of a branch sits; the branches rise from the foot."""
    angle = math.radians(90 - (32 + step * 25.5))
    x, y = 12 + 9 * math.cos(angle), 12 + 9 * math.sin(angle)
    mirror = "" if side > 0 else "matrix(-1 0 0 1 24 0) "
    return f"{mirror}translate({x:.2f} {y:.2f}) rotate({math.degrees(angle) - 76:.1f})"


def main() -> None:
    """Writes both sprites, the favicon and the licence."""
    packages = Path(sys.argv[1])
    write("icons.svg", laurel() + "".join(symbol(packages, name) for name in sorted(ON_PAGES)))
    write("medal-icons.svg", "".join(symbol(packages, name) for name in sorted(ON_MEDALS)))
    (HERE / "favicon.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g fill="#1F5B3A">{branches()}</g></svg>\n'
    )
    licence = (packages / "lucide-static" / "LICENSE").read_text()
    (HERE / "icons-LICENSE.txt").write_text(licence)


def write(name: str, symbols: str) -> None:
    """Writes one sprite."""
    (HERE / name).write_text(f"{HEAD}{symbols}</svg>\n")


if __name__ == "__main__":
    main()

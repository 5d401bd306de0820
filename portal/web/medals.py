"""Draws medals as SVG: the category gives the shape, the rarity the metal, a colour the enamel.

Everything is drawn in a box of 100 x 100 with presentation attributes only, so that the strictest
Content-Security-Policy holds and a downloaded medal looks as it does in a page. The icon's strokes
are copied from the sprite into the medal for the same reason.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup, escape

from .enamel import Enamel, enamel
from .medal_shapes import RAYS, SHAPES, SHEEN, dial, polar, wreath

SPRITE = Path(__file__).resolve().parents[2] / "static" / "medal-icons.svg"
CREAM = "#FFF8E6"
SMALL_BELOW, LARGE_ABOVE = 44, 150

ICON_OF_CATEGORY = {
    "time": "hourglass",
    "projects": "flag",
    "skills": "lightbulb",
    "training": "book-open",
    "leadership": "sprout",
    "special": "star",
}
ICON_OF_STARTER = {
    1: "footprints",
    2: "hand-heart",
    3: "hourglass",
    4: "heart-handshake",
    5: "flag",
    6: "layers",
    7: "lightbulb",
    8: "wrench",
    9: "clipboard-check",
    10: "book-open",
    11: "sprout",
    12: "flame",
    13: "calendar-heart",
}
ICONS_TO_CHOOSE = (
    *("footprints", "hand-heart", "hourglass", "heart-handshake", "flag", "layers", "lightbulb"),
    *("wrench", "clipboard-check", "book-open", "sprout", "flame", "calendar-heart", "tree-pine"),
    *("bird", "sun", "mountain", "soup", "bike", "anchor", "music"),
    *("baby", "waves", "star", "heart", "trophy", "users", "paw-print"),
    *("leaf", "globe"),
)


@dataclass(frozen=True)
class Metal:
    """The tones of a rim, and how it is built: strokes outward from the enamel, in units."""

    highlight: str
    body: str
    dark: str
    second: str
    rim: float
    gems: bool = False


METALS = {
    "common": Metal("#B98A5E", "#7A5232", "#4F331D", "#936A44", 6.2),
    "rare": Metal("#F4F6F4", "#B3BCBA", "#6F7A79", "#D9DFDC", 8.2),
    "epic": Metal("#FBE7A6", "#D3A037", "#8A5F14", "#EFCB6B", 7.8, gems=True),
    "legendary": Metal("#FFF0B8", "#DCA93C", "#8F6112", "#F6D67C", 7.4, gems=True),
}


def medal_svg(
    *, category: str, rarity: str, color: str, icon: str | None = None, size: int = 200, title: str = ""
) -> str:
    """Returns a medal as an SVG document of its own, `size` pixels wide, for a download."""
    name = f"<title>{escape(title)}</title>" if title else ""
    inside = held_medal(category, rarity, color, icon, size < SMALL_BELOW, "medal")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}"'
        f' viewBox="0 0 100 100" role="img">{name}{inside}</svg>'
    )


def drawn_medal(badge, size: int = 64, held: bool = True, share: float | None = None, uid: str = "medal") -> Markup:
    """Returns what belongs inside a page's `<svg viewBox="0 0 100 100">`, as the filter `drawn_medal`.

    `badge` has category, rarity, color and icon; `share` is 0..1; `uid` is unique on the page.
    """
    if not held:
        return Markup(open_medal(badge.category, badge.icon, share, size))  # noqa: S704 - drawn here from known words
    small = size < SMALL_BELOW
    return Markup(held_medal(badge.category, badge.rarity, badge.color, badge.icon, small, uid))  # noqa: S704


@lru_cache(maxsize=1024)
def held_medal(category: str, rarity: str, color: str, icon: str | None, small: bool, uid: str) -> str:
    """Draws a medal that somebody holds: wreath, shadow, rim, enamel, gems, icon."""
    category, metal = known_category(category), METALS.get(rarity, METALS["common"])
    glaze, uid = enamel(color), re.sub(r"[^\w-]", "", uid)
    scale = 0.99 if category in ("leadership", "special") else 1.03
    layers = [definitions(category, metal, glaze, uid)]
    body = [rim(rarity, metal, glaze, small, uid)]
    body.append(f'<use href="#{uid}-p" fill="url(#{uid}-e)" stroke="{glaze.deep}"/>')
    if not small:
        body.append(details(category, metal, glaze, uid))
    body.append(icon_on_medal(known_icon(icon, category), category, glaze, small))
    if rarity == "legendary":
        layers.append(wreath(small))
        scale *= 0.86 if small else 0.82
    return "".join(layers) + zoomed("".join(body), scale)


def definitions(category: str, metal: Metal, glaze: Enamel, uid: str) -> str:
    """Defines the outline, the metal, its reverse for the inner lip, and the enamel."""
    stops = ((0, metal.highlight), (42, metal.body), (58, metal.second), (100, metal.dark))
    run = "".join(f'<stop offset="{at}%" stop-color="{tone}"/>' for at, tone in stops)
    lip = "".join(f'<stop offset="{100 - at}%" stop-color="{tone}"/>' for at, tone in stops[::-1])
    line = 'gradientUnits="userSpaceOnUse" x1="18" y1="8" x2="80" y2="94"'
    glow = (
        f'<stop stop-color="{glaze.lit}"/><stop offset="55%" stop-color="{glaze.body}"/>'
        f'<stop offset="100%" stop-color="{glaze.shaded}"/>'
    )
    return (
        f'<defs><linearGradient id="{uid}-m" {line}>{run}</linearGradient>'
        f'<linearGradient id="{uid}-l" {line}>{lip}</linearGradient>'
        f'<radialGradient id="{uid}-e" gradientUnits="userSpaceOnUse" cx="40" cy="30" r="62">'
        f'{glow}</radialGradient><path id="{uid}-p" d="{SHAPES[category]}"/>'
        f'<clipPath id="{uid}-c"><use href="#{uid}-p"/></clipPath></defs>'
    )


def rim(rarity: str, metal: Metal, glaze: Enamel, small: bool, uid: str) -> str:
    """Draws the rim by stroking the enamel's own path, so that every line runs parallel to it."""
    lines = [(metal.dark, metal.rim + 0.3), (f"url(#{uid}-m)", metal.rim - 0.3)]
    if rarity == "rare":
        lines += [(glaze.deep, 5.2), (f"url(#{uid}-l)", 2.5)]
    elif not small:
        lines.append((f"url(#{uid}-l)", 1.7))
    drawn = "".join(f'<use href="#{uid}-p" stroke="{paint}" stroke-width="{2 * reach:.1f}"/>' for paint, reach in lines)
    shadow = "" if small else cast_shadow(metal, uid)
    return f'{shadow}<g fill="none" stroke-linejoin="round">{drawn}</g>'


def cast_shadow(metal: Metal, uid: str) -> str:
    """Draws the rim again, a little lower, as a soft dark shape."""
    width = 2 * metal.rim + 0.6
    return (
        f'<use href="#{uid}-p" transform="translate(0 2.2)" fill="#1B2A21"'
        f' stroke="#1B2A21" stroke-width="{width:.1f}" stroke-linejoin="round" opacity=".22"/>'
    )


def details(category: str, metal: Metal, glaze: Enamel, uid: str) -> str:
    """Draws what is too fine for a small medal: rays or a dial, the sheen, the gems."""
    pattern = dial(metal.highlight) if category == "time" else RAYS
    gems = gemstones(category, metal, glaze) if metal.gems else ""
    return f'<g clip-path="url(#{uid}-c)">{pattern}{SHEEN}</g>{gems}'


def gemstones(category: str, metal: Metal, glaze: Enamel) -> str:
    """Sets gems into the middle of a golden rim, each with its spark."""
    stones = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in seats(category, metal))
    sparks = "".join(f'<circle cx="{x - 0.8:.1f}" cy="{y - 0.8:.1f}" r=".8"/>' for x, y in seats(category, metal))
    return (
        f'<g fill="{glaze.deep}" stroke="{metal.dark}" stroke-width=".8">{stones}</g>'
        f'<g fill="#fff" opacity=".9">{sparks}</g>'
    )


def seats(category: str, metal: Metal) -> list[tuple[float, float]]:
    """Says where the gems sit: half a rim outside the enamel, on its corners first."""
    out = metal.rim / 2
    if category == "training":
        return [(50, 15.5 - out), (80 + out, 26), (80 + out, 52), (50, 86 + out), (20 - out, 52), (20 - out, 26)]
    count, far, near = {
        "projects": (6, 34.5, 34.5),
        "skills": (8, 33.5, 28),
        "leadership": (8, 37.3, 37.3),
        "special": (8, 36.8, 36.8),
    }.get(category, (8, 33, 33))
    return [polar((far if step % 2 == 0 else near) + out, 360 * step / count - 90) for step in range(count)]


def icon_on_medal(icon: str, category: str, glaze: Enamel, small: bool) -> str:
    """Draws the icon in cream above a copy in the deep enamel, as if it stood out a little."""
    side = 40 if small else 30 if category == "time" else 33
    weight = 2.5 if small else 2
    copies = ((1.0, glaze.deep), (0.0, CREAM))
    return "".join(strokes(icon, side, lower, paint, weight) for lower, paint in copies)


def strokes(icon: str, side: float, lower: float, paint: str, weight: float) -> str:
    """Places an icon's strokes in the middle of the box."""
    corner, scale = 50 - side / 2, side / 24
    return (
        f'<g transform="translate({corner:.1f} {corner + lower:.1f}) scale({scale:.3f})"'
        f' fill="none" stroke="{paint}" stroke-width="{weight}" stroke-linecap="round"'
        f' stroke-linejoin="round">{icon_shapes()[icon]}</g>'
    )


def open_medal(category: str, icon: str | None, share: float | None, size: int) -> str:
    """Draws a medal that is not held yet: the outline on paper with a ring of progress.

    The classes let the stylesheet choose the colours of day or night.
    """
    category = known_category(category)
    edge, dots, track, done = ring_weights(size)
    shape = SHAPES[category]
    drawing = f'<path d="{shape}" class="medal-paper" stroke-width="{edge}"/>'
    if size >= SMALL_BELOW:
        inner = zoomed(f'<path d="{shape}" class="medal-dots" stroke-width="{dots}"/>', 0.86)
        drawing += inner
    icon_side, weight = (40, 2.5) if size < SMALL_BELOW else (33, 2)
    drawing += mark(known_icon(icon, category), icon_side, weight)
    return ring(share, track, done) + zoomed(drawing, 0.96)


def ring_weights(size: int) -> tuple[float, float, float, float]:
    """Returns the widths of outline, dots, track and progress for a size in pixels."""
    if size > LARGE_ABOVE:
        return 1, 1, 1.5, 2.2
    return (1.8, 1, 2.4, 3.2) if size >= SMALL_BELOW else (2.4, 1, 3, 4.2)


def mark(icon: str, side: float, weight: float) -> str:
    """Draws the icon of an open medal in the page's third voice."""
    return strokes(icon, side, 0, "currentColor", weight).replace("<g ", '<g class="medal-mark" ', 1)


def ring(share: float | None, track: float, done: float) -> str:
    """Draws progress clockwise from twelve o'clock; none when there is nothing to measure."""
    around = 2 * math.pi * 47
    circle = '<circle cx="50" cy="50" r="47" class="{}" stroke-width="{}"{}/>'
    drawn = circle.format("medal-track", track, "")
    if share and share > 0:
        dashes = f"{min(share, 1) * around:.1f} {around:.1f}"
        turned = f' stroke-dasharray="{dashes}" transform="rotate(-90 50 50)"'
        drawn += circle.format("medal-done", done, turned)
    return drawn


@lru_cache(maxsize=1)
def icon_shapes() -> dict[str, str]:
    """Reads the sprite once: the shapes inside each symbol, by name."""
    found = re.findall(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>', SPRITE.read_text())
    return dict(found)


def known_category(category: str) -> str:
    """Returns the category, or special for one that has no shape."""
    return category if category in SHAPES else "special"


def known_icon(icon: str | None, category: str) -> str:
    """Returns the icon if there is one of that name, else the one of its category."""
    return icon if icon in ICONS_TO_CHOOSE else ICON_OF_CATEGORY[category]


def zoomed(drawing: str, scale: float) -> str:
    """Scales a drawing about the middle of the box."""
    shift = 50 * (1 - scale)
    return f'<g transform="translate({shift:.2f} {shift:.2f}) scale({scale:.4g})">{drawing}</g>'

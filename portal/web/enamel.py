"""Turns any stored colour into the deep enamel of a medal, by way of OKLCH.

Whatever colour somebody chooses, the enamel is dark enough for a cream icon and never competes
with the gold of the rim.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

FALLBACK = "#4CAF50"
GREENS, AMBERS = (110, 170), (48, 110)


@dataclass(frozen=True)
class Enamel:
    """The four tones of one enamel, as `#rrggbb`: lit, body, shaded, and deep (grooves, gems)."""

    lit: str
    body: str
    shaded: str
    deep: str


@lru_cache(maxsize=512)
def enamel(color: str) -> Enamel:
    """Returns the tones for a stored `#rrggbb`; anything else gets the house green."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color or ""):
        color = FALLBACK
    lightness, chroma, hue = fired(*to_oklch(color))
    tones = [lightness + step for step in (0.10, 0, -0.10, -0.17)]
    return Enamel(*(to_hex(tone, chroma, hue) for tone in tones))


def fired(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Darkens and calms a colour; orange and yellow turn to vermilion, so that gold stays gold."""
    if AMBERS[0] <= hue < AMBERS[1] and chroma > 0.04:
        return 0.52, 0.14, hue - 16
    most = 0.088 if GREENS[0] <= hue < GREENS[1] else 0.108
    return min(max(0.66 * lightness, 0.33), 0.52), min(chroma, most), hue


def to_oklch(color: str) -> tuple[float, float, float]:
    """Converts `#rrggbb` to lightness 0..1, chroma, and hue in degrees."""
    red, green, blue = (to_linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def to_hex(lightness: float, chroma: float, hue: float) -> str:
    """Converts OKLCH to `#rrggbb`; what lies outside sRGB is clipped."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * from_linear(channel)):02x}" for channel in channels)


def to_linear(channel: float) -> float:
    """Undoes the sRGB curve for one channel, 0..1."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def from_linear(channel: float) -> float:
    """Applies the sRGB curve to one channel and keeps it within 0..1."""
    channel = min(max(channel, 0.0), 1.0)
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055

"""The geometry of medals: outlines, rays, the dial, the laurel, in a box of 100 x 100 about (50, 50).

A category has one outline; every rim is that outline, stroked, so that its lines run parallel.
"""

import math
from functools import lru_cache


def polar(radius: float, degrees: float) -> tuple[float, float]:
    """Returns the point at an angle from three o'clock, clockwise, about the middle."""
    angle = math.radians(degrees)
    return 50 + radius * math.cos(angle), 50 + radius * math.sin(angle)


def rounded(points: list[tuple[float, float]], cut: float) -> str:
    """Returns a closed path through points whose corners begin `cut` units before them."""
    steps = []
    for index, corner in enumerate(points):
        before, after = points[index - 1], points[(index + 1) % len(points)]
        start, end = towards(corner, before, cut), towards(corner, after, cut)
        steps.append(f"{start} Q{corner[0]:.2f} {corner[1]:.2f} {end}")
    return "M" + "L".join(steps) + "Z"


def towards(here: tuple[float, float], there: tuple[float, float], distance: float) -> str:
    """Returns the point so far along the way from here to there, as path data."""
    part = distance / math.dist(here, there)
    return " ".join(f"{a + (b - a) * part:.2f}" for a, b in zip(here, there, strict=True))


def corners(count: int, far: float, near: float) -> list[tuple[float, float]]:
    """Returns points around the middle from twelve o'clock, alternately far and near."""
    return [polar(near if step % 2 else far, 360 * step / count - 90) for step in range(count)]


SHAPES = {
    "time": "M50 17A33 33 0 1 1 50 83A33 33 0 1 1 50 17Z",
    "projects": rounded(corners(6, 36.5, 36.5), 7),
    "skills": rounded(corners(4, 39.5, 39.5), 17),
    "training": "M50 15.5C57.5 20.5 66 22.6 76.6 22.9Q80 23 80 26.4V46C80 65 68 77.5 50 86"
    "C32 77.5 20 65 20 46V26.4Q20 23 23.4 22.9C34 22.6 42.5 20.5 50 15.5Z",
    "leadership": rounded(corners(16, 38.5, 31), 4),
    "special": rounded(corners(32, 37.5, 32), 2),
}


def spokes(count: int, inner: float, outer: float) -> str:
    """Returns a path of straight lines from an inner to an outer circle."""
    ends = ((polar(inner, 360 * n / count), polar(outer, 360 * n / count)) for n in range(count))
    return "".join(f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}" for a, b in ends)


RAYS = (
    '<circle cx="50" cy="50" r="32.5" fill="none" stroke="#fff" stroke-width="27"'
    ' stroke-dasharray=".72 3.5342" stroke-dashoffset=".36" opacity=".1"/>'
)
SHEEN = '<ellipse cx="34" cy="31" rx="34" ry="22" transform="rotate(-38 34 31)" fill="#fff" opacity=".08"/>'


def dial(tone: str) -> str:
    """Draws the bezel of a time medal: sixty marks, each fifth longer and stronger."""
    gap = 2 * math.pi * 28.9 / 60
    minutes = (
        f'<circle cx="50" cy="50" r="28.9" stroke-width="3.4" stroke-dashoffset=".35"'
        f' stroke-dasharray=".7 {gap - 0.7:.3f}" opacity=".62"/>'
    )
    hours = f'<path d="{spokes(12, 25.9, 30.1)}" stroke-width="1.3" stroke-linecap="round"/>'
    return f'<g fill="none" stroke="{tone}">{minutes}{hours}</g>'


LEAF = "M0 0C1.6-3.5 6.6-4.6 11-2.2 9 2.6 4 4 0 0Z"
SMALL_LEAF = "M0 0C2-5.5 9-7 15-3.4 12.4 3.6 5.4 5.6 0 0Z"


@lru_cache(maxsize=2)
def wreath(small: bool) -> str:
    """Draws the laurel around a legendary medal: two branches, tied at the foot."""
    branch = small_branch() if small else full_branch()
    tie = (
        ""
        if small
        else (
            '<path d="M44.5 95.6L56 90.6M55.5 95.6L44 90.6" stroke-width="1.3" stroke-linecap="round"/>'
            '<rect x="46.9" y="89.8" width="6.2" height="4.4" rx="1.4" fill="#C08E2C"/>'
        )
    )
    return (
        f'<g stroke="#8F6112" stroke-width=".5" stroke-linejoin="round">{branch}'
        f'<g transform="matrix(-1 0 0 1 100 0)">{branch}</g>{tie}</g>'
    )


def full_branch() -> str:
    """Draws the right branch: outer leaves behind, the stem, inner leaves before it."""
    outer = leaves(LEAF, [19 + 15.2 * n for n in range(8)], tilt=34, radius=42.4)
    inner = leaves(LEAF, [13 + 16 * n for n in range(9)], tilt=-24, radius=41.8)
    start, end = polar(42, 86), polar(42, -52)
    stem = (
        f'<path d="M{start[0]:.1f} {start[1]:.1f}A42 42 0 0 0 {end[0]:.1f} {end[1]:.1f}" fill="none" stroke-width="1"/>'
    )
    return f'<g fill="#B98622">{outer}</g>{stem}<g fill="#DCA93C">{inner}</g>'


def small_branch() -> str:
    """Draws the right branch for small medals: six single leaves."""
    single = leaves(SMALL_LEAF, [10 + 23 * n for n in range(6)], tilt=4, radius=42.5)
    return f'<g fill="#D3A037">{single}</g>'


def leaves(leaf: str, angles: list[float], *, tilt: float, radius: float) -> str:
    """Places leaves up the right branch; angles count from the foot, a positive tilt points out."""
    placed = []
    for angle in angles:
        x, y = polar(radius, 90 - angle)
        turn = -angle + tilt
        flip = " scale(1 -1)" if tilt < 0 else ""
        placed.append(f'<path d="{leaf}" transform="translate({x:.1f} {y:.1f}) rotate({turn:.1f}){flip}"/>')
    return "".join(placed)

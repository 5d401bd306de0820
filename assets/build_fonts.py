"""Cuts the two typefaces down to what Laurels shows, from the npm packages of Fontsource.

    python assets/build_fonts.py node_modules

Needs fonttools and brotli. Fraunces keeps one axis (weight) and gains tabular figures, which the
packaged file has lost; Hanken Grotesk is thinned to the weights in use.
"""

import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import _g_l_y_f as glyf_table
from fontTools.ttLib.tables.TupleVariation import TupleVariation
from fontTools.varLib import instancer

HERE = Path(__file__).resolve().parent.parent / "static" / "fonts"
ALPHABETS = ("latin", "latin-ext", "vietnamese")
# Letters have their accents built in, and no fraction is set: what would place and draw them is left out.
FEATURES = ["kern", "liga", "locl", "tnum"]
# Hardly any text needs these; they come from the fallback, and the first view is 7 KB lighter.
HARDLY_USED = set(map(ord, "\\^`{|}~¢¤¥¦ª¬¯²³µ¶¸¹º¼½¾ˆ˚˜‚′″⁄∕")) | {0x300, 0x301, 0x303, 0x304, 0x308}
# The letters of Europe's languages, apart from those that almost no name has.
EUROPE = {*range(0x100, 0x180), *range(0x218, 0x21C), 0x18F, 0x259}
DIGITS = "zero one two three four five six seven eight nine".split()
FACES = {
    "fraunces": ("fraunces-{}-full-normal.woff2", {"opsz": 72, "SOFT": 60, "WONK": 0, "wght": (420, 620)}),
    "hanken-grotesk": ("hanken-grotesk-{}-wght-normal.woff2", {"wght": (400, 700)}),
}


def add_tabular_figures(font: TTFont, lightest: TTFont) -> None:
    """Adds ten digits of one width as components of the real ones, reached by `tnum`."""
    metrics, glyphs, order = font["hmtx"], font["glyf"], font.getGlyphOrder()
    wide, wide_light = figure_width(font), figure_width(lightest)
    names = [f"{digit}.tnum" for digit in DIGITS]
    font.setGlyphOrder(order + names)
    for digit, name in zip(DIGITS, names, strict=True):
        advance, bearing = metrics[digit]
        shift = (wide - advance) // 2
        shift_light = (wide_light - lightest["hmtx"][digit][0]) // 2
        glyphs.glyphs[name] = centred(digit, shift)
        glyphs.glyphOrder = font.getGlyphOrder()
        metrics[name] = (wide, bearing + shift)
        moves = [(shift_light - shift, 0), (0, 0), (wide_light - wide, 0), (0, 0), (0, 0)]
        font["gvar"].variations[name] = [TupleVariation({"wght": (-1.0, -1.0, 0.0)}, moves)]
    del font["HVAR"]  # widths then follow from gvar, for the old digits and the new ones
    pairs = "\n".join(f"sub {digit} by {digit}.tnum;" for digit in DIGITS)
    addOpenTypeFeaturesFromString(font, f"feature tnum {{\n{pairs}\n}} tnum;", tables=["GSUB"])


def figure_width(font: TTFont) -> int:
    """Says how wide a tabular figure is: the widest but the zero, which has room to give."""
    return max(font["hmtx"][digit][0] for digit in DIGITS[1:]) + 20


def centred(digit: str, shift: int) -> glyf_table.Glyph:
    """Draws a digit again, moved to the middle of a wider box."""
    part = glyf_table.GlyphComponent()
    part.glyphName, part.x, part.y, part.flags = digit, shift, 0, 0x0006 | 0x0200
    glyph = glyf_table.Glyph()
    glyph.numberOfContours, glyph.components = -1, [part]
    return glyph


def thinned(font: TTFont, letters: set[int]) -> TTFont:
    """Drops hints and the names that no browser reads."""
    for glyph in font.getGlyphOrder():
        if glyph not in font["gvar"].variations:
            font["gvar"].variations[glyph] = []
    options = subset.Options(
        layout_features=FEATURES,
        hinting=False,
        notdef_outline=True,
        glyph_names=False,
        name_IDs=[0, 1, 2, 13, 14, 25],
        flavor="woff2",
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)
    return font


def cut(packages: Path, face: str, alphabet: str) -> list[Path]:
    """Writes the WOFF2 files of one alphabet beside this script and returns their paths."""
    pattern, axes = FACES[face]
    source = packages / "@fontsource-variable" / face / "files" / pattern.format(alphabet)
    font = instancer.instantiateVariableFont(TTFont(source), axes)
    if face == "fraunces" and alphabet == "latin":
        lightest = instancer.instantiateVariableFont(TTFont(source), axes | {"wght": 420})
        add_tabular_figures(font, lightest)
    return [
        saved(font, f"{face}-{part}", letters)
        for part, letters in parts(face, alphabet, set(font.getBestCmap())).items()
    ]


def parts(face: str, alphabet: str, letters: set[int]) -> dict[str, set[int]]:
    """Says which letters go into which file."""
    if alphabet == "latin":
        return {alphabet: letters - HARDLY_USED}
    if alphabet == "latin-ext":
        return {alphabet: letters & EUROPE, "latin-rare": letters - EUROPE}
    return {alphabet: letters}


def saved(font: TTFont, name: str, letters: set[int]) -> Path:
    """Writes one file with just these letters; the font itself stays whole."""
    whole = io.BytesIO()
    font.flavor = None
    font.save(whole)
    part = thinned(TTFont(whole), letters)
    part.flavor = "woff2"
    part.save(HERE / f"{name}.woff2")
    return HERE / f"{name}.woff2"


def main() -> None:
    """Builds every face in every alphabet and copies the licences."""
    packages = Path(sys.argv[1])
    for face in FACES:
        licence = packages / "@fontsource-variable" / face / "LICENSE"
        (HERE / f"{face}-OFL.txt").write_text(licence.read_text())
        for alphabet in ALPHABETS:
            for path in cut(packages, face, alphabet):
                print(f"{path.stat().st_size:7,} {path.name}")


if __name__ == "__main__":
    main()

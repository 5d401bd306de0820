"""Whatever somebody sends, what is kept is a small square with nothing else in it; or nothing."""

import struct
import zlib

import pytest
from PIL import Image

from portal.domain import portraits
from portal.domain.refusals import FieldRefused
from tests.faces import TOP_IS_RIGHT, colour, face, opened, saved, told

pytestmark = pytest.mark.usefixtures("sqlite_session")


def refusal(file: bytes) -> str:
    with pytest.raises(FieldRefused) as error:
        portraits.drawn(file)
    assert error.value.field == "picture"
    return str(error.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1, 1), (1, 900), (3000, 2000)])
def test_a_picture_becomes_two_squares(kind, size):
    found = portraits.drawn(face(kind, size))
    for content, side in ((found.small, 96), (found.large, 320)):
        assert (opened(content).format, opened(content).size) == ("WEBP", (side, side))
    assert len(found.small) < 6_000
    assert len(found.large) < 24_000


def test_the_middle_is_kept():
    found = portraits.drawn(face(size=(900, 300)))
    assert [colour(found.large, x, 0.5) for x in (0.1, 0.9)] == ["red", "blue"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_stands_upright_however_the_camera_was_held(kind):
    found = portraits.drawn(face(kind, exif=told(TOP_IS_RIGHT)))
    for content in (found.small, found.large):
        assert [colour(content, 0.5, y) for y in (0.1, 0.9)] == ["red", "blue"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_and_by_whom_it_was_taken_is_gone(kind):
    file = face(kind, exif=told(), icc_profile=b"zyxprofile" * 20)
    assert b"Zyxartist" in file
    found = portraits.drawn(file)
    for content in (found.small, found.large):
        assert b"zyx" not in content.lower()
        assert dict(opened(content).getexif()) == {}
        assert {b"EXIF", b"ICCP", b"XMP "} & {content[at : at + 4] for at in range(len(content))} == set()


@pytest.mark.parametrize(
    ("mode", "kind", "colours"),
    [
        ("L", "PNG", ["dark", "dark"]),
        ("P", "PNG", ["red", "blue"]),
        ("CMYK", "JPEG", ["red", "blue"]),
        ("YCbCr", "JPEG", ["red", "blue"]),
    ],
)
def test_colours_of_every_kind_are_read(mode, kind, colours):
    found = portraits.drawn(face(kind, mode=mode))
    assert [colour(found.large, x, 0.5) for x in (0.1, 0.9)] == colours


def test_deep_and_see_through_pictures_are_read():
    assert portraits.drawn(saved(Image.new("I;16", (50, 50), 60_000), "PNG"))
    clear = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    for kind in ("PNG", "WEBP"):
        assert colour(portraits.drawn(saved(clear, kind)).large, 0.5, 0.5) == "light"
    palette = Image.new("P", (60, 60), 0)
    assert colour(portraits.drawn(saved(palette, "PNG", transparency=0)).large, 0.5, 0.5) == "light"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_one_is_kept(kind):
    red, blue = (Image.new("RGB", (100, 100), one) for one in ("#c02020", "#2040c0"))
    file = saved(red, kind, save_all=True, append_images=[blue] * 3, duration=50)
    found = portraits.drawn(file)
    assert colour(found.large, 0.5, 0.5) == "red"
    assert getattr(opened(found.large), "n_frames", 1) == 1


def test_the_name_changes_with_what_is_on_it_and_with_nothing_else():
    one, same, other = (portraits.drawn(file).name for file in (face(), face(exif=told()), face(mode="L")))
    assert one == same != other
    assert len(one) == 32


def test_what_hangs_on_behind_a_picture_is_gone():
    hostile = b"PK\x03\x04<script>zyx</script><?php zyx"
    for kind in ("JPEG", "PNG", "WEBP"):
        found = portraits.drawn(face(kind) + hostile)
        assert b"zyx" not in found.small + found.large


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
GIF, BMP, TIFF = (face(kind) for kind in ("GIF", "BMP", "TIFF"))
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(zyx) run\n"


@pytest.mark.parametrize(
    "file",
    [
        SVG,
        GIF,
        BMP,
        TIFF,
        EPS,
        b"GIF89a" + face(),
        b"\xff\xd8\xff" + SVG,
        b"RIFF\x00\x00\x00\x00WEBP",
        b"x",
        face()[:2000],
        face("PNG")[:200],
        face("WEBP")[:200],
    ],
    ids=["svg", "gif", "bmp", "tiff", "eps", "gif before jpeg", "jpeg before svg", "riff", "x", "jpeg", "png", "webp"],
)
def test_what_is_no_picture_or_half_of_one_is_refused(file):
    assert refusal(file) == "This cannot be read as a picture. JPEG, PNG and WebP can."


def test_nothing_is_no_picture():
    assert refusal(b"") == "Choose a picture first."


def test_a_file_that_is_too_large_is_refused_unread():
    assert refusal(face() + b"0" * portraits.LARGEST_FILE) == "This file is too large: at most 8 MB."


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG that says it is so large, whatever is in it."""
    head = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = (b"IDAT", zlib.compress(bytes(1000), 9))
    written = (
        struct.pack(">I", len(text)) + kind + text + struct.pack(">I", zlib.crc32(kind + text))
        for kind, text in (head, *chunks, rows, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


@pytest.mark.parametrize("size", [(6400, 6400), (9000, 9000), (14_000, 14_000), (65_000, 65_000), (2**31 - 1, 1)])
def test_a_small_file_that_becomes_a_huge_picture_is_refused_unread(size):
    assert refusal(png(*size)) == "This picture has too many pixels: at most 40 million."


def test_words_that_unfold_inside_a_picture_are_refused():
    bomb = b"Comment\x00\x00" + zlib.compress(b"0" * 100_000_000, 9)
    assert refusal(png(50, 50, (b"zTXt", bomb))) == portraits.unreadable()


def test_a_picture_that_is_told_in_ten_thousand_steps_is_refused():
    honest = face(progressive=True)
    assert portraits.drawn(honest)
    scan = honest[honest.rindex(b"\xff\xda") : -2]
    assert refusal(honest[:-2] + scan * 100 + honest[-2:]) == portraits.unreadable()

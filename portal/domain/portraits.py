"""Pictures of people, drawn anew: whatever somebody sends becomes a small square WebP with nothing else in it.

What a picture is, its content says, never its name. It is read by Pillow, and only as one of three kinds; the others
that Pillow knows are never tried. Where it was taken, with what, and whatever else was in the file is gone.
"""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from flask_babel import gettext as _
from PIL import Image, ImageOps

from portal.domain.refusals import FieldRefused

FIELD = "picture"
LARGEST_FILE = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_SCANS = 64
"""Of a JPEG that becomes clear bit by bit. A small file can hold ten thousand, and each takes as long as the picture is
large; what cameras and programs make has about ten."""
SCAN = b"\xff\xda"
KINDS = ("JPEG", "PNG", "WEBP")
SMALL, LARGE = 96, 320
BEHIND = "#FFFDF8"
"""What shows where a picture is transparent: paper."""
NAME = 32
ONE_AT_A_TIME = Lock()
"""A picture of 40 million pixels takes some 300 MB while it is drawn."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture in both sizes (pixels a side), and a name that changes with what is on it."""

    name: str
    small: bytes
    large: bytes


def drawn(file: bytes) -> Portrait:
    """What somebody sent, drawn anew. Raises FieldRefused for what is too large, or no picture that can be read."""
    if not file:
        raise FieldRefused(FIELD, _("Choose a picture first."))
    if len(file) > LARGEST_FILE:
        raise FieldRefused(FIELD, too_heavy())
    if file.count(SCAN) > MOST_SCANS:
        raise FieldRefused(FIELD, unreadable())
    with ONE_AT_A_TIME:
        square = read(file)
    large = written(square)
    return Portrait(
        hashlib.sha256(large).hexdigest()[:NAME],
        written(square.resize((SMALL, SMALL), Image.Resampling.LANCZOS)),
        large,
    )


def read(file: bytes) -> Image.Image:
    """The middle of a picture, upright and square, large enough for both sizes."""
    try:
        with Image.open(BytesIO(file), formats=KINDS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise FieldRefused(FIELD, too_many())
            image.draft(None, (2 * LARGE, 2 * LARGE))
            return flat(upright(shrunk(in_colour(image))))
    except FieldRefused:
        raise
    except Image.DecompressionBombError:
        raise FieldRefused(FIELD, too_many())
    except Exception:  # whatever a library trips over in bytes that somebody made up
        raise FieldRefused(FIELD, unreadable())


def in_colour(image: Image.Image) -> Image.Image:
    """In a kind of colours that can be made smaller."""
    if image.mode in ("RGB", "RGBA", "L"):
        return image
    see_through = image.mode in ("LA", "PA") or "transparency" in image.info
    return image.convert("RGBA" if see_through else "RGB")


def shrunk(image: Image.Image) -> Image.Image:
    """The largest square in its middle, made small: from here on little memory is needed."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return image.resize((LARGE, LARGE), Image.Resampling.LANCZOS, box, reducing_gap=3)


def upright(image: Image.Image) -> Image.Image:
    """As it was seen: cameras write down how they were held. Of a square the middle stays the middle."""
    return ImageOps.exif_transpose(image)


def flat(image: Image.Image) -> Image.Image:
    """In red, green and blue, with paper behind what is transparent."""
    paper = Image.new("RGBA", image.size, BEHIND)
    paper.alpha_composite(image.convert("RGBA"))
    return paper.convert("RGB")


def written(image: Image.Image) -> bytes:
    """As WebP, made of its pixels and of nothing that came with them."""
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    file = BytesIO()
    bare.save(file, "WEBP", quality=78, method=6)
    return file.getvalue()


def too_heavy() -> str:
    """How large a file may be."""
    return _("This file is too large: at most %(megabytes)s MB.", megabytes=LARGEST_FILE // 1024 // 1024)


def too_many() -> str:
    """How large a picture may be."""
    return _("This picture has too many pixels: at most %(millions)s million.", millions=MOST_PIXELS // 1_000_000)


def unreadable() -> str:
    """What can be read."""
    return _("This cannot be read as a picture. JPEG, PNG and WebP can.")

"""Pictures for tests, honest ones and others."""

from io import BytesIO

from PIL import Image, TiffImagePlugin

GPS, ORIENTATION, ARTIST = 0x8825, 0x0112, 0x013B
TOP_IS_RIGHT = 6
"""How a phone that was held upright writes down a picture that it took lying."""


def face(kind: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **more) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "#2040c0")
    image.paste("#c02020", (0, 0, size[0] // 2, size[1]))
    return saved(image.convert(mode), kind, **more)


def saved(image: Image.Image, kind: str, **more) -> bytes:
    """An image as a file."""
    file = BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def told(orientation: int = 1) -> Image.Exif:
    """What a camera writes down: who, where, how it was held."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[ARTIST] = orientation, "Zyxartist"
    exif[GPS] = {1: "N", 2: (TiffImagePlugin.IFDRational(38), TiffImagePlugin.IFDRational(43), 0)}
    return exif


def opened(content: bytes) -> Image.Image:
    """A picture, read."""
    image = Image.open(BytesIO(content))
    image.load()
    return image


def colour(content: bytes, x: float, y: float) -> str:
    """What is at a place of it (0 to 1): 'red', 'blue', 'light', 'dark'."""
    image = opened(content).convert("RGB")
    red, green, blue = image.getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))
    if max(red, blue) - green < 60:
        return "light" if green > 128 else "dark"
    return "red" if red > blue else "blue"

"""Styles, scripts, typefaces and pictures: kept for good under addresses that change with them, and sent squeezed."""

import gzip
import hashlib
import os
import tempfile
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

import brotli
from flask import Flask, current_app
from whitenoise import WhiteNoise

from portal.web.addresses import url_for

A_YEAR = 365 * 24 * 3600
TEXTS = (".css", ".js", ".svg")
SQUEEZERS = {".br": brotli.compress, ".gz": partial(gzip.compress, mtime=0)}


def register(app: Flask) -> None:
    """Has the files of the static folder answered before any page is asked."""
    folder = Path(app.static_folder or "")
    for path in folder.rglob("*"):
        if path.suffix in TEXTS:
            squeeze_beside(path)
    options = {"max_age": A_YEAR, "add_headers_function": add_headers}
    app.wsgi_app = WhiteNoise(app.wsgi_app, root=folder, prefix="static/", **options)


def squeeze_beside(path: Path) -> None:
    """Leaves `path`.br and `path`.gz beside a file, from where they are sent. All bear the same time, by which old ones
    are known. Where nothing can be written, the file goes as it is."""
    stamp = path.stat().st_mtime_ns
    for ending, squeeze in SQUEEZERS.items():
        squeezed = path.with_name(path.name + ending)
        with suppress(OSError):
            if not squeezed.exists() or squeezed.stat().st_mtime_ns != stamp:
                squeezed.unlink(missing_ok=True)
                put(squeezed, squeeze(path.read_bytes()), stamp)


def put(path: Path, content: bytes, stamp: int) -> None:
    """Writes a file that is there in whole or not at all, of the time `stamp` (nanoseconds)."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    os.utime(name, ns=(stamp, stamp))
    os.replace(name, path)


def add_headers(headers, _path: str, _url: str) -> None:
    """A file is what its type says."""
    headers["X-Content-Type-Options"] = "nosniff"


def static_url(path: str) -> str:
    """Where a static file is, under a name that changes with its content, so that it can be kept for good."""
    return url_for("static", filename=path, v=fingerprint(path))


@lru_cache(maxsize=256)
def fingerprint(path: str) -> str:
    """The first letters of the SHA-256 of a static file."""
    return hashlib.sha256(Path(current_app.static_folder, path).read_bytes()).hexdigest()[:10]

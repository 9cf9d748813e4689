"""Decode pictures: PNG, JPEG, TIFF, BMP and WebP."""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    ExifTags,
    Image,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ecgengine.data.page import Page
from ecgengine.errors import UnreadableInputError
from ecgengine_plugins.decoding.limits import check_pages, check_size, page_name
from ecgengine_plugins.decoding.options import ReaderOptions

_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})
_OPENERS: dict[bytes, Callable[[BytesIO], ImageFile.ImageFile]] = {
    b"\x89PNG": PngImagePlugin.PngImageFile,
    b"\xff\xd8\xff": JpegImagePlugin.JpegImageFile,
    b"II*\0": TiffImagePlugin.TiffImageFile,
    b"MM\0*": TiffImagePlugin.TiffImageFile,
    b"II+\0": TiffImagePlugin.TiffImageFile,
    b"MM\0+": TiffImagePlugin.TiffImageFile,
    b"BM": BmpImagePlugin.BmpImageFile,
    b"RIFF": WebPImagePlugin.WebPImageFile,
}
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, KeyError, EOFError, struct.error)
"""What Pillow raises on damaged data, as seen on truncated and altered files."""


def is_picture(head: bytes, suffix: str) -> bool:
    """Tell by the first bytes; a picture's suffix on unknown bytes is a broken picture's."""
    return _opener(head) is not None or (suffix in _SUFFIXES and not head.startswith(b"%PDF"))


def read_pictures(data: bytes, path: str, stem: str, limits: ReaderOptions) -> Iterator[Page]:
    """Yield the first picture of a file, or every page of a TIFF, upright and as 8-bit RGB.

    Raises UnreadableInputError naming the file, the cause and a way.
    """
    if not data:
        raise UnreadableInputError(f"{path} is empty: copy or export it again")
    opener = _opener(data)
    if opener is None:
        raise UnreadableInputError(
            f"{path} is not a PNG, JPEG, TIFF, BMP or WebP picture: save it as one of these"
        )
    try:
        # The classes are called directly because Image.open has a pixel limit of its own
        # that only a global changes; ours is checked from the header below.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = opener(BytesIO(data))
            count = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
    except _BROKEN as error:
        raise _damaged(path) from error
    check_pages(path, count, limits)
    for number in range(1, count + 1):
        yield _page(picture, path, stem, number, limits)


def _page(
    picture: ImageFile.ImageFile, path: str, stem: str, number: int, limits: ReaderOptions
) -> Page:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if number > 1:
                picture.seek(number - 1)
            check_size(path, *picture.size, limits)
            turned = picture.getexif().get(ExifTags.Base.Orientation, 1) >= 5
            dpi = _dpi(picture, turned)
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            image = _rgb(upright)
    except (Image.DecompressionBombError, *_BROKEN) as error:
        raise _damaged(path) from error
    return Page(image, page_name(stem, number), path, number, dpi)


def _opener(head: bytes) -> Callable[[BytesIO], ImageFile.ImageFile] | None:
    if head.startswith(b"RIFF") and head[8:12] != b"WEBP":
        return None
    return next((opener for magic, opener in _OPENERS.items() if head.startswith(magic)), None)


def _damaged(path: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"{path} is damaged or cut short: copy it again, or open and save it anew as PNG"
    )


def _dpi(picture: Image.Image, turned: bool) -> tuple[float, float] | None:
    """Give the (x, y) resolution that the file claims, after turning it upright."""
    claim = picture.info.get("dpi")
    if not claim:
        return None
    x, y = float(claim[0]), float(claim[1])
    if not (math.isfinite(x) and math.isfinite(y) and x > 1 and y > 1):
        return None
    return (y, x) if turned else (x, y)


def _rgb(picture: Image.Image) -> NDArray[np.uint8]:
    """Bring any mode to (H, W, 3) uint8; transparent parts become white paper."""
    if picture.mode.startswith(("I", "F")):
        return _deep_gray(np.asarray(picture, dtype=np.float64))
    if picture.has_transparency_data:
        layers = picture.convert("RGBA")
        white = Image.new("RGBA", layers.size, "white")
        picture = Image.alpha_composite(white, layers)
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def _deep_gray(gray: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Scale gray values of 16 bits, or floating ones from 0 to 1, to 8 bits."""
    top = float(np.nanmax(gray))
    full = next((level for level in (1.0, 255.0, 65535.0) if top <= level), top)
    level = np.rint(np.clip(np.nan_to_num(gray) / full, 0, 1) * 255).astype(np.uint8)
    return np.repeat(level[:, :, None], 3, axis=2)

"""Reader `image`: PNG, JPEG, TIFF, BMP and WebP."""

from __future__ import annotations

from collections.abc import Iterator

from ecgengine.data.page import Page
from ecgengine_plugins.decoding.image import is_picture, read_pictures
from ecgengine_plugins.decoding.options import ReaderOptions


class ImageReader:
    """Reads PNG, JPEG, TIFF, BMP and WebP."""

    def __init__(self, options: ReaderOptions) -> None:
        self._options = options

    def can_read(self, head: bytes, suffix: str) -> bool:
        """Tell from a file's first bytes, or from its suffix, whether this is its format."""
        return is_picture(head, suffix)

    def read(self, data: bytes, path: str, stem: str) -> Iterator[Page]:
        """Yield every page; raises UnreadableInputError naming the file, the cause and a way."""
        return read_pictures(data, path, stem, self._options)

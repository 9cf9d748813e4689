"""Reading the picture of a case through the engine's own readers."""

from __future__ import annotations

from pathlib import Path

from ecgengine.errors import UnreadableInputError
from ecgengine.page import Page
from ecgengine_plugins.readers.options import PdfOptions, ReaderOptions

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".pdf"})


def first_page(path: Path, name: str) -> Page:
    """Read the first page of a picture or PDF file and call it `name`.

    Raises UnreadableInputError naming the file, the cause and a way.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableInputError(
            f"{path} cannot be read ({error.strerror}): check that it is there and may be read"
        ) from error
    if path.suffix.lower() == ".pdf":
        from ecgengine_plugins.readers.pdf import PdfReader

        return next(PdfReader(PdfOptions.model_validate({})).read(data, str(path), name))
    from ecgengine_plugins.readers.image import ImageReader

    return next(ImageReader(ReaderOptions.model_validate({})).read(data, str(path), name))

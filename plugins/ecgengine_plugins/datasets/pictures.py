"""Read the picture of a case from its file."""

from __future__ import annotations

from pathlib import Path

from ecgengine.data.page import Page
from ecgengine.errors import UnreadableInputError
from ecgengine_plugins.decoding.options import PdfOptions, ReaderOptions

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
        from ecgengine_plugins.decoding.pdf import read_pdf

        return next(read_pdf(data, str(path), name, PdfOptions.model_validate({})))
    from ecgengine_plugins.decoding.image import read_pictures

    return next(read_pictures(data, str(path), name, ReaderOptions.model_validate({})))

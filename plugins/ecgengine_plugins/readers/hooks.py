"""Register the built-in readers."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.stages import Reader
from ecgengine_plugins.decoding.options import PdfOptions, ReaderOptions


def _image(options: ReaderOptions) -> Reader:
    from ecgengine_plugins.decoding.image import is_picture, read_pictures
    from ecgengine_plugins.readers.reader import DecodingReader

    return DecodingReader(is_picture, read_pictures, options)


def _pdf(options: PdfOptions) -> Reader:
    from ecgengine_plugins.decoding.pdf import is_pdf, read_pdf
    from ecgengine_plugins.readers.reader import DecodingReader

    return DecodingReader(is_pdf, read_pdf, options)


@hookimpl
def ecgengine_readers() -> Iterable[StagePlugin[Reader]]:
    """Yield `image` and `pdf`."""
    yield StagePlugin(
        name="image",
        factory=_image,
        summary="PNG, JPEG, TIFF (every page), BMP and WebP",
        options=ReaderOptions,
    )
    yield StagePlugin(
        name="pdf",
        factory=_pdf,
        summary="PDF, every page drawn at 300 dpi",
        options=PdfOptions,
    )

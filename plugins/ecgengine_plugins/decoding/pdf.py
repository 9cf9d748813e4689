"""Decode PDF files by drawing their pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from ecgengine.data.page import Page
from ecgengine.errors import UnreadableInputError
from ecgengine_plugins.decoding.limits import check_pages, check_size, page_name
from ecgengine_plugins.decoding.options import PdfOptions

_POINTS_PER_INCH = 72.0
_PDFIUM = threading.Lock()
"""PDFium must never run in two threads at once."""


def is_pdf(head: bytes, suffix: str) -> bool:
    """Tell by the signature, which may follow some bytes of junk, or by the suffix."""
    return b"%PDF-" in head[:1024] or suffix == ".pdf"


def read_pdf(data: bytes, path: str, stem: str, options: PdfOptions) -> Iterator[Page]:
    """Draw every page of a PDF on white at a fixed resolution.

    Raises UnreadableInputError naming the file, the cause and a way.
    """
    if not data:
        raise UnreadableInputError(f"{path} is empty: copy or export it again")
    with _PDFIUM:
        document = _opened(data, path)
    try:
        with _PDFIUM:
            count = len(document)
        check_pages(path, count, options)
        for number in range(1, count + 1):
            with _PDFIUM:
                image = _drawn(document, path, number, options)
            dpi = (options.dpi, options.dpi)
            yield Page(image, page_name(stem, number), path, number, dpi)
    finally:
        with _PDFIUM:
            document.close()


def _drawn(
    document: pdfium.PdfDocument, path: str, number: int, options: PdfOptions
) -> NDArray[np.uint8]:
    scale = options.dpi / _POINTS_PER_INCH
    try:
        page = document[number - 1]
        width_pt, height_pt = page.get_size()
        check_size(path, round(width_pt * scale), round(height_pt * scale), options)
        drawn = page.render(scale=scale, rev_byteorder=True)
        image: NDArray[np.uint8] = np.array(drawn.to_numpy()[:, :, :3], dtype=np.uint8)
        page.close()
    except pdfium.PdfiumError as error:
        raise UnreadableInputError(
            f"page {number} of {path} cannot be drawn: export it again, or as PNG"
        ) from error
    return image


def _opened(data: bytes, path: str) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableInputError(
                f"{path} is locked with a password: save a copy without one"
            ) from error
        raise UnreadableInputError(
            f"{path} is damaged or not a PDF: export it again, or as PNG"
        ) from error

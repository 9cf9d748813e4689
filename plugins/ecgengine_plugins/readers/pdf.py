"""Reader `pdf`: PDF files, by drawing their pages."""

from __future__ import annotations

from collections.abc import Iterator

from ecgengine.data.page import Page
from ecgengine_plugins.decoding.options import PdfOptions
from ecgengine_plugins.decoding.pdf import is_pdf, read_pdf


class PdfReader:
    """Reads PDF files, by drawing their pages."""

    def __init__(self, options: PdfOptions) -> None:
        self._options = options

    def can_read(self, head: bytes, suffix: str) -> bool:
        """Tell from a file's first bytes, or from its suffix, whether this is its format."""
        return is_pdf(head, suffix)

    def read(self, data: bytes, path: str, stem: str) -> Iterator[Page]:
        """Yield every page; raises UnreadableInputError naming the file, the cause and a way."""
        return read_pdf(data, path, stem, self._options)

"""Options of the built-in readers."""

from __future__ import annotations

from pydantic import Field

from ecgengine.plugins.options import Options


class ReaderOptions(Options):
    """Limits on what is decoded; they are checked before any pixel is."""

    max_megapixels: float = Field(
        100.0, gt=0, description="largest page in million pixels (A3 at 600 dpi has 70)"
    )
    max_pages: int = Field(50, ge=1, description="most pages in one file")


class PdfOptions(ReaderOptions):
    """Options of the reader `pdf`."""

    dpi: float = Field(300.0, ge=50, le=2400, description="pixels per inch to draw pages at")

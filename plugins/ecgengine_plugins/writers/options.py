"""Options of the built-in writers."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from ecgengine.plugins.options import Options


class KaggleOptions(Options):
    """Options of the writer `kaggle`."""

    table: Path | None = Field(
        None, description="the competition's test.csv (columns id, lead, fs, number_of_rows)"
    )


class OverlayOptions(Options):
    """Options of the writer `overlay`."""

    fade: float = Field(0.5, ge=0, le=1, description="how far the page fades to white")

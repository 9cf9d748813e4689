"""Options of the built-in datasets."""

from __future__ import annotations

from pydantic import Field

from ecgengine.plugins.options import DatasetOptions


class SyntheticOptions(DatasetOptions):
    """What to make; a named set (`synthetic:val-v1`) fixes all but the masks."""

    seed: int = Field(default=1, ge=0, description="seed of every choice")
    pages: int = Field(default=90, ge=1, description="number of pages")
    sources: str = Field(
        default="", description="sources in turn, separated by commas; empty for all nine"
    )
    layouts: str = Field(
        default="", description="layouts to choose from; empty for all, as common as they are"
    )
    records: str = Field(
        default="", description="folder of 12-lead records; empty for made-up hearts"
    )
    masks: bool = Field(
        default=False, description="whether cases hold masks of trace, grid and text"
    )
    folded: float = Field(
        default=0.0, ge=0, le=1, description="share of photos whose sheet was folded before"
    )
    free: float = Field(
        default=0.0, ge=0, le=1, description="share of pages whose leads are arranged freely"
    )

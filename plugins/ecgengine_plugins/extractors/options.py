"""What the extractors let one set."""

from __future__ import annotations

from pydantic import Field

from ecgengine.plugins.options import Options
from ecgengine_plugins.networks.options import NetworkRunning


class ViterbiOptions(Options):
    """Options of `viterbi`: costs of the path, then of the refinement."""

    miss: float = Field(4.0, gt=0, description="cost of a column left on white paper")
    white: float = Field(0.5, gt=0, description="cost of a pixel row traveled through white")
    crawl: float = Field(0.002, ge=0, description="cost of a pixel row traveled through ink")
    pull: float = Field(0.001, ge=0, description="cost of a column per pixel from the zero line")
    unread: float = Field(
        0.004, ge=0, description="cost of a pixel of ink that a column's curve leaves out"
    )
    jump: float = Field(
        0.25, gt=0, description="cost of a row of jump on a map of centerline probabilities"
    )
    faintest: float = Field(0.08, gt=0, lt=1, description="coverage that counts as trace")
    smoothness: float = Field(
        1.0, ge=0, description="weight of a smooth curve against the ink; 1 as measured to be best"
    )
    rounds: int = Field(5, ge=0, le=100, description="rounds of each refinement; 0 for none")


class ColumnOptions(Options):
    """Options of `column`."""

    faintest: float = Field(0.25, gt=0, lt=1, description="coverage that counts as trace")
    reach_mm: float = Field(2.0, gt=0, description="distance that halves the weight of a run")


class NetworkOptions(NetworkRunning):
    """Options of `network`."""

    jump: float = Field(0.05, gt=0, description="cost of a row of jump between half columns")
    twice: bool = Field(
        True, description="read each row upside down as well: finer, and half as fast"
    )


class FusionOptions(Options):
    """Options of `fusion`; `network` and `viterbi`, which it needs, have their own."""

    noise: float = Field(
        0.07, ge=0, le=1, description="noise of coverage up to which the stroke is fitted"
    )

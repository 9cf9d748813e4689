"""Options of the built-in classifiers."""

from __future__ import annotations

from pydantic import Field

from ecgengine.data.source import Source
from ecgengine.plugins.options import Options
from ecgengine_plugins.networks.options import NetworkRunning


class FixedOptions(Options):
    """Options of the classifier `fixed`."""

    source: Source | None = Field(
        None, description="what every page is; not set: unknown, so that generic stages are used"
    )


class EfficientnetOptions(NetworkRunning):
    """When a guess is one, and how the network is run."""

    sure: float = Field(
        0.8, ge=0, le=1, description="the least probability that makes a guess; unsure below it"
    )

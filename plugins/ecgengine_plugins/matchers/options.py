"""Options of the built-in matchers."""

from __future__ import annotations

from pydantic import Field

from ecgengine_plugins.networks.options import NetworkRunning


class RowsOptions(NetworkRunning):
    """Options of `rows`."""

    read: bool = Field(
        default=True,
        description="read names and scales by a network too, not only letter by letter",
    )

"""Options of the built-in segmenters."""

from __future__ import annotations

from ecgengine_plugins.networks.options import NetworkRunning


class UnetOptions(NetworkRunning):
    """How the network of `unet` is run."""

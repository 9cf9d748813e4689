"""Register the shipped networks."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.data.model import Model
from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.options import NoOptions
from ecgengine_plugins.networks.shipped import SHIPPED, shipped


def _plugin(name: str, summary: str) -> StagePlugin[Model]:
    def give(options: NoOptions) -> Model:
        return shipped(name)

    return StagePlugin(name=name, factory=give, summary=summary)


@hookimpl
def ecgengine_models() -> Iterable[StagePlugin[Model]]:
    """Yield the networks of `networks.shipped`."""
    for name in SHIPPED:
        yield _plugin(name, shipped(name).task)

from __future__ import annotations

import pytest

from ecgengine.data.source import Source
from ecgengine.plugins.manager import PluginManager


@pytest.mark.parametrize("source", [None, *Source])
def test_renders_and_what_is_unsure_are_fused_and_all_else_is_the_networks(source) -> None:
    chosen = PluginManager([]).select("extractor", source=source)
    assert chosen.plugin.name == ("fusion" if source in (None, Source.RENDER) else "network")

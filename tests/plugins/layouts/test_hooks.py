from __future__ import annotations

from ecgengine.plugins.options import NoOptions
from ecgengine_plugins.layouts.hooks import ecgengine_layouts
from ecgengine_plugins.paper.layouts import LAYOUTS


def test_a_plugin_gives_the_layout_of_its_name() -> None:
    plugins = list(ecgengine_layouts())
    assert [plugin.name for plugin in plugins] == [layout.name for layout in LAYOUTS]
    for plugin, layout in zip(plugins, LAYOUTS, strict=True):
        assert plugin.factory(NoOptions()) is layout
        assert plugin.summary

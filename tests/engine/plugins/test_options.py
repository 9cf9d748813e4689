"""Option models: frozen, strict about names, and explaining themselves."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ecgengine.errors import UsageError
from ecgengine.plugins.hooks import StagePlugin
from ecgengine.plugins.kinds import KINDS
from ecgengine.plugins.manager import PluginManager
from ecgengine.plugins.options import NoOptions, Options

PLUGINS = [
    pytest.param(plugin, id=f"{kind}-{plugin.name}")
    for kind in KINDS
    for plugin in PluginManager().plugins(kind)
]


class One(Options):
    x: int = 1


def test_unknown_names_are_refused_and_values_are_frozen() -> None:
    with pytest.raises(ValidationError):
        One.model_validate({"y": 2})
    with pytest.raises(ValidationError):
        One().x = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        NoOptions.model_validate({"x": 1})


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_built_in_option_has_a_default_and_says_what_it_does(
    plugin: StagePlugin[object],
) -> None:
    plugin.options()
    for name, field in plugin.options.model_fields.items():
        assert field.description, f"{plugin.name}.{name} has no description"


def test_choices_and_options_are_checked_before_the_first_page() -> None:
    manager = PluginManager()
    option = next(iter(manager.select("extractor", "viterbi").plugin.options.model_fields))
    manager.check({"extractor": {option: "1"}}, {"extractor": ["viterbi"]})
    manager.check({"viterbi": {option: "1"}}, {"extractor": ["viterbi"]})
    with pytest.raises(UsageError, match="'viterbi' has"):
        manager.check({"extractor": {"nothing": "1"}}, {"extractor": ["viterbi"]})
    with pytest.raises(UsageError, match="no plugin in use is called so"):
        manager.check({"viterbi": {option: "1"}}, {"extractor": ["column"]})

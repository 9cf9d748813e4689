"""The public conformance checks, and one of our own."""

from __future__ import annotations

import numpy as np
import pytest
from ecgengine_example_plugin import hooks

from ecgengine import PluginManager, TraceMap
from ecgengine.testing import Check, checks, hook_checks, material

(PLUGIN,) = hooks.ecgengine_extractors()


@pytest.mark.parametrize("check", checks("extractor", PLUGIN) + hook_checks(hooks), ids=str)
def test_it_conforms(check: Check) -> None:
    check.run()


def test_it_is_installed() -> None:
    plugin = PluginManager().select("extractor", "middle").plugin
    assert plugin.provider == "ecgengine-example-plugin 1.0.0"


def test_a_level_line_is_read_at_its_height() -> None:
    extractor = PLUGIN.factory(PLUGIN.options())
    sheet = material.sheet_of(material.awkward_pages()["blank"])
    trace = np.zeros((1, *sheet.image.shape[:2]), np.float32)
    trace[0, 79:82] = 1
    (read,) = extractor.extract(sheet, TraceMap(trace), material.one_strip(sheet)).traces
    np.testing.assert_array_equal(read.y_px, 80)

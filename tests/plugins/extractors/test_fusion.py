from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.page import Source
from ecgengine.plugins import PluginManager
from ecgengine.traces import Trace
from ecgengine_plugins.extractors.fusion import contradicts

APART_PX = 16.0


def trace(y_px: NDArray[np.float64], step_px: float, sure: float = 0.99) -> Trace:
    return Trace(0, 10.0, step_px, y_px, np.full(y_px.size, sure, np.float32))


def wave(step_px: float, moved_px: float = 0.0) -> NDArray[np.float64]:
    """A level line with one steep wave of 200 px at x = 110."""
    x = 10.0 + step_px * np.arange(round(200 / step_px)) - moved_px
    return 100.0 + np.clip(200 - 40 * np.abs(x - 110), 0, None)


@pytest.mark.parametrize("moved_px", [-0.9, 0.0, 0.9])
def test_a_steep_wave_a_moment_apart_is_no_contradiction(moved_px: float) -> None:
    assert not contradicts(trace(wave(0.5, moved_px), 0.5), trace(wave(0.25), 0.25), APART_PX)


def test_a_wave_of_another_row_is_one_where_the_network_is_sure() -> None:
    level = np.full(800, 100.0)
    assert contradicts(trace(wave(0.5), 0.5), trace(level, 0.25), APART_PX)
    assert not contradicts(trace(wave(0.5), 0.5, sure=0.5), trace(level, 0.25), APART_PX)


def test_where_the_network_lost_the_trace_it_says_nothing() -> None:
    lost = np.full(400, np.nan)
    assert not contradicts(trace(lost, 0.5), trace(wave(0.25), 0.25), APART_PX)


@pytest.mark.parametrize("source", [None, *Source])
def test_renders_and_what_is_unsure_are_fused_and_all_else_is_the_networks(source) -> None:
    chosen = PluginManager([]).select("extractor", source=source)
    assert chosen.plugin.name == ("fusion" if source in (None, Source.RENDER) else "network")

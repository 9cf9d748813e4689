"""Leads to draw on a board, and the extractor that reads them."""

from __future__ import annotations

import numpy as np
import pytest

from ecgengine_plugins.extractors.options import ViterbiOptions
from ecgengine_plugins.extractors.viterbi.extractor import ViterbiExtractor


@pytest.fixture
def lead():
    """A level row with beats, at columns x."""
    return _lead


def _lead(x, zero, beats=(80.0, 200.0, 320.0), height=70.0):
    y = zero + 2.0 * np.sin(x / 23.0)
    for beat in beats:
        y = y - height * np.exp(-(((x - beat) / 2.6) ** 2))
        y = y + 0.3 * height * np.exp(-(((x - beat - 6) / 2.4) ** 2))
    return y


@pytest.fixture
def viterbi():
    return ViterbiExtractor(ViterbiOptions())

from __future__ import annotations

import pytest

from ecgengine_plugins.segmenters.ink.segmenter import InkSegmenter


@pytest.fixture(scope="session")
def segmenter() -> InkSegmenter:
    return InkSegmenter()

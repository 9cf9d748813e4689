from __future__ import annotations

import numpy as np

from ecgengine_plugins.extractors.column import ColumnExtractor
from ecgengine_plugins.extractors.options import ColumnOptions

X = np.arange(10.0, 410.5, 0.5)


def test_reads_a_level_line_and_bridges_its_gap(board, error_px):
    board.draw(X, np.full(X.size, 130.3))
    board.strip(0, 130.0)
    board.ink[:, 200:220] = 0.0
    (trace,) = board.read(ColumnExtractor(ColumnOptions()))
    assert error_px(trace, lambda x: np.full(x.size, 130.3)) < 0.1
    assert trace.confidence[195:205].max() < 0.5
    assert trace.confidence[:150].min() > 0.9


def test_follows_its_own_row(board, error_px):
    board.draw(X, np.full(X.size, 80.0))
    board.draw(X, np.full(X.size, 180.0), 6.0)
    board.strip(0, 80.0)
    board.strip(1, 180.0)
    first, second = board.read(ColumnExtractor(ColumnOptions()))
    assert error_px(first, lambda x: np.full(x.size, 80.0)) < 0.1
    assert error_px(second, lambda x: np.full(x.size, 180.0)) < 0.1


def test_no_ink_no_trace(board):
    board.strip(0, 80.0)
    assert board.read(ColumnExtractor(ColumnOptions())) == ()

"""Take the mean of all paths through the posteriors of a network.

Over long unsure stretches paths agree on one place without reason, so there each column speaks for
itself (docs/experiments/0001).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.forward_backward import path_posteriors
from ecgengine_plugins.extractors.missing_paper import long_runs
from ecgengine_plugins.extractors.network import tuning
from ecgengine_plugins.extractors.viterbi.centerline import rows_near


def mean_path(
    posterior: NDArray[np.float32], jump: float, longest: int
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Read (W, H) posteriors: the mean row of all paths, and the probability around it.

    Args:
        posterior: (W, H) probability of each pixel row in each column.
        jump: how much less likely, in nats, a path is for each row it moves between columns.
        longest: columns for which a trace may be lost; longer stretches are NaN.
    """
    rows = np.arange(posterior.shape[1], dtype=np.float64)
    y: NDArray[np.float64] = path_posteriors(posterior, jump) @ rows
    near, _ = rows_near(posterior, np.rint(y).astype(np.intp), tuning.REACH_PX)
    confidence = np.clip(near.sum(axis=1), 0.0, 1.0)
    # Paths bridge what is short. Through longer stretches they agree on one of several places
    # that are all possible; the mean of those is wrong by the least.
    unsure = long_runs(confidence < tuning.UNSURE, round(tuning.BRIDGED * longest))
    y[unsure] = posterior[unsure] @ rows
    y[long_runs(confidence < tuning.LOST, longest)] = np.nan
    return y, confidence

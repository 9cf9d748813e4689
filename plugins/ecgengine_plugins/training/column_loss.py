"""Judge posteriors of the pen's center over the rows of each column, as reading networks give."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from torch import Tensor

_TARGET_SIGMA_PX = 0.8
_OFF_WEIGHT = 0.5
_OFF_KNEE_PX = 1.0
_FAR_PX = 48.0
_CLOSE_PX = 1.0


def column_loss(outputs: Tensor, targets: Tensor, weight: Tensor) -> Tensor:
    """Give the cross-entropy with a narrow Gaussian, and the error of the mean row.

    Args:
        outputs: (B, H, W) logits over the rows of each column.
        targets: (B, W) rows, NaN where there is no trace.
        weight: of each column that has one, in their order.
    """
    known = targets.isfinite()
    weight = weight / weight.sum()
    columns = outputs.transpose(1, 2)[known]
    true = targets[known].unsqueeze(1)
    place = torch.arange(outputs.shape[1], device=outputs.device, dtype=columns.dtype)
    logs = F.log_softmax(columns, dim=1)
    wanted = torch.softmax(-0.5 * ((place - true) / _TARGET_SIGMA_PX) ** 2, dim=1)
    cross_entropy = -(wanted * logs).sum(1)
    off = (logs.exp() * (place - true).clamp(-_FAR_PX, _FAR_PX)).sum(1)
    error = F.smooth_l1_loss(off, torch.zeros_like(off), reduction="none", beta=_OFF_KNEE_PX)
    return (weight * (cross_entropy + _OFF_WEIGHT * error)).sum()


def close_share(outputs: Tensor, targets: Tensor) -> float:
    """Give the share of columns whose likeliest row is within a pixel of the true one."""
    known = targets.isfinite()
    found = outputs.argmax(1)[known]
    return float(((found - targets[known]).abs() <= _CLOSE_PX).float().mean())

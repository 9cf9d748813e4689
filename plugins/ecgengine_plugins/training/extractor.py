"""Train the row network: what `ecgengine train extractor` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ecgengine_plugins.networks.rows.architecture import ZERO_LINES, RowNet, running, with_distance
from ecgengine_plugins.networks.rows.window import MULTIPLE_PX, PX_PER_MM
from ecgengine_plugins.training.column_loss import close_share, column_loss
from ecgengine_plugins.training.export import export_onnx, free_sides
from ecgengine_plugins.training.loop import Batch, Lesson
from ecgengine_plugins.training.options import ExtractorTraining
from ecgengine_plugins.training.pages import Cut, recolored, sample_batches
from ecgengine_plugins.training.row_windows import HEIGHT_PX, windows_of

_WINDOWS_A_PAGE = 16
_WAVE_PX = 16.0
_MOST_WEIGHT = 10.0
_GRAY_SHARE = 0.15
_EXPOSURE_SPREAD = 0.1


class RowLesson(Lesson[ExtractorTraining]):
    """Windows of rows; the score is the share of columns read to within a pixel.

    The loss is the cross-entropy with a narrow Gaussian over the rows round the pen's center, and
    the distance from that center to the mean of the answer's rows, the error of the signal. Tall
    waves hold most of a signal's energy in few columns, so columns weigh more the farther the
    trace runs from where it mostly is.
    """

    def network(self) -> nn.Module:
        """Give a new row network."""
        return RowNet()

    def batches(self, seed: int, first: int, *, validating: bool) -> Iterator[Batch]:
        """Yield (B, 6, H, W) inputs and (B, 2 W) rows, NaN where there is no trace."""
        cut = Cut(windows_of, {"width_px": self.options.width_px, "count": _WINDOWS_A_PAGE})
        random = np.random.default_rng((seed, first))
        for windows, zeros, rows in sample_batches(
            self.options, cut, _WINDOWS_A_PAGE, seed, first, validating=validating
        ):
            yield _varied(windows, zeros, rows, random)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Give the sum of both losses over the columns that have a trace."""
        known = targets.isfinite()
        away = (targets - targets.nanmedian(dim=1, keepdim=True).values).abs()[known]
        weight = 1 + (away / _WAVE_PX).clamp(max=_MOST_WEIGHT)
        return column_loss(outputs, targets, weight)

    def score(self, outputs: Tensor, targets: Tensor) -> float:
        """Give the share of columns whose likeliest row is within a pixel of the true one."""
        return close_share(outputs, targets)

    def export(
        self, weights: Mapping[str, Tensor], validation: Sequence[Batch]
    ) -> dict[str, bytes]:
        """Give a network from pixels and zero lines to probabilities; the sides stay free."""
        count = {0: torch.export.Dim("n", min=1, max=64)}
        example = torch.zeros(2, 4 * MULTIPLE_PX, 6 * MULTIPLE_PX, 3, dtype=torch.uint8)
        return export_onnx(
            running(weights),
            {"rows": example, "zero_rows": torch.zeros(2, ZERO_LINES)},
            "chances",
            (count | free_sides(MULTIPLE_PX), count),
            weights,
            {"px_per_mm": str(PX_PER_MM)},
        )


def _varied(
    windows: NDArray[np.uint8],
    zeros: NDArray[np.float32],
    rows: NDArray[np.float32],
    random: np.random.Generator,
) -> Batch:
    """Mirror, turn gray, change the exposure; add the distances to the zero lines."""
    x = torch.from_numpy(windows).permute(0, 3, 1, 2).float() / 255
    zero, y = torch.from_numpy(zeros), torch.from_numpy(rows)
    if random.random() < 0.5:
        x, zero, y = x.flip(2), HEIGHT_PX - 1 - zero[:, [0, 2, 1]], HEIGHT_PX - 1 - y
    if random.random() < 0.5:
        x, y = x.flip(3), y.flip(1)
    x = recolored(x, _GRAY_SHARE, _EXPOSURE_SPREAD, random)
    inside = (y >= 0) & (y <= HEIGHT_PX - 1)
    return with_distance(x, zero), torch.where(inside, y, torch.nan)

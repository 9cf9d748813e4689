"""Train the path network: what `ecgengine train path` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from numpy.typing import NDArray
from torch import Tensor, nn

from ecgengine.data.look import CELL_MM
from ecgengine_plugins.networks.path.architecture import PathNet, cells_of, running
from ecgengine_plugins.networks.path.window import CELL_PX, CUES, MULTIPLE_CELLS, with_places
from ecgengine_plugins.training.column_loss import close_share, column_loss
from ecgengine_plugins.training.export import export_onnx
from ecgengine_plugins.training.loop import Batch, Lesson
from ecgengine_plugins.training.options import PathTraining
from ecgengine_plugins.training.pages import Cut, recolored, sample_batches
from ecgengine_plugins.training.path_windows import SIDE_CELLS, pieces_of

_PIECES_A_PAGE = 24
_HOLDING, _MARGIN_MM = (0.5, 0.97), 3.0
_STEEP_PX = 2.0
_MOST_WEIGHT = 10.0
_GRAY_SHARE = 0.15
_EXPOSURE_SPREAD = 0.1


class PathLesson(Lesson[PathTraining]):
    """Pieces of strips; the score is the share of columns read to within a pixel.

    The loss is the cross-entropy with a narrow Gaussian over the rows round the pen's center, and
    the distance from that center to the mean of the answer's rows, the error of the signal. Most of
    a signal's energy, and of its error, lies in few steep columns, so columns weigh more the
    farther the trace runs in them.
    """

    def network(self) -> nn.Module:
        """Give a new path network."""
        return PathNet()

    def batches(self, seed: int, first: int, *, validating: bool) -> Iterator[Batch]:
        """Yield cells, and (B, 2 W) rows, NaN where there is no trace."""
        cut = Cut(pieces_of, {"count": _PIECES_A_PAGE})
        random = np.random.default_rng((seed, first))
        for images, cues, places, rows in sample_batches(
            self.options, cut, _PIECES_A_PAGE, seed, first, validating=validating
        ):
            yield _varied(images, cues, places, rows, random)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Give the sum of both losses over the columns that have a trace."""
        known = targets.isfinite()
        step = F.pad((targets[:, 1:] - targets[:, :-1]).abs().nan_to_num(0.0), (1, 1))
        steep = torch.maximum(step[:, 1:], step[:, :-1])[known]
        weight = 1 + (steep / _STEEP_PX).clamp(max=_MOST_WEIGHT)
        return column_loss(outputs, targets, weight)

    def score(self, outputs: Tensor, targets: Tensor) -> float:
        """Give the share of columns whose likeliest row is within a pixel of the true one."""
        return close_share(outputs, targets)

    def export(
        self, weights: Mapping[str, Tensor], validation: Sequence[Batch]
    ) -> dict[str, bytes]:
        """Give a network from pixels and cues to probabilities; number and sides stay free."""
        count = torch.export.Dim("n", min=1, max=256)
        high, wide = (torch.export.Dim(name, min=1, max=128) for name in ("h", "w"))
        cell = MULTIPLE_CELLS
        pixel = MULTIPLE_CELLS * CELL_PX
        pixels = torch.zeros(2, 3 * pixel, 4 * pixel, 3, dtype=torch.uint8)
        return export_onnx(
            running(weights),
            {"pixels": pixels, "cues": torch.zeros(2, len(CUES), 3 * cell, 4 * cell)},
            "chances",
            (
                {0: count, 1: pixel * high, 2: pixel * wide},
                {0: count, 2: cell * high, 3: cell * wide},
            ),
            weights,
            {"cues": ",".join(CUES)},
        )


def _varied(
    images: NDArray[np.uint8],
    cues: NDArray[np.uint8],
    places: NDArray[np.float32],
    rows: NDArray[np.float32],
    random: np.random.Generator,
) -> Batch:
    """Cut a batch to a height, mirror it, turn it gray, change its exposure; add the places."""
    maps = cues.astype(np.float32) / 255
    zero, start, end = places.T
    if random.random() < 0.5:
        images, maps, rows = images[:, ::-1], maps[:, :, ::-1], images.shape[1] - 1 - rows
        zero = SIDE_CELLS - zero
    if random.random() < 0.5:
        images, maps, rows = images[:, :, ::-1], maps[:, :, :, ::-1], rows[:, ::-1]
        start, end = SIDE_CELLS - end, SIDE_CELLS - start
    high = _high(rows, random)
    pixels_in, maps_in, rows_in = [], [], []
    for index in range(len(images)):
        top = _top(rows[index], high, random)
        whole = with_places(maps[index], zero[index], start[index], end[index])
        maps_in.append(whole[:, top : top + high])
        pixels_in.append(images[index, top * CELL_PX : (top + high) * CELL_PX])
        rows_in.append(rows[index] - top * CELL_PX)
    x = torch.from_numpy(np.stack(pixels_in)).permute(0, 3, 1, 2).float() / 255
    x = recolored(x, _GRAY_SHARE, _EXPOSURE_SPREAD, random)
    y = torch.from_numpy(np.stack(rows_in).astype(np.float32))
    inside = (y >= 0) & (y <= high * CELL_PX - 1)
    return cells_of(x, torch.from_numpy(np.stack(maps_in))), torch.where(inside, y, torch.nan)


def _high(rows: NDArray[np.float32], random: np.random.Generator) -> int:
    """Draw how many cells high a batch is: such that most of its pieces hold their traces."""
    known = np.where(np.isfinite(rows).any(axis=1, keepdims=True), rows, 0.0)
    needed = np.nanmax(known, axis=1) - np.nanmin(known, axis=1)
    cells = np.quantile(needed, random.uniform(*_HOLDING)) / CELL_PX + 2 * _MARGIN_MM / CELL_MM
    return int(min(np.ceil(cells / MULTIPLE_CELLS) * MULTIPLE_CELLS, SIDE_CELLS))


def _top(rows: NDArray[np.float32], high: int, random: np.random.Generator) -> int:
    """Draw the first cell of a lower piece: any that holds as much of the trace as there may be."""
    room = SIDE_CELLS - high
    known = rows[np.isfinite(rows)] / CELL_PX
    if not known.size:
        return int(random.integers(room + 1))
    low, top = sorted((float(known.max()) + 2 - high, float(known.min()) - 2))
    return int(np.clip(round(random.uniform(low, top)), 0, room))

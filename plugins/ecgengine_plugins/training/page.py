"""Train the page network: what `ecgengine train page` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from numpy.typing import NDArray
from torch import Tensor, nn

from ecgengine_plugins.networks.from_pixels import rgb
from ecgengine_plugins.networks.page.architecture import SIZE_MM, ZERO_MM, PageNet, running
from ecgengine_plugins.networks.page.window import (
    FINE,
    FINE_CELLS_PER_MM,
    FINE_MM,
    MULTIPLE_PX,
    PACKED,
    WORDS,
)
from ecgengine_plugins.training.export import export_onnx, free_sides
from ecgengine_plugins.training.loop import Batch, Lesson
from ecgengine_plugins.training.options import PageTraining
from ecgengine_plugins.training.page_marks import draw_bars, draw_pulses, draw_rules
from ecgengine_plugins.training.page_sheets import MarkedSheet, crop_of
from ecgengine_plugins.training.page_targets import FINE_TARGETS, targets_of
from ecgengine_plugins.training.page_words import write_words
from ecgengine_plugins.training.pages import recolored
from ecgengine_plugins.training.sheet_library import SheetLibrary, sheets

_COVER_WEIGHTS = {"trace": (20.0, 0.5), "separator": (30.0, 0.25), "pulse": (30.0, 0.25)}
"""Of cross-entropy, and of the Dice loss, without which rare lines are never learned."""

_VOTE_WEIGHT, _VOTE_SURE_MM = 0.5, 1.0
_POINT_WEIGHT, _OFFSET_WEIGHT = 0.3, 1.0
_WORD_WEIGHT, _SIZE_WEIGHT = 0.6, 1.0
_GRAY_SHARE, _EXPOSURE_SPREAD = 0.2, 0.15
_WRITTEN_SHARE, _BARRED_SHARE, _PULSED_SHARE, _RULED_SHARE = 0.5, 0.35, 0.6, 0.2
_WORN_SHARE = 0.15
_SMALLEST, _BLURS_PX, _NOISES, _QUALITIES = 0.55, (0.3, 1.1), (2, 16), (30, 90)
_CONTRASTS = (0.25, 0.8)


class PageLesson(Lesson[PageTraining]):
    """Crops of sheets; the score is the Dice coefficient of the trace.

    The loss is a sum: cross-entropy and Dice loss of trace, separators and pulses, the error of
    votes for zero lines, large ones damped (Huber, 1964), and the focal loss of CenterNet (Zhou,
    Wang and Kraehenbuehl, 2019) for ends of strips and for words.
    """

    def network(self) -> nn.Module:
        """Give a new page network."""
        return PageNet()

    def batches(self, seed: int, first: int, *, validating: bool) -> Iterator[Batch]:
        """Yield (B, 3, 4 S, 4 S) images in 0..1 and (B, channels, S, S) targets, S in mm.

        Targets are packed as the network's answers are, with the cells that vote as well.
        """
        size = self.options.size_mm
        if validating:
            made = sheets(seed, first * self.options.batch)
        else:
            library = SheetLibrary(self.out / "sheets", self.options, self.options.seed)
        for number in count(first):
            random = np.random.default_rng((seed, number))
            if validating:
                drawn = [next(made) for _ in range(self.options.batch)]
            else:
                drawn = library.draw(number, self.options.batch, random)
            crops = [_crop(sheet, size, random) for sheet in drawn]
            if not validating:
                crops = [_varied(crop, random) for crop in crops]
            x = rgb(torch.from_numpy(np.stack([crop.image for crop in crops])))
            if not validating:
                x = recolored(x, _GRAY_SHARE, _EXPOSURE_SPREAD, random)
            yield x, torch.stack([packed_targets(crop) for crop in crops])

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Give the weighted sum of the losses."""
        found, true = _fine(outputs, FINE), _fine(targets, FINE_TARGETS)
        total = outputs.new_zeros(())
        for name, (weight, dice_weight) in _COVER_WEIGHTS.items():
            given = F.binary_cross_entropy_with_logits(found[name], true[name])
            # What is left even when every gray edge is predicted right.
            unavoidable = F.binary_cross_entropy(true[name], true[name])
            dice = _dice(found[name], true[name])
            total = total + weight * (given - unavoidable) + dice_weight * (1 - dice)
        misses = F.huber_loss(
            found["zero"] * ZERO_MM, true["zero"], reduction="none", delta=_VOTE_SURE_MM
        )
        voters = true["voting"].sum().clamp(min=1)
        total = total + _VOTE_WEIGHT * (misses * true["voting"]).sum() / voters
        points = torch.zeros_like(true["start"], dtype=torch.bool)
        for name in ("start", "end"):
            total = total + _POINT_WEIGHT * _focal(found[name], true[name])
            points = points | (true[name] == 1)
        for name in ("right", "below"):
            miss = (found[name] - true[name] / FINE_MM).abs() * points
            total = total + _OFFSET_WEIGHT * miss.sum() / points.sum().clamp(min=1)
        packed = len(FINE_TARGETS) * FINE_CELLS_PER_MM**2
        return total + _word_loss(outputs[:, PACKED:], targets[:, packed:])

    def score(self, outputs: Tensor, targets: Tensor) -> float:
        """Give the Dice coefficient of the trace."""
        found, true = _fine(outputs, FINE)["trace"], _fine(targets, FINE_TARGETS)["trace"]
        return float(_dice(found, true))

    def export(
        self, weights: Mapping[str, Tensor], validation: Sequence[Batch]
    ) -> dict[str, bytes]:
        """Give a network from pixels to probabilities and mm; height and width stay free."""
        return export_onnx(
            running(weights),
            {"sheet": torch.zeros(1, 6 * MULTIPLE_PX, 8 * MULTIPLE_PX, 3, dtype=torch.uint8)},
            "answer",
            (free_sides(MULTIPLE_PX),),
            weights,
            {"fine": ",".join(FINE), "words": ",".join(WORDS)},
        )


def _fine(packed: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Give the (B, 2 S, 2 S) maps of fine cells by name."""
    count_packed = len(names) * FINE_CELLS_PER_MM**2
    maps = F.pixel_shuffle(packed[:, :count_packed], FINE_CELLS_PER_MM)
    return dict(zip(names, maps.unbind(1), strict=True))


def _dice(logits: Tensor, true: Tensor) -> Tensor:
    found = torch.sigmoid(logits)
    return 2 * (found * true).sum() / ((found**2).sum() + (true**2).sum() + 1)


def _focal(logits: Tensor, near: Tensor) -> Tensor:
    """Give the loss of points, which are few, for each."""
    middle = near == 1
    found = torch.sigmoid(logits)
    hit = F.softplus(-logits) * (1 - found) ** 2 * middle
    miss = F.softplus(logits) * found**2 * (1 - near) ** 4
    return (hit.sum() + miss.sum()) / middle.sum().clamp(min=1)


def _word_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    number = len(WORDS)
    near = targets[:, :number]
    here = (near == 1).any(1, keepdim=True)
    miss = (outputs[:, number:] - targets[:, number:] / SIZE_MM).abs() * here
    size = miss.sum() / here.sum().clamp(min=1)
    return _WORD_WEIGHT * (_focal(outputs[:, :number], near) + _SIZE_WEIGHT * size)


def _crop(sheet: MarkedSheet, size_mm: int, random: np.random.Generator) -> MarkedSheet:
    height, width = (side // FINE_CELLS_PER_MM for side in sheet.inked.shape)
    x, y = (int(random.integers(max(side - size_mm, 0) + 1)) for side in (width, height))
    return crop_of(sheet, x, y, size_mm)


def _varied(sheet: MarkedSheet, random: np.random.Generator) -> MarkedSheet:
    """Draw marks and words on a sheet, and let its picture lose what careless pictures lose."""
    if random.random() < _BARRED_SHARE:
        sheet = draw_bars(sheet, random)
    if random.random() < _PULSED_SHARE:
        sheet = draw_pulses(sheet, random)
    if random.random() < _RULED_SHARE:
        sheet = draw_rules(sheet, random)
    if random.random() < _WRITTEN_SHARE:
        sheet = write_words(sheet, random)
    return replace(sheet, image=_worn(sheet.image, random))


def _worn(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    size = image.shape[0]
    worn: NDArray[Any] = image
    if random.random() < _WORN_SHARE:
        small = round(size * random.uniform(_SMALLEST, 1))
        worn = cv2.resize(worn, (small, small), interpolation=cv2.INTER_AREA)
        worn = cv2.resize(worn, (size, size), interpolation=cv2.INTER_CUBIC)
    if random.random() < _WORN_SHARE:
        worn = cv2.GaussianBlur(worn, (0, 0), random.uniform(*_BLURS_PX))
    if random.random() < _WORN_SHARE:
        paper = np.median(worn, axis=(0, 1))
        worn = (paper + (worn - paper) * random.uniform(*_CONTRASTS)).clip(0, 255).astype(np.uint8)
    if random.random() < _WORN_SHARE:
        # Grain of gray pictures is the same in all colors.
        colors = 1 if random.random() < _GRAY_SHARE else image.shape[2]
        noise = random.normal(0, random.uniform(*_NOISES), (*image.shape[:2], colors))
        worn = np.clip(worn + noise, 0, 255).astype(np.uint8)
    if random.random() < _WORN_SHARE:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(*_QUALITIES))]
        data = cv2.imencode(".jpg", worn, quality)[1]
        worn = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return np.asarray(worn, np.uint8)


def packed_targets(sheet: MarkedSheet) -> Tensor:
    """Give (channels, H, W) targets of a sheet in mm, packed as the network's answers are."""
    fine, words = (torch.from_numpy(each) for each in targets_of(sheet))
    return torch.cat([F.pixel_unshuffle(fine, FINE_CELLS_PER_MM), words])

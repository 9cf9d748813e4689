"""Training the classifier `efficientnet-b2`: what `ecgengine train classifier` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from torch import Tensor, nn

from ecgengine.training import Progress
from ecgengine_plugins.classifiers.view import HEIGHT_PX, WIDTH_PX
from ecgengine_plugins.training.export import export_onnx
from ecgengine_plugins.training.halves import halved, stored_in_half
from ecgengine_plugins.training.libraries import image_models
from ecgengine_plugins.training.loop import Batch, train
from ecgengine_plugins.training.options import ClassifierTraining
from ecgengine_plugins.training.page_views import SOURCES, shuffled, views_of
from ecgengine_plugins.training.pages import Cut, Samples, sample_batches
from ecgengine_plugins.training.view_library import VIEWS_A_PAGE, ViewLibrary

_CUT = Cut(views_of, {"count": VIEWS_A_PAGE})
_SMOOTHING = 0.05
_CALIBRATION_SEED = 199
_TEMPERATURE = "temperature"
_FOLD_PX = 2
_CHANNELS = 6 * _FOLD_PX**2 + 3
_MIDDLE, _SPREAD = 127.5, 64.0
_GRAIN_PX, _GRAIN_LEVELS = 3, 6.0
_PAPER_BLOCKS, _AROUND_BLOCKS, _SHADE_LEVELS = 3, 15, 10.0


class ClassifierTrainer:
    """Trains an EfficientNet-B2 (Tan and Le, 2019) on views of made pages, from random weights.

    Its chances are calibrated by one temperature (Guo and others, 2017).
    """

    def __init__(self, options: ClassifierTraining) -> None:
        self._options = options

    def train(self, out: Path, progress: Progress) -> None:
        """Train or go on with what `out` holds, and export; see `loop.train`."""
        train(SourceLesson(self._options, out / "views"), self._options, out, progress)


class SourceLesson:
    """Views of pages; the score is the share whose source is found."""

    def __init__(self, options: ClassifierTraining, folder: Path) -> None:
        self._options, self._folder = options, folder

    def network(self) -> nn.Module:
        """Give a new EfficientNet-B2."""
        return _new_network()

    def batches(self, seed: int, first: int, *, validating: bool) -> Iterator[Batch]:
        """Yield (B, 27, H / 2, W / 2) views, see `_seen`, and the (B,) indices of their sources."""
        if validating:
            drawn = sample_batches(self._options, _CUT, VIEWS_A_PAGE, seed, first, validating=True)
        else:
            drawn = self._drawn(seed, first)
        for views, sources in drawn:
            yield _seen(torch.from_numpy(views)), torch.from_numpy(sources)

    def _drawn(self, seed: int, first: int) -> Iterator[Samples]:
        library = ViewLibrary(self._folder, self._options)
        for number in count(first):
            random = np.random.default_rng((seed, number))
            views, sources = library.draw(self._options.batch, random)
            yield shuffled(views, random), sources

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Give the cross-entropy with smoothed targets."""
        return F.cross_entropy(outputs, targets, label_smoothing=_SMOOTHING)

    def score(self, outputs: Tensor, targets: Tensor) -> float:
        """Give the share of views whose likeliest source is the true one."""
        return float((outputs.argmax(1) == targets).float().mean())

    def export(
        self, weights: Mapping[str, Tensor], validation: Sequence[Batch]
    ) -> dict[str, bytes]:
        """Give a network from views to calibrated chances, its weights in half precision."""
        stored = halved(weights)
        net = _new_network()
        net.load_state_dict(stored)
        seed = self._options.seed + _CALIBRATION_SEED
        fresh = islice(self.batches(seed, 0, validating=True), self._options.calibration_batches)
        stored[_TEMPERATURE] = best_temperature(*_answers(net.eval(), chain(validation, fresh)))
        files = export_onnx(
            running(stored),
            {"views": torch.zeros(2, HEIGHT_PX, WIDTH_PX, 3, dtype=torch.uint8)},
            "chances",
            ({0: torch.export.Dim("n", min=1, max=64)},),
            stored,
            {},
        )
        return stored_in_half(files)


def running(weights: Mapping[str, Tensor]) -> nn.Module:
    """Give the network as it is run, with trained weights and their temperature."""
    own = {name: value.float() for name, value in weights.items() if name != _TEMPERATURE}
    net = _new_network()
    net.load_state_dict(own)
    return _FromViews(net, float(weights[_TEMPERATURE])).eval()


def best_temperature(logits: Tensor, targets: Tensor) -> Tensor:
    """Give what logits (N, K) are to be divided by so that the truth is likeliest.

    A scalar between 0.05 and 20, at the least negative log-likelihood, by L-BFGS.
    """
    given = logits.double()
    log_t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_t], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(given / log_t.exp(), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return log_t.detach().exp().clamp(0.05, 20.0).float()


class _FromViews(nn.Module):
    """The network as it is run: (N, H, W, 3) uint8 views to (N, 9) calibrated chances."""

    def __init__(self, net: nn.Module, temperature: float) -> None:
        super().__init__()
        self.net, self.temperature = net, temperature

    def forward(self, views: Tensor) -> Tensor:
        return torch.softmax(self.net(_seen(views)) / self.temperature, dim=1)


def _new_network() -> nn.Module:
    net: nn.Module = image_models().create_model(
        "efficientnet_b2", num_classes=len(SOURCES), in_chans=_CHANNELS, pretrained=False
    )
    # Its own first weights are meant for a thousand classes and shout with nine.
    nn.init.zeros_(cast("nn.Linear", net.classifier).weight)
    return net


def _seen(views: Tensor) -> Tensor:
    """Give (N, 27, H / 2, W / 2) from (N, H, W, 3) uint8: colors, grain, shades of the paper.

    Grain of a few levels tells a scan from a drawing, and creases and stains are as faint. Beside
    black ink both are next to nothing, so they are shown enlarged: what differs from the mean of
    the nearest pixels, and how the paper, which a maximum frees of lines, differs from the paper
    around. Each block of 2 x 2 pixels is folded into channels: nothing is lost, and the network,
    whose first layers cost most, is four times as fast. Paper is seen block by block.
    """
    # Pooling is several times slower where channels lie innermost.
    levels = views.permute(0, 3, 1, 2).contiguous().float()
    grain = levels - _mean(levels, _GRAIN_PX)
    light = F.max_pool2d(levels, _FOLD_PX)
    paper = F.max_pool2d(light, _PAPER_BLOCKS, 1, _PAPER_BLOCKS // 2)
    shade = paper - _mean(paper, _AROUND_BLOCKS)
    fine = (levels - _MIDDLE) / _SPREAD, torch.tanh(grain / _GRAIN_LEVELS)
    folded = F.pixel_unshuffle(torch.cat(fine, dim=1), _FOLD_PX)
    return torch.cat((folded, torch.tanh(shade / _SHADE_LEVELS)), dim=1)


def _mean(levels: Tensor, size: int) -> Tensor:
    """Give the mean of the square around each pixel, as far as it lies inside: columns, rows."""
    for square in ((size, 1), (1, size)):
        half = (square[0] // 2, square[1] // 2)
        levels = F.avg_pool2d(levels, square, 1, half, count_include_pad=False)
    return levels


@torch.no_grad()
def _answers(net: nn.Module, batches: Iterable[Batch]) -> tuple[Tensor, Tensor]:
    pairs = [(net(views), targets) for views, targets in batches]
    logits, targets = (torch.cat(part) for part in zip(*pairs, strict=True))
    return logits, targets

"""Train the classifier `efficientnet-b2`: what `ecgengine train classifier` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, islice

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  as everybody calls it
from torch import Tensor, nn

from ecgengine_plugins.networks.source.architecture import TEMPERATURE, new_network, running, seen
from ecgengine_plugins.networks.source.view import HEIGHT_PX, WIDTH_PX
from ecgengine_plugins.training.export import export_onnx
from ecgengine_plugins.training.halves import halved, stored_in_half
from ecgengine_plugins.training.loop import Batch, Lesson
from ecgengine_plugins.training.options import ClassifierTraining
from ecgengine_plugins.training.page_views import shuffled, views_of
from ecgengine_plugins.training.pages import Cut, Samples, sample_batches
from ecgengine_plugins.training.view_library import VIEWS_A_PAGE, ViewLibrary

_CUT = Cut(views_of, {"count": VIEWS_A_PAGE})
_SMOOTHING = 0.05
_CALIBRATION_SEED = 199


class SourceLesson(Lesson[ClassifierTraining]):
    """Views of pages; the score is the share whose source is found.

    Its probabilities are calibrated by one temperature (Guo and others, 2017).
    """

    def network(self) -> nn.Module:
        """Give a new EfficientNet-B2."""
        return new_network()

    def batches(self, seed: int, first: int, *, validating: bool) -> Iterator[Batch]:
        """Yield (B, 27, H / 2, W / 2) views, see `seen`, and the (B,) indices of their sources."""
        if validating:
            drawn = sample_batches(self.options, _CUT, VIEWS_A_PAGE, seed, first, validating=True)
        else:
            drawn = self._drawn(seed, first)
        for views, sources in drawn:
            yield seen(torch.from_numpy(views)), torch.from_numpy(sources)

    def _drawn(self, seed: int, first: int) -> Iterator[Samples]:
        library = ViewLibrary(self.out / "views", self.options)
        for number in count(first):
            random = np.random.default_rng((seed, number))
            views, sources = library.draw(self.options.batch, random)
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
        """Give a network from views to calibrated probabilities, its weights in half precision."""
        stored = halved(weights)
        net = new_network()
        net.load_state_dict(stored)
        seed = self.options.seed + _CALIBRATION_SEED
        fresh = islice(self.batches(seed, 0, validating=True), self.options.calibration_batches)
        stored[TEMPERATURE] = best_temperature(*_answers(net.eval(), chain(validation, fresh)))
        files = export_onnx(
            running(stored),
            {"views": torch.zeros(2, HEIGHT_PX, WIDTH_PX, 3, dtype=torch.uint8)},
            "chances",
            ({0: torch.export.Dim("n", min=1, max=64)},),
            stored,
            {},
        )
        return stored_in_half(files)


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


@torch.no_grad()
def _answers(net: nn.Module, batches: Iterable[Batch]) -> tuple[Tensor, Tensor]:
    pairs = [(net(views), targets) for views, targets in batches]
    logits, targets = (torch.cat(part) for part in zip(*pairs, strict=True))
    return logits, targets

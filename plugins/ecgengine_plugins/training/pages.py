"""Training samples cut from synthetic pages: an endless stream, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ecgengine.errors import UnreadableInputError
from ecgengine.plugins.options import DatasetOptions
from ecgengine.plugins.stages import Dataset
from ecgengine.running.workers import follow_parent
from ecgengine.truth.case import Case, PageTruth
from ecgengine_plugins.datasets.folder import FolderDataset
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.training.options import TrainingOptions

Samples = tuple[NDArray[Any], ...]
"""(N, ...) arrays of what was cut from one page, inputs first."""

_PAGES = 1_000_000
_POOL_PAGES = 40
_USES = 2
_FOLDED = 0.5
_TRAINING_SEED = 7_000_000
"""Far from the seeds that people and validation sets use."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How samples are cut from a page: a function of the case, a generator and these settings."""

    function: Callable[..., Samples]
    settings: Mapping[str, Any]

    def __call__(self, case: Case, random: np.random.Generator) -> Samples:
        """Cut the samples of a page."""
        return self.function(case, random, **self.settings)


def truth_of(case: Case) -> PageTruth:
    """Give what a synthetic page tells of itself; raises UnreadableInputError without truth."""
    if case.truth is None:
        raise UnreadableInputError(
            f"the page {case.name} has no truth: make the pages with `ecgengine synth`"
        )
    return case.truth


def training_pages(data: str, records: str, seed: int, free: float = 0.0) -> list[Dataset]:
    """Open what is trained on: a folder, or synthetic pages of made-up hearts and of records.

    Of the synthetic pages, a share `free` has its leads arranged freely.
    """
    if data != "synthetic":
        return [FolderDataset(DatasetOptions(which=data))]
    seed += _TRAINING_SEED
    made_up = SyntheticOptions(seed=seed, pages=_PAGES, masks=True, folded=_FOLDED, free=free)
    if not records:
        return [SyntheticDataset(made_up)]
    printed = made_up.model_copy(update={"records": records, "seed": made_up.seed + 1_000_000})
    return [SyntheticDataset(made_up), SyntheticDataset(printed)]


class PageSamples(TorchDataset[Samples]):
    """The samples of page number `index`; numbers beyond the last page begin again."""

    def __init__(self, cut: Cut, data: str, records: str, seed: int, free: float = 0.0) -> None:
        self._cut, self._seed = cut, seed
        self._pages = (data, records, seed, free)
        self._sources: list[tuple[Dataset, list[str]]] | None = None

    def __len__(self) -> int:
        return _PAGES

    def __getitem__(self, index: int) -> Samples:
        if self._sources is None:
            # Pages are made side by side, each on one core.
            cv2.setNumThreads(1)
            follow_parent()
            pages = training_pages(*self._pages)
            self._sources = [(dataset, list(dataset.names())) for dataset in pages]
        dataset, names = self._sources[index % len(self._sources)]
        case = dataset.load(names[index // len(self._sources) % len(names)])
        return self._cut(case, np.random.default_rng((self._seed, index)))


def sample_batches(
    options: TrainingOptions,
    cut: Cut,
    samples_a_page: int,
    seed: int,
    first: int = 0,
    *,
    validating: bool = False,
) -> Iterator[Samples]:
    """Yield (B, ...) samples, from batch number `first` on.

    They depend on the arguments alone, whatever the number of workers: pages come into a pool in
    their order, each in the place of an older one, at a pace that lets every sample be drawn
    twice on average. For validation, pages are synthetic and made in this process.
    """
    random = np.random.default_rng((seed, first))
    pages_a_batch = options.batch / (samples_a_page * _USES)
    workers = 0 if validating else options.workers
    source = ("synthetic", "") if validating else (options.data, options.records)
    order = range(round(first * pages_a_batch), _PAGES)
    made = page_samples(PageSamples(cut, *source, seed), order, workers)
    pool = [next(made) for _ in range(_POOL_PAGES)]
    due = 0.0
    while True:
        yield _drawn(pool, options.batch, random)
        due += pages_a_batch
        while due >= 1:
            pool[int(random.integers(len(pool)))] = next(made)
            due -= 1


def page_samples(pages: PageSamples, order: Sequence[int], workers: int) -> Iterator[Samples]:
    """Yield the samples of pages in an order, made by so many processes; 0 for this one."""
    yield from DataLoader(
        pages,
        batch_size=None,
        sampler=order,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        multiprocessing_context="spawn" if workers else None,
        collate_fn=_as_they_are,
    )


def _as_they_are(samples: Any) -> Any:
    return samples


def recolored(x: Tensor, gray: float, exposure: float, random: np.random.Generator) -> Tensor:
    """Turn (B, 3, H, W) pixels in 0..1 gray with a probability; change each one's exposure."""
    if random.random() < gray:
        x = x.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    gains = np.exp(random.normal(0, exposure, (len(x), 1, 1, 1)))
    return (x * torch.from_numpy(gains).float()).clamp(0, 1)


def _drawn(pool: list[Samples], count: int, random: np.random.Generator) -> Samples:
    drawn = []
    for page in random.integers(len(pool), size=count):
        sample = int(random.integers(len(pool[page][0])))
        drawn.append(tuple(part[sample] for part in pool[page]))
    return tuple(np.stack(part) for part in zip(*drawn, strict=True))

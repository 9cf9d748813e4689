"""An endless, repeatable stream of training batches from made pages."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ecgengine.options import DatasetOptions
from ecgengine.stages import Dataset
from ecgengine.workers import follow_parent
from ecgengine_plugins.datasets.folder import FolderDataset
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.training.crops import Crops, crops_of
from ecgengine_plugins.training.options import SegmenterTraining

_PAGES = 1_000_000
_CROPS_A_PAGE = 20
_POOL_PAGES = 40
_USES = 2
_TRAINING_SEED = 7_000_000
"""Far from the seeds that people and validation sets use."""


def training_pages(options: SegmenterTraining) -> list[Dataset]:
    """Open what is trained on: a folder, or synthetic pages of made-up hearts and of records."""
    if options.data != "synthetic":
        return [FolderDataset(DatasetOptions(which=options.data))]
    seed = _TRAINING_SEED + options.seed
    made_up = SyntheticOptions(seed=seed, pages=_PAGES, masks=True)
    if not options.records:
        return [SyntheticDataset(made_up)]
    printed = made_up.model_copy(update={"records": options.records, "seed": seed + 1_000_000})
    return [SyntheticDataset(made_up), SyntheticDataset(printed)]


class PageCrops(TorchDataset[Crops]):
    """The crops of page number `index`; numbers beyond the last page begin again."""

    def __init__(self, options: SegmenterTraining) -> None:
        self._options = options
        self._sources: list[tuple[Dataset, list[str]]] | None = None

    def __len__(self) -> int:
        return _PAGES

    def __getitem__(self, index: int) -> Crops:
        if self._sources is None:
            # Pages are made side by side, each on one core.
            cv2.setNumThreads(1)
            follow_parent()
            pages = training_pages(self._options)
            self._sources = [(dataset, list(dataset.names())) for dataset in pages]
        dataset, names = self._sources[index % len(self._sources)]
        case = dataset.load(names[index // len(self._sources) % len(names)])
        random = np.random.default_rng((self._options.seed, index))
        return crops_of(case, random, size_px=self._options.size_px, count=_CROPS_A_PAGE)


def batches(options: SegmenterTraining, first: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield (B, 3, S, S) float images and targets in 0..1, from batch number `first` on.

    They depend on the options and on `first` alone, whatever the number of workers: pages come
    into a pool in their order, each in the place of an older one, at a pace that lets every crop
    be drawn twice on average.
    """
    random = np.random.default_rng((options.seed, first))
    pages_a_batch = options.batch / (_CROPS_A_PAGE * _USES)
    loader = DataLoader(
        PageCrops(options),
        batch_size=None,
        sampler=range(round(first * pages_a_batch), _PAGES),
        num_workers=options.workers,
        prefetch_factor=4 if options.workers else None,
        multiprocessing_context="spawn" if options.workers else None,
    )
    pages = (crops for crops in loader if len(crops.images))
    pool = [next(pages) for _ in range(_POOL_PAGES)]
    due = 0.0
    while True:
        yield _batch(pool, options.batch, random)
        due += pages_a_batch
        while due >= 1:
            pool[int(random.integers(len(pool)))] = next(pages)
            due -= 1


def _batch(pool: list[Crops], count: int, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    images, targets = [], []
    for page in random.integers(len(pool), size=count):
        crop = int(random.integers(len(pool[page].images)))
        images.append(pool[page].images[crop])
        targets.append(pool[page].targets[crop])
    x = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255
    y = torch.from_numpy(np.stack(targets)).permute(0, 3, 1, 2).float() / 255
    return _varied(x, y, random)


def _varied(x: Tensor, y: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Mirror, turn gray, change the exposure: what costs nothing and keeps the targets true."""
    for side in (2, 3):
        if random.random() < 0.5:
            x, y = x.flip(side), y.flip(side)
    if random.random() < 0.15:
        x = x.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    exposure = np.exp(random.normal(0, 0.1, (len(x), 1, 1, 1)))
    return (x * torch.from_numpy(exposure).float()).clamp(0, 1), y

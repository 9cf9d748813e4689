"""Register the built-in datasets."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.options import DatasetOptions
from ecgengine.plugins.stages import Dataset
from ecgengine_plugins.datasets.options import SyntheticOptions


def _folder(options: DatasetOptions) -> Dataset:
    from ecgengine_plugins.datasets.folder import FolderDataset

    return FolderDataset(options)


def _kaggle(options: DatasetOptions) -> Dataset:
    from ecgengine_plugins.datasets.kaggle import KaggleDataset

    return KaggleDataset(options)


def _synthetic(options: SyntheticOptions) -> Dataset:
    from ecgengine_plugins.datasets.synthetic import SyntheticDataset

    return SyntheticDataset(options)


@hookimpl
def ecgengine_datasets() -> Iterable[StagePlugin[Dataset]]:
    """Yield `synthetic`, `folder` and `kaggle`."""
    yield StagePlugin(
        name="synthetic",
        factory=_synthetic,
        summary="pages made from a seed: synthetic:val-v1, or your own set",
        options=SyntheticOptions,
        priority=1,
    )
    yield StagePlugin(
        name="folder",
        factory=_folder,
        summary="pages and their truth from a folder: folder:DIR",
        options=DatasetOptions,
    )
    yield StagePlugin(
        name="kaggle",
        factory=_kaggle,
        summary="the PhysioNet competition's own data: kaggle:DIR",
        options=DatasetOptions,
    )

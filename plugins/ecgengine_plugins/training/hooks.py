"""Register the trainers; torch is imported when one is built."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import cast

from ecgengine.errors import MissingDependencyError
from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.stages import Trainer
from ecgengine_plugins.training.options import (
    ClassifierTraining,
    ExtractorTraining,
    PageTraining,
    PathTraining,
    TrainingOptions,
)


def _trainer(module: str, lesson: str, options: TrainingOptions) -> Trainer:
    try:
        found = import_module(f"ecgengine_plugins.training.{module}")
        loop = import_module("ecgengine_plugins.training.loop")
    except ImportError as error:
        raise MissingDependencyError(
            f"training needs {error.name}: pip install ecgengine[train]"
        ) from error
    return cast("Trainer", loop.LessonTrainer(getattr(found, lesson), options))


def _classifier(options: ClassifierTraining) -> Trainer:
    return _trainer("classifier", "SourceLesson", options)


def _extractor(options: ExtractorTraining) -> Trainer:
    return _trainer("extractor", "RowLesson", options)


def _path(options: PathTraining) -> Trainer:
    return _trainer("path", "PathLesson", options)


def _page(options: PageTraining) -> Trainer:
    return _trainer("page", "PageLesson", options)


@hookimpl
def ecgengine_trainers() -> Iterable[StagePlugin[Trainer]]:
    """Yield the trainers of the shipped networks."""
    yield StagePlugin(
        name="classifier",
        factory=_classifier,
        summary="trains the network of the classifier `efficientnet-b2`",
        options=ClassifierTraining,
    )
    yield StagePlugin(
        name="extractor",
        factory=_extractor,
        summary="trains the network of the extractor `network`",
        options=ExtractorTraining,
    )
    yield StagePlugin(
        name="page",
        factory=_page,
        summary="trains the network that sees a whole sheet at once",
        options=PageTraining,
    )
    yield StagePlugin(
        name="path",
        factory=_path,
        summary="trains the network that reads pieces of strips",
        options=PathTraining,
    )

"""Registers the trainers; torch is imported when one is built."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.errors import MissingDependencyError
from ecgengine.hookspecs import StagePlugin, hookimpl
from ecgengine.stages import Trainer
from ecgengine_plugins.training.options import SegmenterTraining


def _segmenter(options: SegmenterTraining) -> Trainer:
    try:
        from ecgengine_plugins.training.segmenter import SegmenterTrainer
    except ImportError as error:
        raise MissingDependencyError(
            f"training needs {error.name}: pip install ecgengine[train]"
        ) from error

    return SegmenterTrainer(options)


@hookimpl
def ecgengine_trainers() -> Iterable[StagePlugin[Trainer]]:
    """Yield `segmenter`."""
    yield StagePlugin(
        name="segmenter",
        factory=_segmenter,
        summary="trains the network of the segmenter `unet`",
        options=SegmenterTraining,
    )

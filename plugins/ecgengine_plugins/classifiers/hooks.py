"""Register the built-in classifiers."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.options import NoOptions
from ecgengine.plugins.stages import Classifier
from ecgengine_plugins.classifiers.options import EfficientnetOptions, FixedOptions


def _efficientnet(options: EfficientnetOptions) -> Classifier:
    from ecgengine_plugins.classifiers.efficientnet import EfficientnetClassifier

    return EfficientnetClassifier(options)


def _simple(options: NoOptions) -> Classifier:
    from ecgengine_plugins.classifiers.simple import SimpleClassifier

    return SimpleClassifier()


def _fixed(options: FixedOptions) -> Classifier:
    from ecgengine_plugins.classifiers.fixed import FixedClassifier

    return FixedClassifier(options.source)


@hookimpl
def ecgengine_classifiers() -> Iterable[StagePlugin[Classifier]]:
    """Yield `simple`, the default, `efficientnet-b2` and `fixed`."""
    yield StagePlugin(
        name="efficientnet-b2",
        factory=_efficientnet,
        summary="a network that tells all nine sources, or says that it is unsure",
        options=EfficientnetOptions,
        priority=5,
    )
    yield StagePlugin(
        name="simple",
        factory=_simple,
        summary="tells renders, color scans, grey scans and photos by color, light and noise",
        priority=10,
    )
    yield StagePlugin(
        name="fixed",
        factory=_fixed,
        summary="every page is of the source that the user names",
        options=FixedOptions,
    )

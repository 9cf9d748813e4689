"""Registers the built-in classifiers."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from ecgengine.hookspecs import StagePlugin, hookimpl
from ecgengine.options import NoOptions, Options
from ecgengine.page import Source
from ecgengine.stages import Classifier


class FixedOptions(Options):
    """Options of the classifier `fixed`."""

    source: Source | None = Field(
        None, description="what every page is; not set: unknown, so that generic stages are used"
    )


def _simple(options: NoOptions) -> Classifier:
    from ecgengine_plugins.classifiers.simple import SimpleClassifier

    return SimpleClassifier()


def _fixed(options: FixedOptions) -> Classifier:
    from ecgengine_plugins.classifiers.fixed import FixedClassifier

    return FixedClassifier(options.source)


@hookimpl
def ecgengine_classifiers() -> Iterable[StagePlugin[Classifier]]:
    """Yield `simple`, the default, and `fixed`."""
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

"""The public hooks: one for each stage kind, each yielding plugin records.

A hook takes no arguments, imports nothing heavy and has no side effects; the factory of a record
is called only when its stage is used. Register a module of hooks under the entry-point group
`ecgengine`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pluggy

from ecgengine.data.layout import Layout
from ecgengine.data.source import Source
from ecgengine.plugins.kinds import StageKind
from ecgengine.plugins.options import NoOptions, Options
from ecgengine.plugins.stages import (
    Assembler,
    Classifier,
    Dataset,
    Extractor,
    Matcher,
    Preprocessor,
    Reader,
    Rectifier,
    Segmenter,
    Trainer,
    Writer,
)

if TYPE_CHECKING:
    from ecgengine.data.model import Model

hookspec = pluggy.HookspecMarker("ecgengine")
hookimpl = pluggy.HookimplMarker("ecgengine")

StageT_co = TypeVar("StageT_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlugin(Generic[StageT_co]):
    """One named stage (or layout) that a plugin offers.

    Attributes:
        name: what the command line calls it, such as `viterbi`; lower case, digits, `-`, `+`.
        factory: builds the stage from its options, and from the stages that it `needs`; heavy
            imports belong in here.
        summary: one line for `ecgengine plugins list`.
        options: the option model.
        sources: sources it is made for; empty means any. Source-specific beats generic.
        priority: among equally specific stages the highest is chosen by default; one with a
            negative priority is used by name alone.
        needs: (kind, name) of other stages that it works with. They are built with options of
            their own and given to the factory after its own options, in this order.
        provider: `distribution version`, filled in by the loader.
    """

    name: str
    factory: Callable[..., StageT_co]
    summary: str
    options: type[Options] = NoOptions
    sources: frozenset[Source] = frozenset()
    priority: int = 0
    needs: tuple[tuple[StageKind[Any], str], ...] = ()
    provider: str = ""


class EcgEngineHooks:
    """Hook specifications; every hook yields `StagePlugin` records of its kind."""

    @hookspec
    def ecgengine_readers(self) -> Iterable[StagePlugin[Reader]]:
        """Readers: file to pages."""
        raise NotImplementedError

    @hookspec
    def ecgengine_classifiers(self) -> Iterable[StagePlugin[Classifier]]:
        """Classifiers: page to source."""
        raise NotImplementedError

    @hookspec
    def ecgengine_preprocessors(self) -> Iterable[StagePlugin[Preprocessor]]:
        """Preprocessors: page to evened page."""
        raise NotImplementedError

    @hookspec
    def ecgengine_rectifiers(self) -> Iterable[StagePlugin[Rectifier]]:
        """Rectifiers: page to flat sheet of known scale."""
        raise NotImplementedError

    @hookspec
    def ecgengine_segmenters(self) -> Iterable[StagePlugin[Segmenter]]:
        """Segmenters: sheet to trace map."""
        raise NotImplementedError

    @hookspec
    def ecgengine_layouts(self) -> Iterable[StagePlugin[Layout]]:
        """Layouts: data that matchers fit to a trace map."""
        raise NotImplementedError

    @hookspec
    def ecgengine_matchers(self) -> Iterable[StagePlugin[Matcher]]:
        """Matchers: trace map and layouts to named strips."""
        raise NotImplementedError

    @hookspec
    def ecgengine_extractors(self) -> Iterable[StagePlugin[Extractor]]:
        """Extractors: trace map and strips to curves."""
        raise NotImplementedError

    @hookspec
    def ecgengine_assemblers(self) -> Iterable[StagePlugin[Assembler]]:
        """Assemblers: curves to calibrated recording."""
        raise NotImplementedError

    @hookspec
    def ecgengine_writers(self) -> Iterable[StagePlugin[Writer]]:
        """Writers: recording to file contents."""
        raise NotImplementedError

    @hookspec
    def ecgengine_datasets(self) -> Iterable[StagePlugin[Dataset]]:
        """Datasets: name to page and truth; their options derive from `DatasetOptions`."""
        raise NotImplementedError

    @hookspec
    def ecgengine_models(self) -> Iterable[StagePlugin[Model]]:
        """Models: the trained networks that a distribution ships, each with its card."""
        raise NotImplementedError

    @hookspec
    def ecgengine_trainers(self) -> Iterable[StagePlugin[Trainer]]:
        """Trainers: what makes the networks."""
        raise NotImplementedError

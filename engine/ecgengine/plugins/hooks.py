"""The public hooks: one for each stage kind, each yielding plugin records.

A hook takes no arguments, imports nothing heavy and has no side effects; the factory of a record
is called only when its stage is used. Register a module of hooks under the entry-point group
`ecgengine`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pluggy

from ecgengine.data.layout import Layout
from ecgengine.data.source import Source
from ecgengine.plugins.kinds import KINDS, StageKind
from ecgengine.plugins.options import NoOptions, Options

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


def layout_plugin(layout: Layout) -> StagePlugin[Layout]:
    """Give the record that offers a layout under its name."""

    def give(options: NoOptions) -> Layout:
        return layout

    return StagePlugin(name=layout.name, factory=give, summary=layout.summary)


def _yields_records() -> Iterable[StagePlugin[Any]]:
    """Yield the records of a kind; takes no argument."""
    raise NotImplementedError


SPECIFICATIONS = type("Hooks", (), {kind.hook: hookspec(_yields_records) for kind in KINDS})
"""What pluggy checks plugins against: a hook for each kind, `ecgengine_readers` and so on."""

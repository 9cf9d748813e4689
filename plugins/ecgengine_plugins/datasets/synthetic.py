"""Dataset `synthetic`: pages drawn on the fly from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from ecgengine.data.layout import Layout
from ecgengine.data.source import Source
from ecgengine.errors import UnreadableInputError, UsageError
from ecgengine.truth.case import Case
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.synth.making import Recipe, make_case

_SETS = {
    "val-v1": SyntheticOptions(seed=20_261_123, pages=90),
    "val-v2": SyntheticOptions(seed=20_261_130, pages=90, free=1.0),
}
"""Fixed sets by name; a set that has been published never changes."""

ItemT = TypeVar("ItemT")

_COMMON = {"3x4+1": 0.4, "3x4": 0.1, "3x4+2": 0.06, "3x4+3": 0.1, "6x2": 0.1, "6x2+1": 0.06}
_COMMON |= {"12x1": 0.05, "6x1": 0.03, "6x1-chest": 0.03}
"""How common layouts are; those not named share what is left."""


class SyntheticDataset:
    """Pages of all nine sources, `00000-render`, `00001-color-scan` and so on."""

    def __init__(self, options: SyntheticOptions) -> None:
        if options.which:
            if options.which not in _SETS:
                raise UsageError(
                    f"there is no synthetic set '{options.which}'; there are: {', '.join(_SETS)}; "
                    "or leave it out and set seed and pages"
                )
            options = _SETS[options.which].model_copy(update={"masks": options.masks})
        self._seed, self._masks, self._folded = options.seed, options.masks, options.folded
        self._free = options.free
        sources = _chosen("source", options.sources, {str(s): s for s in Source})
        layouts = _chosen("layout", options.layouts, {x.name: x for x in LAYOUTS})
        self._layouts, self._shares = layouts, _shares(layouts)
        self._records = _record_files(options.records)
        self._plan = {
            f"{index:05d}-{sources[index % len(sources)]}": (index, sources[index % len(sources)])
            for index in range(options.pages)
        }

    def names(self) -> Sequence[str]:
        """List the cases; the sources take turns."""
        return tuple(self._plan)

    def load(self, name: str) -> Case:
        """Make one case."""
        return make_case(self._recipe(name))

    def _recipe(self, name: str) -> Recipe:
        if name not in self._plan:
            raise UsageError(
                f"the set has no page {name}; they are called as {next(iter(self._plan))}"
            )
        index, source = self._plan[name]
        # A stream of its own: what is printed does not depend on how layouts are chosen.
        chosen = np.random.default_rng((self._seed, index, 1)).choice(
            len(self._layouts), p=self._shares
        )
        layout = self._layouts[int(chosen)]
        seed = (self._seed, index)
        free = bool(np.random.default_rng((self._seed, index, 2)).random() < self._free)
        return Recipe(name, seed, source, layout, self._records, self._masks, self._folded, free)


def _chosen(kind: str, names: str, known: dict[str, ItemT]) -> list[ItemT]:
    """Give what a comma-separated list names; everything when it is empty."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no {kind} '{name}'; there are: {', '.join(known)}")
    return [known[name] for name in wanted] or list(known.values())


def _shares(layouts: Sequence[Layout]) -> list[float]:
    """Give how often each layout is printed; rare ones alike share what the common ones leave."""
    rare = max(sum(layout.name not in _COMMON for layout in layouts), 1)
    left = 1 - sum(_COMMON.values())
    weights = [_COMMON.get(layout.name, left / rare) for layout in layouts]
    return [weight / sum(weights) for weight in weights]


def _record_files(folder: str) -> tuple[Path, ...]:
    """List WFDB headers and CSV files below a folder, in an order that no machine changes."""
    if not folder:
        return ()
    files = [p for suffix in (".hea", ".csv") for p in Path(folder).rglob(f"*{suffix}")]
    if not files:
        raise UnreadableInputError(
            f"{folder} holds no records: name a folder with WFDB (.hea) or CSV files below it"
        )
    return tuple(sorted(files, key=lambda path: path.relative_to(folder).parts))

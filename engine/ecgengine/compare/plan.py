"""The plan: everything that says what a comparison is, and rebuilds it in another process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from ecgengine.compare.combinations import Combination
from ecgengine.data.hints import Hints
from ecgengine.data.source import Source
from ecgengine.plugins.manager import PluginManager, only_plugins
from ecgengine.plugins.stages import Dataset
from ecgengine.running.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared on which pages.

    Attributes:
        dataset: name of the dataset plugin.
        combinations: the choices of stages.
        options: plugin options by stage kind or plugin name; the dataset's among them.
        source: the source of all pages when the user says it, else each is classified.
        plugin_files: local plugin modules.
        true_geometry: whether made pages are laid flat by their truth, not by the rectifier.
    """

    dataset: str
    combinations: tuple[Combination, ...]
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str | None = None
    plugin_files: tuple[Path, ...] = ()
    true_geometry: bool = False

    def manager(self) -> PluginManager:
        """Load the plugins."""
        return PluginManager(self.plugin_files, only=only_plugins())

    def open_dataset(self, manager: PluginManager) -> Dataset:
        """Build the dataset; raises what its factory raises."""
        selected = manager.select("dataset", self.dataset, options=self.options)
        dataset: Dataset = selected.build()
        return dataset

    def pipeline(self, manager: PluginManager, combination: Combination, fs_hz: float) -> Pipeline:
        """Build the pipeline of one combination."""
        return Pipeline(
            manager,
            Hints(fs_hz=fs_hz),
            source=None if self.source is None else Source(self.source),
            choices=combination.choices,
            options=self.options,
        )

    def check(self, manager: PluginManager) -> None:
        """Raise before the first page for a stage that does not exist or an option unfit for it."""
        named: dict[str, set[str]] = {"dataset": {self.dataset}}
        for combination in self.combinations:
            for kind, name in combination.choices.items():
                named.setdefault(kind, set()).add(name)
        manager.check(self.options, named, None if self.source is None else Source(self.source))

    def fingerprint(self) -> str:
        """Give JSON that is equal for comparisons whose finished pages may be taken over."""
        return json.dumps(
            {
                "ecgengine": metadata.version("ecgengine"),
                "dataset": self.dataset,
                "combinations": {c.label: c.choices for c in self.combinations},
                "options": {name: dict(values) for name, values in self.options.items()},
                "source": self.source,
                "true_geometry": self.true_geometry,
                "plugin_files": [str(path) for path in self.plugin_files],
            },
            indent=1,
            sort_keys=True,
        )

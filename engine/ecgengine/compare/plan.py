"""What is compared on which pages: all that another process needs to rebuild it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from importlib import metadata

from ecgengine.compare.combinations import Combination
from ecgengine.plugins.kinds import DATASET, READING
from ecgengine.plugins.manager import PluginManager
from ecgengine.plugins.stages import Dataset
from ecgengine.running.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared on which pages.

    Attributes:
        dataset: name of the dataset plugin.
        combinations: the choices of stages.
        settings: what is said of all pages, and plugin options, the dataset's among them.
        true_geometry: whether synthetic pages are laid flat by their truth, not by the rectifier.
    """

    dataset: str
    combinations: tuple[Combination, ...]
    settings: Settings = field(default_factory=Settings)
    true_geometry: bool = False

    def open_dataset(self, manager: PluginManager) -> Dataset:
        """Build the dataset; raises what its factory raises."""
        return manager.select(DATASET, self.dataset, options=self.settings.options).build()

    def check(self, manager: PluginManager) -> None:
        """Raise before the first page for a stage that does not exist or an option unfit for it."""
        named: dict[str, set[str]] = {DATASET: {self.dataset}}
        for combination in self.combinations:
            for kind, name in combination.choices.items():
                named.setdefault(kind, set()).add(name)
        self.settings.check(manager, named, kinds=(*READING, DATASET))

    def fingerprint(self) -> str:
        """Give JSON that is equal for comparisons whose finished pages may be taken over."""
        return json.dumps(
            {
                "ecgengine": metadata.version("ecgengine"),
                "dataset": self.dataset,
                "combinations": {c.label: c.choices for c in self.combinations},
                "hints": asdict(self.settings.hints),
                "options": {name: dict(o) for name, o in self.settings.options.items()},
                "layouts": [asdict(layout) for layout in self.settings.layouts],
                "source": self.settings.source,
                "true_geometry": self.true_geometry,
                "plugin_files": [str(path) for path in self.settings.plugin_files],
            },
            indent=1,
            sort_keys=True,
        )

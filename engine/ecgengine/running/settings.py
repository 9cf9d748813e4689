"""Settings: what a user says about pages, checked, and the pipelines that follow from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from ecgengine.data.hints import Hints
from ecgengine.data.layout import Layout, check_leads
from ecgengine.data.layout_files import load_layouts
from ecgengine.data.source import Source
from ecgengine.errors import UsageError
from ecgengine.plugins.kinds import LAYOUT, ON_THE_WAY, READING, WRITER, StageKind
from ecgengine.plugins.manager import PluginManager, only_plugins
from ecgengine.running.pipeline import Pipeline


class Given(TypedDict, total=False):
    """Everything that a user may say about pages, each by its own name.

    source: what kind of picture it is (`render`, `bw-scan`, ...); None asks the classifier.
    px_per_mm: pixels per millimeter, one number or (x, y); None measures the grid.
    layout: layout name; None finds it.
    layout_files: files with layouts of the user's own (docs/layouts.md), offered beside the known
        ones; one of the same name takes the place of a known one.
    rhythm: names of the rhythm strips, top to bottom.
    leads: names of all strips, row by row from the left; `-` for one without a name.
    gain_mm_per_mv: millimeters per millivolt; None reads the page.
    speed_mm_per_s: millimeters per second; None reads the page.
    fs_hz: samples per second of the result.
    options: plugin options by stage kind or plugin name, `{"viterbi": {"rounds": 4}}`.
    plugin_files: local plugin modules.
    strict_plugins: refuse to work beside a broken plugin.
    classifier ... assembler: name of the plugin that is to be used as this stage.
    """

    source: str | None
    px_per_mm: float | tuple[float, float] | None
    layout: str | None
    layout_files: Sequence[str | Path]
    rhythm: Sequence[str] | None
    leads: Sequence[str] | None
    gain_mm_per_mv: float | None
    speed_mm_per_s: float | None
    fs_hz: float
    options: Mapping[str, Mapping[str, Any]]
    plugin_files: Sequence[Path]
    strict_plugins: bool
    classifier: str | None
    preprocessor: str | None
    rectifier: str | None
    segmenter: str | None
    matcher: str | None
    extractor: str | None
    assembler: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a user says, with values that make sense; names of plugins are checked by `check`.

    Attributes:
        hints: what stages obey.
        source: the pages' source, or None to ask the classifier.
        choices: plugin name by stage kind.
        options: plugin options by stage kind or plugin name.
        plugin_files: local plugin modules.
        layouts: the user's own layouts.
        strict_plugins: refuse to work beside a broken plugin.
    """

    hints: Hints = field(default_factory=Hints)
    source: Source | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    plugin_files: tuple[Path, ...] = ()
    layouts: tuple[Layout, ...] = ()
    strict_plugins: bool = False

    @classmethod
    def of(cls, **given: Unpack[Given]) -> Settings:
        """Take what a user says.

        Raises UsageError for an unknown name, a value out of range or a faulty layout file.
        """
        unknown = set(given) - set(Given.__annotations__)
        if unknown:
            raise UsageError(f"there is no setting called {', '.join(sorted(unknown))}")
        scale, source = given.get("px_per_mm"), given.get("source")
        gain, speed = given.get("gain_mm_per_mv"), given.get("speed_mm_per_s")
        fs_hz = given.get("fs_hz", 500.0)
        rhythm, leads = given.get("rhythm"), given.get("leads")
        for name, value in (("gain", gain), ("speed", speed), ("fs", fs_hz)):
            if value is not None and not 0 < value < 1e5:
                raise UsageError(f"{name} is {value:g}; it must be a positive number")
        if isinstance(scale, (int, float)):
            scale = (scale, scale)
        if scale is not None and not all(0 < value < 1000 for value in scale):
            raise UsageError("px-per-mm must be a positive number, or two: X,Y")
        if source is not None and source not in list(Source):
            raise UsageError(f"no source is called '{source}'; there are: {', '.join(Source)}")
        rhythm = None if rhythm is None else tuple(rhythm)
        leads = None if leads is None else tuple(leads)
        check_leads(rhythm or ())
        check_leads(lead.removeprefix("-") for lead in leads or () if lead != "-")
        return cls(
            hints=Hints(scale, given.get("layout"), rhythm, leads, gain, speed, float(fs_hz)),
            source=None if source is None else Source(source),
            choices={str(k): str(given[k]) for k in ON_THE_WAY if given.get(k)},  # type: ignore[literal-required]
            options=given.get("options", {}),
            plugin_files=tuple(given.get("plugin_files", ())),
            layouts=load_layouts(given.get("layout_files", ())),
            strict_plugins=given.get("strict_plugins", False),
        )

    def manager(self) -> PluginManager:
        """Load plugins and own layouts; raises PluginError for a broken one if that is wanted."""
        return PluginManager(
            self.plugin_files,
            strict=self.strict_plugins,
            only=only_plugins(),
            layouts=self.layouts,
        )

    def check(
        self,
        manager: PluginManager,
        choices: Mapping[str, Collection[str]] | None = None,
        *,
        kinds: Iterable[StageKind[Any]] = (*READING, WRITER),
    ) -> None:
        """Raise before the first page for a name or an option that does not exist or fit.

        Args:
            manager: where plugins come from.
            choices: plugin names by stage kind, several where stages are compared; by default
                the settings' own.
            kinds: the kinds that are in use.
        """
        if choices is None:
            choices = {kind: (name,) for kind, name in self.choices.items()}
        if self.hints.layout is not None:
            manager.select(LAYOUT, self.hints.layout)
        manager.check(self.options, choices, self.source, kinds=kinds)

    def pipeline(
        self,
        manager: PluginManager,
        choices: Mapping[str, str] | None = None,
        fs_hz: float | None = None,
    ) -> Pipeline:
        """Build a pipeline, with other choices or at another rate than the settings' own."""
        return Pipeline(
            manager,
            self.hints if fs_hz is None else replace(self.hints, fs_hz=fs_hz),
            source=self.source,
            choices=self.choices if choices is None else choices,
            options=self.options,
        )


def make_pipeline(**given: Unpack[Given]) -> Pipeline:
    """Build a pipeline from what a user says; see `Given`.

    Raises UsageError for an unknown setting or a value out of range, PluginError when a plugin is
    missing or broken.
    """
    settings = Settings.of(**given)
    manager = settings.manager()
    settings.check(manager)
    return settings.pipeline(manager)

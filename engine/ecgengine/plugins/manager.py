"""Plugins: found by entry point, kept apart from each other's faults, selected by plain rules.

Own loader instead of pluggy's: that one dies on the first broken plugin and names no culprit.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from ecgengine.data.source import Source
from ecgengine.errors import PluginError
from ecgengine.plugins import hooks as hookspecs
from ecgengine.plugins.calling import call
from ecgengine.plugins.hooks import StagePlugin
from ecgengine.plugins.options import Options
from ecgengine.plugins.selection import OptionValues, by_name, by_rule, check_options, fill

if TYPE_CHECKING:
    from ecgengine.data.layout import Layout
    from ecgengine.data.model import Model
    from ecgengine.plugins import stages

__all__ = [
    "KINDS",
    "LOCAL_MODULE",
    "MANY_AT_ONCE",
    "PluginFailure",
    "PluginManager",
    "Selected",
    "call",
    "only_plugins",
]

GROUP = "ecgengine"

LOCAL_MODULE = "ecgengine_local_"
"""What the module names of local plugin files begin with."""

KINDS = {
    "reader": "ecgengine_readers",
    "classifier": "ecgengine_classifiers",
    "preprocessor": "ecgengine_preprocessors",
    "rectifier": "ecgengine_rectifiers",
    "segmenter": "ecgengine_segmenters",
    "layout": "ecgengine_layouts",
    "matcher": "ecgengine_matchers",
    "extractor": "ecgengine_extractors",
    "assembler": "ecgengine_assemblers",
    "writer": "ecgengine_writers",
    "dataset": "ecgengine_datasets",
    "model": "ecgengine_models",
    "trainer": "ecgengine_trainers",
}
"""Stage kind to the name of its hook."""

MANY_AT_ONCE = frozenset({"reader", "layout", "writer", "dataset", "model", "trainer"})
"""Kinds that no single plugin serves for a page; of the others exactly one does."""


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """A plugin that cannot be used: who provides it, what it was doing, and why it failed."""

    provider: str
    doing: str
    cause: str

    def __str__(self) -> str:
        return f"{self.provider} failed while {self.doing}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Selected:
    """A plugin chosen for a stage, with its options filled in."""

    kind: str
    plugin: StagePlugin[Any]
    options: Options

    def build(self) -> Any:
        """Build the stage; raises PluginError naming the provider when the factory fails."""
        doing = f"building the {self.kind} '{self.plugin.name}'"
        return call(self.plugin.provider, doing, self.plugin.factory, self.options).value


class PluginManager:
    """Finds, checks and selects plugins.

    Args:
        files: local plugin modules (`--plugin file.py`), loaded after the installed ones.
        strict: raise PluginError for the first broken plugin instead of keeping it as data.
        only: names of the distributions to load; None loads all.
    """

    def __init__(
        self,
        files: Sequence[Path] = (),
        *,
        strict: bool = False,
        only: Sequence[str] | None = None,
    ) -> None:
        self._arguments = (tuple(files), strict, None if only is None else tuple(only))
        self._manager = pluggy.PluginManager("ecgengine")
        self._manager.add_hookspecs(hookspecs.EcgEngineHooks)
        self._failures: list[PluginFailure] = []
        self._blocked: list[str] = []
        self._plugins: dict[str, list[StagePlugin[Any]]] = {kind: [] for kind in KINDS}
        self._load_installed(only)
        for file in files:
            self._load_file(file)
        if strict and self._failures:
            raise PluginError(f"{self._failures[0]}; repair or uninstall it")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the arguments; a worker process loads the plugins anew."""
        files, strict, only = self._arguments
        return _rebuild, (files, strict, only)

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        """Every plugin that could not be used, in the order found."""
        return tuple(self._failures)

    @property
    def blocked(self) -> tuple[str, ...]:
        """Every installed provider that was not loaded because `only` does not name it."""
        return tuple(self._blocked)

    def plugins(self, kind: str) -> tuple[StagePlugin[Any], ...]:
        """All plugins of a kind, highest priority first, then by name."""
        return tuple(sorted(self._plugins[kind], key=lambda p: (-p.priority, p.name)))

    def readers(self) -> tuple[StagePlugin[stages.Reader], ...]:
        """All readers, highest priority first."""
        return self.plugins("reader")

    def classifiers(self) -> tuple[StagePlugin[stages.Classifier], ...]:
        """All classifiers, highest priority first."""
        return self.plugins("classifier")

    def preprocessors(self) -> tuple[StagePlugin[stages.Preprocessor], ...]:
        """All preprocessors, highest priority first."""
        return self.plugins("preprocessor")

    def rectifiers(self) -> tuple[StagePlugin[stages.Rectifier], ...]:
        """All rectifiers, highest priority first."""
        return self.plugins("rectifier")

    def segmenters(self) -> tuple[StagePlugin[stages.Segmenter], ...]:
        """All segmenters, highest priority first."""
        return self.plugins("segmenter")

    def layouts(self) -> tuple[StagePlugin[Layout], ...]:
        """All layouts, highest priority first."""
        return self.plugins("layout")

    def matchers(self) -> tuple[StagePlugin[stages.Matcher], ...]:
        """All matchers, highest priority first."""
        return self.plugins("matcher")

    def extractors(self) -> tuple[StagePlugin[stages.Extractor], ...]:
        """All extractors, highest priority first."""
        return self.plugins("extractor")

    def assemblers(self) -> tuple[StagePlugin[stages.Assembler], ...]:
        """All assemblers, highest priority first."""
        return self.plugins("assembler")

    def writers(self) -> tuple[StagePlugin[stages.Writer], ...]:
        """All writers, highest priority first."""
        return self.plugins("writer")

    def datasets(self) -> tuple[StagePlugin[stages.Dataset], ...]:
        """All datasets, highest priority first."""
        return self.plugins("dataset")

    def models(self) -> tuple[StagePlugin[Model], ...]:
        """All models, highest priority first."""
        return self.plugins("model")

    def trainers(self) -> tuple[StagePlugin[stages.Trainer], ...]:
        """All trainers, highest priority first."""
        return self.plugins("trainer")

    def find(self, name: str) -> tuple[tuple[str, StagePlugin[Any]], ...]:
        """Every (kind, plugin) called `name`."""
        return tuple(
            (kind, plugin)
            for kind, plugins in self._plugins.items()
            for plugin in plugins
            if plugin.name == name
        )

    def select(
        self,
        kind: str,
        name: str | None = None,
        *,
        source: Source | None = None,
        options: OptionValues | None = None,
    ) -> Selected:
        """Choose a plugin: by name, else source-specific before generic, else by priority.

        Options given for the kind reach the plugin where it has them; those given by its own name
        must fit. Raises PluginError when there is no such plugin, or when two have an equal claim;
        UsageError when an option does not fit.
        """
        plugins = self.plugins(kind)
        try:
            found = by_rule(kind, source, plugins) if name is None else by_name(kind, name, plugins)
        except PluginError as error:
            raise PluginError(f"{error}{self._notes()}") from None
        return Selected(kind, found, fill(found, kind, options or {}))

    def check(
        self,
        options: OptionValues,
        choices: Mapping[str, Collection[str]],
        source: Source | None = None,
    ) -> None:
        """Raise before the first page for a choice that does not exist or an option unfit for it.

        Args:
            options: option values by stage kind or plugin name.
            choices: plugin names by stage kind; several where stages are compared.
            source: the source of all pages when it is known.
        """
        for kind, names in choices.items():
            for name in names:
                self.select(kind, name)
        check_options(options, {k: self._may_serve(k, choices.get(k), source) for k in KINDS})

    def _may_serve(
        self, kind: str, names: Collection[str] | None, source: Source | None
    ) -> tuple[StagePlugin[Any], ...]:
        """Give every plugin that pages of unknown sources may meet as this stage."""
        plugins = self.plugins(kind)
        if names is not None:
            return tuple(plugin for plugin in plugins if plugin.name in names)
        if kind in MANY_AT_ONCE:
            return plugins
        best: dict[int, StagePlugin[Any]] = {}
        for possible in (None, *Source) if source is None else (source,):
            try:
                plugin = by_rule(kind, possible, plugins)
            except PluginError:
                continue
            best[id(plugin)] = plugin
        return tuple(best.values())

    def _notes(self) -> str:
        blocked = [f"{provider} is not loaded (ECGENGINE_PLUGINS)" for provider in self._blocked]
        return "".join(f" (note: {note})" for note in (*self._failures, *blocked))

    def _load_installed(self, only: Sequence[str] | None) -> None:
        wanted = None if only is None else {_plain(name) for name in only}
        for point in metadata.entry_points(group=GROUP):
            distribution = point.dist
            owner = distribution.name if distribution is not None else point.name
            provider = f"{owner} {distribution.version if distribution is not None else '?'}"
            if wanted is not None and _plain(owner) not in wanted:
                if provider not in self._blocked:
                    self._blocked.append(provider)
                continue
            self._load(point.load, provider, f"importing {point.value}")

    def _load_file(self, file: Path) -> None:
        def load() -> object:
            if not file.is_file():
                raise FileNotFoundError(f"there is no file {file}")
            name = LOCAL_MODULE + file.stem
            spec = importlib.util.spec_from_file_location(name, file)
            if spec is None or spec.loader is None:
                raise ImportError(f"{file} is no Python file")
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
            return module

        self._load(load, str(file), f"importing {file}")

    def _load(self, load: Callable[[], object], provider: str, doing: str) -> None:
        """Import one plugin module, check its hooks, call each by itself and keep its records."""
        try:
            module = load()
            name = self._manager.register(module, f"{provider}: {doing}")
        except (Exception, SystemExit) as error:
            self._fail(provider, doing, error)
            return
        callers = self._manager.get_hookcallers(module) or []
        hooks = {
            caller.name: implementation.function
            for caller in callers
            for implementation in caller.get_hookimpls()
            if implementation.plugin is module
        }
        unknown = sorted(set(hooks) - set(KINDS.values()))
        if unknown or not hooks:
            cause = f"there is no hook called {', '.join(unknown)}" if unknown else "it has no hook"
            self._fail(provider, doing, f"{cause}; hooks are {', '.join(KINDS.values())}")
            self._manager.unregister(name=name)
            return
        for kind, hook_name in KINDS.items():
            if hook_name in hooks:
                self._keep(kind, provider, hooks[hook_name])

    def _keep(self, kind: str, provider: str, hook: Callable[[], Any]) -> None:
        doing = f"listing its {kind}s"
        try:
            records = list(hook())
        except (Exception, SystemExit) as error:
            self._fail(provider, doing, error)
            return
        for record in records:
            fault = _fault(record)
            if fault:
                self._fail(provider, doing, fault)
                continue
            for other in self._plugins[kind]:
                if other.name == record.name:
                    cause = f"{other.provider} offers the {kind} '{record.name}' too"
                    self._fail(provider, doing, cause)
            self._plugins[kind].append(replace(record, provider=provider))

    def _fail(self, provider: str, doing: str, cause: BaseException | str) -> None:
        text = cause if isinstance(cause, str) else f"{type(cause).__name__}: {cause}"
        self._failures.append(PluginFailure(provider, doing, text))


def only_plugins() -> list[str] | None:
    """Give the distributions that ECGENGINE_PLUGINS (comma-separated) allows; None for all."""
    named = os.environ.get("ECGENGINE_PLUGINS")
    return None if named is None else [name.strip() for name in named.split(",") if name.strip()]


def _rebuild(files: Sequence[Path], strict: bool, only: Sequence[str] | None) -> PluginManager:
    return PluginManager(files, strict=strict, only=only)


def _plain(name: str) -> str:
    """Spell a distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _fault(record: object) -> str:
    """Say what is wrong with a record that a hook gave; empty when nothing is."""
    if not isinstance(record, StagePlugin):
        return f"{record!r} is no StagePlugin"
    if not re.fullmatch(r"[a-z0-9][a-z0-9+_-]*", record.name):
        return f"the name {record.name!r} has more than lower case letters, digits, '-', '+', '_'"
    if not callable(record.factory):
        return f"the factory of '{record.name}' cannot be called"
    if not (isinstance(record.options, type) and issubclass(record.options, Options)):
        return f"the options of '{record.name}' are no subclass of ecgengine.plugins.Options"
    return ""

"""Plugins: found by entry point, kept apart from each other's faults, selected by plain rules.

Own loader instead of pluggy's: that one dies on the first broken plugin and names no culprit.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Generic, TypeVar

import pluggy

from ecgengine import hookspecs
from ecgengine.errors import EcgEngineError, PluginError, UsageError
from ecgengine.hookspecs import StagePlugin
from ecgengine.options import Options
from ecgengine.page import Source

GROUP = "ecgengine"

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
}
"""Stage kind to the name of its hook."""

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """A plugin that cannot be used: who provides it, what it was doing, and why it failed."""

    provider: str
    doing: str
    cause: str

    def __str__(self) -> str:
        return f"{self.provider} failed while {self.doing}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Outcome(Generic[ResultT]):
    """What plugin code gave and how long it took."""

    value: ResultT
    seconds: float


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


def call(
    provider: str,
    doing: str,
    function: Callable[..., Any],
    *args: Any,
    expects: type[ResultT] | None = None,
) -> Outcome[Any]:
    """Run plugin code: time it, check its result's type, wrap foreign exceptions.

    Errors that the engine defines pass as they are; anything else becomes a PluginError that
    names the provider and what it was doing.
    """
    started = time.perf_counter()
    try:
        value = function(*args)
    except EcgEngineError:
        raise
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        raise PluginError(
            f"{provider} failed while {doing}: {cause}; choose another plugin or report this to "
            "its authors"
        ) from error
    seconds = time.perf_counter() - started
    if expects is not None and not isinstance(value, expects):
        raise PluginError(
            f"{provider} failed while {doing}: it gave {type(value).__name__} where "
            f"{expects.__name__} is due; report this to its authors"
        )
    return Outcome(value, seconds)


class PluginManager:
    """Finds, checks and selects plugins.

    Args:
        files: local plugin modules (`--plugin file.py`), loaded after the installed ones.
        strict: raise PluginError for the first broken plugin instead of keeping it as data.
        only: names of distributions (or files) to load; None loads all.
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

    def plugins(self, kind: str) -> tuple[StagePlugin[Any], ...]:
        """All plugins of a kind, highest priority first, then by name."""
        return tuple(sorted(self._plugins[kind], key=lambda p: (-p.priority, p.name)))

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
        options: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Selected:
        """Choose a plugin: by name, else source-specific before generic, else by priority.

        Raises PluginError when there is none, or when two have an equal claim; UsageError when an
        option does not fit.
        """
        plugin = self._by_rule(kind, source) if name is None else self._by_name(kind, name)
        given = dict((options or {}).get(kind, {}))
        given.update((options or {}).get(plugin.name, {}))
        return Selected(kind, plugin, _fill(plugin, kind, given))

    def _by_name(self, kind: str, name: str) -> StagePlugin[Any]:
        same = [plugin for plugin in self._plugins[kind] if plugin.name == name]
        if not same:
            known = ", ".join(plugin.name for plugin in self.plugins(kind)) or "none"
            raise PluginError(f"no {kind} is called '{name}'; there are: {known}{self._hint()}")
        if len(same) > 1:
            raise PluginError(
                f"two plugins offer a {kind} called '{name}': {same[0].provider} and "
                f"{same[1].provider}; uninstall one or load only the other (ECGENGINE_PLUGINS)"
            )
        return same[0]

    def _by_rule(self, kind: str, source: Source | None) -> StagePlugin[Any]:
        fitting = [
            plugin
            for plugin in self._plugins[kind]
            if not plugin.sources or (source is not None and source in plugin.sources)
        ]
        if not fitting:
            raise PluginError(f"no {kind} is installed for this page{self._hint()}")
        best = max((bool(plugin.sources), plugin.priority) for plugin in fitting)
        top = [plugin for plugin in fitting if (bool(plugin.sources), plugin.priority) == best]
        if len(top) > 1:
            sides = " and ".join(f"'{plugin.name}' of {plugin.provider}" for plugin in top)
            raise PluginError(f"no {kind} comes first: {sides} have equal claims; name one")
        return top[0]

    def _hint(self) -> str:
        return "".join(f" (note: {failure})" for failure in self._failures)

    def _load_installed(self, only: Sequence[str] | None) -> None:
        for point in metadata.entry_points(group=GROUP):
            distribution = point.dist
            owner = distribution.name if distribution is not None else point.name
            if only is not None and owner not in only:
                continue
            version = distribution.version if distribution is not None else "?"
            self._load(point.load, f"{owner} {version}", f"importing {point.value}")

    def _load_file(self, file: Path) -> None:
        def load() -> object:
            if not file.is_file():
                raise FileNotFoundError(f"there is no file {file}")
            name = f"ecgengine_local_{file.stem}"
            spec = importlib.util.spec_from_file_location(name, file)
            if spec is None or spec.loader is None:
                raise ImportError(f"{file} is no Python file")
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
            return module

        self._load(load, str(file), f"importing {file}")

    def _load(self, load: Callable[[], object], provider: str, doing: str) -> None:
        """Import one plugin module, check its hooks, call each and keep its records."""
        try:
            module = load()
        except Exception as error:
            self._fail(provider, doing, error)
            return
        try:
            name = self._manager.register(module, f"{provider}: {doing}")
        except Exception as error:
            self._fail(provider, doing, error)
            return
        hooks = {hook.name: hook for hook in self._manager.get_hookcallers(module) or ()}
        unknown = set(hooks) - set(KINDS.values())
        if unknown:
            names = ", ".join(sorted(unknown))
            self._fail(provider, doing, f"there is no hook called {names}")
            self._manager.unregister(name=name)
            return
        for kind, hook_name in KINDS.items():
            if hook_name not in hooks:
                continue
            for implementation in hooks[hook_name].get_hookimpls():
                if implementation.plugin is module:
                    self._keep(kind, provider, implementation.function)

    def _keep(self, kind: str, provider: str, hook: Callable[[], Any]) -> None:
        doing = f"listing its {kind}s"
        try:
            records = list(hook())
        except Exception as error:
            self._fail(provider, doing, error)
            return
        for record in records:
            if not isinstance(record, StagePlugin):
                self._fail(provider, doing, f"{record!r} is no StagePlugin")
                continue
            self._plugins[kind].append(replace(record, provider=provider))

    def _fail(self, provider: str, doing: str, cause: Exception | str) -> None:
        text = cause if isinstance(cause, str) else f"{type(cause).__name__}: {cause}"
        self._failures.append(PluginFailure(provider, doing, text))


def _rebuild(files: Sequence[Path], strict: bool, only: Sequence[str] | None) -> PluginManager:
    return PluginManager(files, strict=strict, only=only)


def _fill(plugin: StagePlugin[Any], kind: str, given: Mapping[str, Any]) -> Options:
    """Validate option values; raises UsageError that lists what there is."""
    from pydantic import ValidationError

    try:
        return plugin.options.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        known = ", ".join(plugin.options.model_fields) or "none"
        raise UsageError(
            f"option {kind}.{name} of '{plugin.name}': {first['msg']}; its options: {known} "
            f"(see `ecgengine plugins show {plugin.name}`)"
        ) from error

"""Plugins: found by entry point, kept apart from each other's faults, selected by plain rules.

Own loader instead of pluggy's: that one dies on the first broken plugin and names no culprit.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Generic

import pluggy

from ecgengine.data.layout import Layout
from ecgengine.data.source import Source
from ecgengine.errors import PluginError
from ecgengine.plugins.calling import call
from ecgengine.plugins.hooks import SPECIFICATIONS, StagePlugin, layout_plugin
from ecgengine.plugins.kinds import KINDS, LAYOUT, READING, WRITER, StageKind, StageT
from ecgengine.plugins.options import Options
from ecgengine.plugins.selection import OptionValues, by_name, by_rule, check_options, fill

GROUP = "ecgengine"

LOCAL_MODULE = "ecgengine_local_"
"""What the module names of local plugin files begin with."""


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """A plugin that cannot be used: who provides it, what it was doing, and why it failed."""

    provider: str
    doing: str
    cause: str

    def __str__(self) -> str:
        return f"{self.provider} failed while {self.doing}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Selected(Generic[StageT]):
    """A plugin chosen for a stage, with its options filled in, and those that it needs."""

    kind: StageKind[StageT]
    plugin: StagePlugin[StageT]
    options: Options
    needed: tuple[Selected[Any], ...] = ()

    def build(self, built: dict[tuple[str, str], Any] | None = None) -> StageT:
        """Build the stage and the stages that it needs.

        Args:
            built: stages by kind and name that are there already; those built here are added.

        Raises PluginError naming the provider when a factory fails.
        """
        built = {} if built is None else built
        key = (self.kind, self.plugin.name)
        if key not in built:
            others = [each.build(built) for each in self.needed]
            doing = f"building the {self.kind} '{self.plugin.name}'"
            provider, factory = self.plugin.provider, self.plugin.factory
            built[key] = call(provider, doing, factory, self.options, *others).value
        stage: StageT = built[key]
        return stage

    def every(self) -> tuple[Selected[Any], ...]:
        """Give this and all that it needs, each once."""
        found: dict[tuple[str, str], Selected[Any]] = {(self.kind, self.plugin.name): self}
        for needed in self.needed:
            for each in needed.every():
                found.setdefault((each.kind, each.plugin.name), each)
        return tuple(found.values())


class PluginManager:
    """Finds, checks and selects plugins.

    Args:
        files: local plugin modules (`--plugin file.py`), loaded after the installed ones.
        strict: raise PluginError for the first broken plugin instead of keeping it as data.
        only: names of the distributions to load; None loads all.
        layouts: a user's own, before all others, each in the place of any of its name.
    """

    def __init__(
        self,
        files: Sequence[Path] = (),
        *,
        strict: bool = False,
        only: Sequence[str] | None = None,
        layouts: Sequence[Layout] = (),
    ) -> None:
        names = None if only is None else tuple(only)
        self._arguments = (tuple(files), strict, names, tuple(layouts))
        self._manager = pluggy.PluginManager("ecgengine")
        self._manager.add_hookspecs(SPECIFICATIONS)
        self._failures: list[PluginFailure] = []
        self._blocked: list[str] = []
        self._plugins: dict[str, list[StagePlugin[Any]]] = {kind: [] for kind in KINDS}
        self._load_installed(only)
        for file in files:
            self._load_file(file)
        if strict and self._failures:
            raise PluginError(f"{self._failures[0]}; repair or uninstall it")
        own = {layout.name: replace(layout_plugin(layout), priority=1) for layout in layouts}
        others = [plugin for plugin in self._plugins[LAYOUT] if plugin.name not in own]
        self._plugins[LAYOUT] = [*others, *own.values()]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the arguments; a worker process loads the plugins anew."""
        return _rebuild, self._arguments

    @property
    def failures(self) -> tuple[PluginFailure, ...]:
        """Every plugin that could not be used, in the order found."""
        return tuple(self._failures)

    @property
    def blocked(self) -> tuple[str, ...]:
        """Every installed provider that was not loaded because `only` does not name it."""
        return tuple(self._blocked)

    def plugins(self, kind: StageKind[StageT]) -> tuple[StagePlugin[StageT], ...]:
        """All plugins of a kind, highest priority first, then by name."""
        return tuple(sorted(self._plugins[kind], key=lambda p: (-p.priority, p.name)))

    def find(self, name: str) -> tuple[tuple[StageKind[Any], StagePlugin[Any]], ...]:
        """Every (kind, plugin) called `name`."""
        return tuple((k, p) for k in KINDS for p in self._plugins[k] if p.name == name)

    def select(
        self,
        kind: StageKind[StageT],
        name: str | None = None,
        *,
        source: Source | None = None,
        options: OptionValues | None = None,
    ) -> Selected[StageT]:
        """Choose a plugin: by name, else source-specific before generic, else by priority.

        Options given for the kind reach the plugin where it has them; those given by its own name
        must fit. Raises PluginError when there is no such plugin, or when two have an equal claim;
        UsageError when an option does not fit.
        """
        return self._select(kind, name, source, options or {}, ())

    def _select(
        self,
        kind: StageKind[Any],
        name: str | None,
        source: Source | None,
        options: OptionValues,
        within: tuple[tuple[str, str], ...],
    ) -> Selected[Any]:
        """Choose a plugin and those that it needs; `within` are those that need it."""
        plugins = self.plugins(kind)
        try:
            found = by_rule(kind, source, plugins) if name is None else by_name(kind, name, plugins)
        except PluginError as error:
            raise PluginError(f"{error}{self._notes()}") from None
        own = (kind, found.name)
        if own in within:
            circle = " needs ".join(f"the {kind} '{name}'" for kind, name in (*within, own))
            raise PluginError(f"{found.provider}: {circle}; report this to its authors")
        namesakes = [plugin for _, plugin in self.find(found.name)]
        filled = fill(found, kind, options, namesakes)
        needed = [self._select(k, n, None, options, (*within, own)) for k, n in found.needs]
        return Selected(kind, found, filled, tuple(needed))

    def check(
        self,
        options: OptionValues,
        choices: Mapping[str, Collection[str]],
        source: Source | None = None,
        *,
        kinds: Iterable[StageKind[Any]] = (*READING, WRITER),
    ) -> None:
        """Raise before the first page for a choice that does not exist or an option unfit for it.

        Args:
            options: option values by stage kind or plugin name.
            choices: plugin names by stage kind; several where stages are compared.
            source: the source of all pages when it is known.
            kinds: the kinds that are in use.
        """
        for kind in KINDS:
            for name in choices.get(kind, ()):
                self.select(kind, name)
        served: dict[str, list[StagePlugin[Any]]] = {kind: [] for kind in kinds}
        for kind in kinds:
            for plugin in self._may_serve(kind, choices.get(kind), source):
                for each in self.select(kind, plugin.name).every():
                    others = served.setdefault(each.kind, [])
                    others += [each.plugin] if each.plugin not in others else []
        check_options(options, served)

    def _may_serve(
        self, kind: StageKind[Any], names: Collection[str] | None, source: Source | None
    ) -> tuple[StagePlugin[Any], ...]:
        """Give every plugin that pages of unknown sources may meet as this stage."""
        plugins = self.plugins(kind)
        if names is not None:
            return tuple(plugin for plugin in plugins if plugin.name in names)
        if not kind.on_the_way:
            return plugins
        best: list[StagePlugin[Any]] = []
        for possible in (None, *Source) if source is None else (source,):
            with suppress(PluginError):
                best.append(by_rule(kind, possible, plugins))
        return tuple(best)

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
        known = {kind.hook for kind in KINDS}
        unknown = sorted(set(hooks) - known)
        if unknown or not hooks:
            cause = f"there is no hook called {', '.join(unknown)}" if unknown else "it has no hook"
            self._fail(provider, doing, f"{cause}; hooks are {', '.join(sorted(known))}")
            self._manager.unregister(name=name)
            return
        for kind in KINDS:
            if kind.hook in hooks:
                self._keep(kind, provider, hooks[kind.hook])

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


def _rebuild(
    files: Sequence[Path], strict: bool, only: Sequence[str] | None, layouts: Sequence[Layout]
) -> PluginManager:
    return PluginManager(files, strict=strict, only=only, layouts=layouts)


def _plain(name: str) -> str:
    """Spell a distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _fault(record: object) -> str:
    """Say what is wrong with a record that a hook gave; empty when nothing is."""
    if not isinstance(record, StagePlugin):
        return f"{record!r} is no StagePlugin"
    name = record.name
    if not (isinstance(name, str) and re.fullmatch(r"[a-z0-9][a-z0-9+_-]*", name)):
        return f"the name {name!r} has more than lower case letters, digits, '-', '+', '_'"
    for field, kind in (("summary", str), ("priority", int), ("sources", frozenset)):
        if not isinstance(getattr(record, field), kind):
            return f"the {field} of '{name}' is {getattr(record, field)!r}, no {kind.__name__}"
    strange = [source for source in record.sources if source not in list(Source)]
    if strange:
        return f"no source of '{name}' is called {strange[0]!r}; there are: {', '.join(Source)}"
    if not callable(record.factory):
        return f"the factory of '{name}' cannot be called"
    if not (isinstance(record.options, type) and issubclass(record.options, Options)):
        return f"the options of '{name}' are no subclass of ecgengine.plugins.Options"
    for need in record.needs:
        if not (len(need) == 2 and need[0] in KINDS and isinstance(need[1], str)):
            return f"'{name}' needs {need!r}, which is no (kind, name)"
    return ""

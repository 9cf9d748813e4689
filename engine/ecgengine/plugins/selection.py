"""Which plugin serves a stage, and with which options: plain rules over records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ecgengine.data.source import Source
from ecgengine.errors import PluginError, UsageError
from ecgengine.plugins.hooks import StagePlugin
from ecgengine.plugins.options import Options

OptionValues = Mapping[str, Mapping[str, Any]]
"""Option values by stage kind or plugin name, such as `{"extractor": {"smoothness": 0.3}}`.

Those under `ANY` are for every plugin that has such an option.
"""

ANY = "*"


def by_name(kind: str, name: str, plugins: Sequence[StagePlugin[Any]]) -> StagePlugin[Any]:
    """Give the plugin called `name`; raises PluginError when there is none, or more than one."""
    same = [plugin for plugin in plugins if plugin.name == name]
    if not same:
        known = ", ".join(plugin.name for plugin in plugins) or "none"
        raise PluginError(f"no {kind} is called '{name}'; there are: {known}")
    if len(same) > 1:
        sides = " and ".join(plugin.provider for plugin in same)
        raise PluginError(
            f"{len(same)} plugins offer the {kind} '{name}': {sides}; "
            "uninstall all but one, or load only one (ECGENGINE_PLUGINS)"
        )
    return same[0]


def by_rule(
    kind: str, source: Source | None, plugins: Sequence[StagePlugin[Any]]
) -> StagePlugin[Any]:
    """Give the plugin made for `source` before any generic one, then that of highest priority.

    One with a negative priority is used by name alone.

    Raises PluginError when none fits, or when the best two have equal claims.
    """
    fitting = [
        plugin
        for plugin in plugins
        if plugin.priority >= 0 and (not plugin.sources or source in plugin.sources)
    ]
    if not fitting:
        of_source = f" of source '{source}'" if source else ""
        raise PluginError(f"no {kind} is installed for pages{of_source}; install one that is")
    best = max(_claim(plugin) for plugin in fitting)
    top = [plugin for plugin in fitting if _claim(plugin) == best]
    if len(top) > 1:
        sides = " and ".join(f"'{plugin.name}' of {plugin.provider}" for plugin in top)
        raise PluginError(f"no {kind} comes first: {sides} have equal claims; name one (--{kind})")
    return top[0]


def fill(
    plugin: StagePlugin[Any],
    kind: str,
    values: OptionValues,
    namesakes: Iterable[StagePlugin[Any]] = (),
) -> Options:
    """Give the options of a plugin: those of any, then of its kind, then of its own name.

    Options of its name that it does not have may be meant for one of its `namesakes`, the plugins
    of other kinds that are called so too. Raises UsageError that says what is wrong and which
    options there are.
    """
    from pydantic import ValidationError

    own = plugin.options.model_fields
    given = {**values.get(ANY, {}), **values.get(kind, {})}
    given = {name: value for name, value in given.items() if name in own}
    for name, value in values.get(plugin.name, {}).items():
        if name in own or not any(name in other.options.model_fields for other in namesakes):
            given[name] = value
    try:
        return plugin.options.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise UsageError(f"{_unknown_option(kind, name, [plugin])}") from error
        raise UsageError(
            f"option {plugin.name}.{name}: {first['msg']}, not {first['input']!r}; "
            f"`ecgengine plugins show {plugin.name}` lists defaults and limits"
        ) from error


def check_options(
    values: OptionValues, served_by: Mapping[str, Sequence[StagePlugin[Any]]]
) -> None:
    """Raise UsageError for an option that no plugin has, or whose value does not fit.

    Args:
        values: what was set.
        served_by: by stage kind, every plugin that may serve it with the present choices.
    """
    for name, given in values.items():
        meant = [
            (kind, plugin)
            for kind, plugins in served_by.items()
            for plugin in plugins
            if name in (ANY, kind, plugin.name)
        ]
        if not meant and name not in served_by:
            raise UsageError(
                f"option for '{name}', but no plugin in use is called so; name a plugin "
                f"(`ecgengine plugins list`) or a kind of stage: {', '.join(served_by)}"
            )
        plugins = [plugin for _, plugin in meant]
        for option in given:
            if not any(option in plugin.options.model_fields for plugin in plugins):
                if name == ANY:
                    raise UsageError(f"no plugin in use has an option '{option}'")
                kind = name if name in served_by else meant[0][0]
                raise UsageError(_unknown_option(kind, option, plugins))
        for kind, plugin in meant:
            fill(plugin, kind, {name: given}, plugins)


def _claim(plugin: StagePlugin[Any]) -> tuple[bool, int]:
    return bool(plugin.sources), plugin.priority


def _unknown_option(kind: str, option: str, plugins: Iterable[StagePlugin[Any]]) -> str:
    known = "; ".join(
        f"'{plugin.name}' has {', '.join(plugin.options.model_fields) or 'none'}"
        for plugin in plugins
    )
    return f"no {kind} in use has an option '{option}': {known}"

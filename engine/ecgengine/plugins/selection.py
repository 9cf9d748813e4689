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

    Raises PluginError when none fits, or when the best two have equal claims.
    """
    fitting = [plugin for plugin in plugins if not plugin.sources or source in plugin.sources]
    if not fitting:
        of_source = f" of source '{source}'" if source else ""
        raise PluginError(f"no {kind} is installed for pages{of_source}; install one that is")
    best = max(_claim(plugin) for plugin in fitting)
    top = [plugin for plugin in fitting if _claim(plugin) == best]
    if len(top) > 1:
        sides = " and ".join(f"'{plugin.name}' of {plugin.provider}" for plugin in top)
        raise PluginError(f"no {kind} comes first: {sides} have equal claims; name one (--{kind})")
    return top[0]


def fill(plugin: StagePlugin[Any], kind: str, values: OptionValues) -> Options:
    """Give the options of a plugin: those of any, then of its kind, then of its own name.

    Raises UsageError that says what is wrong and which options there are.
    """
    from pydantic import ValidationError

    given = {
        name: value
        for name, value in {**values.get(ANY, {}), **values.get(kind, {})}.items()
        if name in plugin.options.model_fields
    }
    try:
        return plugin.options.model_validate(given | dict(values.get(plugin.name, {})))
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
        if name == ANY:
            every = [plugin for plugins in served_by.values() for plugin in plugins]
            for option in given:
                if not any(option in plugin.options.model_fields for plugin in every):
                    raise UsageError(f"no plugin in use has an option '{option}'")
            for kind, plugins in served_by.items():
                for plugin in plugins:
                    fill(plugin, kind, {ANY: given})
            continue
        if name in served_by:
            plugins = served_by[name]
            for option in given:
                if not any(option in plugin.options.model_fields for plugin in plugins):
                    raise UsageError(_unknown_option(name, option, plugins))
            for plugin in plugins:
                fill(plugin, name, {name: given})
            continue
        named = [
            (kind, plugin)
            for kind, plugins in served_by.items()
            for plugin in plugins
            if plugin.name == name
        ]
        if not named:
            kinds = ", ".join(served_by)
            raise UsageError(
                f"option for '{name}', but no plugin in use is called so; name a plugin "
                f"(`ecgengine plugins list`) or a kind of stage: {kinds}"
            )
        for kind, plugin in named:
            fill(plugin, kind, {name: given})


def _claim(plugin: StagePlugin[Any]) -> tuple[bool, int]:
    return bool(plugin.sources), plugin.priority


def _unknown_option(kind: str, option: str, plugins: Iterable[StagePlugin[Any]]) -> str:
    known = "; ".join(
        f"'{plugin.name}' has {', '.join(plugin.options.model_fields) or 'none'}"
        for plugin in plugins
    )
    return f"no {kind} in use has an option '{option}': {known}"

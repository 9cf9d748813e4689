"""`ecgengine plugins`: what is installed, and what can be set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecgengine.cli.settings import plugin_file_option
from ecgengine.errors import PluginError

if TYPE_CHECKING:
    from ecgengine.plugins.hooks import StagePlugin
    from ecgengine.plugins.manager import PluginManager

_LIMITS = (
    ("minimum", ">="),
    ("exclusiveMinimum", ">"),
    ("maximum", "<="),
    ("exclusiveMaximum", "<"),
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print for machines.")


@click.group("plugins")
def command() -> None:
    """List plugins and show their options."""


@command.command("list")
@plugin_file_option
@_JSON
@click.option("--strict-plugins", is_flag=True, help="Fail when any plugin is broken.")
def list_plugins(plugin_files: tuple[Path, ...], as_json: bool, strict_plugins: bool) -> None:
    """List every stage: kind, name, provider and status; broken plugins with the reason."""
    manager = _manager(plugin_files, strict_plugins)
    if as_json:
        click.echo(json.dumps(_as_data(manager), indent=2))
        return
    data = _as_data(manager)
    rows = [("KIND", "NAME", "PROVIDER", "VERSION", "STATUS", "SUMMARY")]
    rows += [
        tuple(row[name] for name in ("kind", "name", "provider", "version", "status", "summary"))
        for row in data["plugins"]
    ]
    rows += [
        ("-", "-", row["provider"], row["version"], "broken", row["why"]) for row in data["broken"]
    ]
    rows += [
        ("-", "-", *_name_and_version(p), "blocked", "not named by ECGENGINE_PLUGINS")
        for p in manager.blocked
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[5]]))


@command.command("show")
@click.argument("name")
@plugin_file_option
@_JSON
def show_plugin(name: str, plugin_files: tuple[Path, ...], as_json: bool) -> None:
    """Show one plugin's options with their defaults, limits and meaning."""
    manager = _manager(plugin_files, strict=False)
    found = manager.find(name)
    if not found:
        known = sorted({p["name"] for p in _as_data(manager)["plugins"]})
        raise PluginError(f"no plugin is called '{name}'; there are: {', '.join(known)}")
    if as_json:
        shown = [{**_record(kind, p), "options": _options(p)} for kind, p in found]
        click.echo(json.dumps(shown, indent=2))
        return
    for kind, plugin in found:
        click.echo(f"{kind} {plugin.name} ({plugin.provider}): {plugin.summary}")
        options = _options(plugin)
        for option in options:
            limits = f", {option['limits']}" if option["limits"] else ""
            click.echo(
                f"  -o {plugin.name}.{option['name']}={_shown(option['default'])}  "
                f"({option['type']}{limits})  {option['help']}"
            )
        if not options:
            click.echo("  nothing to set")


def _manager(files: tuple[Path, ...], strict: bool) -> PluginManager:
    from ecgengine.plugins.manager import PluginManager, only_plugins

    return PluginManager(files, strict=strict, only=only_plugins())


def _as_data(manager: PluginManager) -> dict[str, Any]:
    from ecgengine.plugins.kinds import KINDS

    broken = []
    for failure in manager.failures:
        provider, version = _name_and_version(failure.provider)
        why = f"failed while {failure.doing}: {failure.cause}"
        broken.append({"provider": provider, "version": version, "status": "broken", "why": why})
    return {
        "plugins": [
            _record(kind, plugin, clash=sum(p.name == plugin.name for p in plugins) > 1)
            for kind in KINDS
            for plugins in [manager.plugins(kind)]
            for plugin in plugins
        ],
        "broken": broken,
        "blocked": list(manager.blocked),
    }


def _record(kind: str, plugin: StagePlugin[Any], *, clash: bool = False) -> dict[str, Any]:
    provider, version = _name_and_version(plugin.provider)
    return {
        "kind": kind,
        "name": plugin.name,
        "provider": provider,
        "version": version,
        "status": "clash" if clash else "ok",
        "priority": plugin.priority,
        "sources": sorted(plugin.sources),
        "summary": plugin.summary,
    }


def _name_and_version(provider: str) -> tuple[str, str]:
    """Split `distribution version`; a local file has no version."""
    if provider.endswith(".py"):
        return provider, "-"
    name, _, version = provider.rpartition(" ")
    return name, version


def _options(plugin: StagePlugin[Any]) -> list[dict[str, Any]]:
    schema = plugin.options.model_json_schema()
    definitions = schema.get("$defs", {})
    return [
        {
            "name": name,
            "type": _type(field, definitions),
            "default": field.get("default"),
            "limits": ", ".join(f"{sign} {field[key]:g}" for key, sign in _LIMITS if key in field),
            "help": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _shown(default: object) -> str:
    return "" if default is None else str(default)


def _type(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Say in words what a field of a JSON schema takes."""
    if "anyOf" in field:
        return " or ".join(_type(one, definitions) for one in field["anyOf"])
    if "$ref" in field:
        return _type(definitions[field["$ref"].rsplit("/", 1)[-1]], definitions)
    if "enum" in field:
        return "one of " + ", ".join(str(value) for value in field["enum"])
    kind = field.get("format", field.get("type", "any"))
    return "nothing" if kind == "null" else str(kind)

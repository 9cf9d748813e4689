"""`ecgengine plugins`: what is installed, and what can be set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecgengine.errors import PluginError

if TYPE_CHECKING:
    from ecgengine.hookspecs import StagePlugin
    from ecgengine.plugins import PluginManager

_FILES = click.option(
    "--plugin",
    "plugin_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Load a local plugin file; may be repeated.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print for machines.")


@click.group("plugins")
def command() -> None:
    """List plugins and show their options."""


@command.command("list")
@_FILES
@_JSON
@click.option("--strict-plugins", is_flag=True, help="Fail when any plugin is broken.")
def list_plugins(plugin_files: tuple[Path, ...], as_json: bool, strict_plugins: bool) -> None:
    """List every stage: kind, name, provider and status; broken plugins with the reason."""
    manager = _manager(plugin_files, strict_plugins)
    if as_json:
        click.echo(json.dumps(_as_data(manager), indent=2))
        return
    for row in _as_data(manager)["plugins"]:
        provider = f"{row['provider']} {row['version']}"
        click.echo(f"{row['kind']:<13} {row['name']:<16} {provider:<18} {row['summary']}")
    for failure in manager.failures:
        click.echo(f"broken        {failure}")


@command.command("show")
@click.argument("name")
@_FILES
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
                f"  -o {plugin.name}.{option['name']}={option['default']}  "
                f"({option['type']}{limits})  {option['help']}"
            )
        if not options:
            click.echo("  nothing to set")


def _manager(files: tuple[Path, ...], strict: bool) -> PluginManager:
    from ecgengine.plugins import PluginManager, only_plugins

    return PluginManager(files, strict=strict, only=only_plugins())


def _as_data(manager: PluginManager) -> dict[str, Any]:
    from ecgengine.plugins import KINDS

    return {
        "plugins": [_record(kind, plugin) for kind in KINDS for plugin in manager.plugins(kind)],
        "broken": [
            {"provider": f.provider, "doing": f.doing, "cause": f.cause} for f in manager.failures
        ],
    }


def _record(kind: str, plugin: StagePlugin[Any]) -> dict[str, Any]:
    provider, _, version = plugin.provider.rpartition(" ")
    return {
        "kind": kind,
        "name": plugin.name,
        "provider": provider or plugin.provider,
        "version": version if provider else "",
        "status": "ok",
        "priority": plugin.priority,
        "sources": sorted(plugin.sources),
        "summary": plugin.summary,
    }


def _options(plugin: StagePlugin[Any]) -> list[dict[str, Any]]:
    schema = plugin.options.model_json_schema()
    limits = {
        "minimum": ">=",
        "maximum": "<=",
        "exclusiveMinimum": ">",
        "exclusiveMaximum": "<",
    }
    return [
        {
            "name": name,
            "type": field.get("type", "one of " + str(field.get("enum", "several types"))),
            "default": field.get("default"),
            "limits": ", ".join(f"{limits[k]} {field[k]:g}" for k in limits if k in field),
            "help": field.get("description", ""),
        }
        for name, field in schema.get("properties", {}).items()
    ]

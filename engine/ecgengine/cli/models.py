"""`ecgengine models`: the trained networks that plugins ship, and whether they are whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecgengine.cli.settings import plugin_file_option
from ecgengine.errors import MissingDependencyError, PluginError

if TYPE_CHECKING:
    from ecgengine.data.model import Model

_JSON = click.option("--json", "as_json", is_flag=True, help="Print for machines.")


@click.group("models")
def command() -> None:
    """List, show and verify trained networks."""


@command.command("list")
@plugin_file_option
@_JSON
def list_models(plugin_files: tuple[Path, ...], as_json: bool) -> None:
    """List every model: name, size, provider and task."""
    found = _models(plugin_files)
    if as_json:
        click.echo(json.dumps([_facts(model, who) for model, who in found], indent=2))
        return
    for model, provider in found:
        size = f"{_size(model) / 2**20:.1f} MiB" if model.path.exists() else "missing"
        click.echo(f"{model.name:<16} {size:>9}  {provider}  {model.task}")


@command.command("show")
@click.argument("name")
@plugin_file_option
@_JSON
def show_model(name: str, plugin_files: tuple[Path, ...], as_json: bool) -> None:
    """Show a model's card: data, training, scores, license, checksum."""
    model, provider = _find(name, plugin_files)
    facts = _facts(model, provider)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for key, value in facts.items():
        if isinstance(value, dict):
            click.echo(f"{key}:")
            for inner, each in value.items():
                click.echo(f"  {inner}: {each}")
        else:
            click.echo(f"{key}: {value}")


@command.command("verify")
@click.argument("names", nargs=-1)
@plugin_file_option
def verify_models(names: tuple[str, ...], plugin_files: tuple[Path, ...]) -> int:
    """Check files against their cards; all of them when none is named."""
    chosen = [_find(name, plugin_files) for name in names] or _models(plugin_files)
    code = 0
    for model, _ in chosen:
        try:
            model.read()
            if model.source is not None:
                model.read_source()
        except MissingDependencyError as error:
            click.echo(f"ecgengine: {error}", err=True)
            code = error.exit_code
        else:
            click.echo(f"{model.name}: whole, SHA-256 {model.sha256}")
    return code


def _models(plugin_files: tuple[Path, ...]) -> list[tuple[Model, str]]:
    """Read the cards of all models, with who provides each."""
    from ecgengine.plugins.kinds import MODEL
    from ecgengine.plugins.manager import PluginManager, only_plugins

    manager = PluginManager(plugin_files, only=only_plugins())
    return [
        (manager.select(MODEL, plugin.name).build(), plugin.provider)
        for plugin in manager.plugins(MODEL)
    ]


def _find(name: str, plugin_files: tuple[Path, ...]) -> tuple[Model, str]:
    found = _models(plugin_files)
    for model, provider in found:
        if model.name == name:
            return model, provider
    known = ", ".join(model.name for model, _ in found) or "none"
    raise PluginError(f"no model is called '{name}'; there are: {known}")


def _facts(model: Model, provider: str) -> dict[str, Any]:
    return {
        "name": model.name,
        "task": model.task,
        "provider": provider,
        "license": model.license,
        "data": model.data,
        "training": dict(model.training),
        "scores": dict(model.scores),
        "file": str(model.path),
        "bytes": _size(model) if model.path.exists() else None,
        "sha256": model.sha256,
    }


def _size(model: Model) -> int:
    return model.path.stat().st_size

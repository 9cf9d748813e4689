"""The options that several commands share, and what their words mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ecgengine.errors import UsageError
from ecgengine.plugins.kinds import ON_THE_WAY

if TYPE_CHECKING:
    from ecgengine.plugins.manager import PluginManager
    from ecgengine.running.pipeline import Pipeline
    from ecgengine.running.settings import Given

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

PLUGIN_OPTION = re.compile(r"^([\w+-]+|\*)\.(\w+)=(.*)$", re.DOTALL)

plugin_file_option = click.option(
    "--plugin",
    "plugin_files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Load a local plugin file; may be repeated.",
)

layout_file_option = click.option(
    "--layout-file",
    "layout_files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="TOML file with layouts of your own; may be repeated.",
)

HINTS = (
    click.option("--source", metavar="NAME", help="Kind of picture: render, bw-scan, photo, ..."),
    click.option("--layout", metavar="NAME", help="Arrangement of leads, such as 3x4+1."),
    layout_file_option,
    click.option("--rhythm", metavar="LEADS", help="Names of the rhythm strips: II,V1,V5."),
    click.option(
        "--leads",
        metavar="LEADS",
        help="Names of all strips, row by row from the left; - for one without a name.",
    ),
    click.option("--gain", type=float, metavar="MM/MV", help="Millimeters per millivolt."),
    click.option("--speed", type=float, metavar="MM/S", help="Millimeters per second."),
    click.option("--px-per-mm", metavar="N[,N]", help="Pixels per millimeter, or X,Y."),
    click.option(
        "--runtime",
        metavar="NAME",
        help="What runs the networks: onnxruntime, openvino, openvino-bf16, torch.",
    ),
)
"""What a user says about pages, for every command that reads some."""

_SHARED = (
    *(
        click.option(f"--{kind}", metavar="NAME", help=f"Plugin to use as {kind}.")
        for kind in ON_THE_WAY
    ),
    *HINTS,
    click.option(
        "--all",
        "every_sheet",
        is_flag=True,
        help="Read every sheet in a picture, not only the largest.",
    ),
    plugin_file_option,
    click.option("--strict-plugins", is_flag=True, help="Fail when any plugin is broken."),
    click.option(
        "--config",
        type=click.Path(path_type=Path),
        help="Configuration file instead of the user's own.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print a summary for machines."),
    click.option(
        "--debug-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Save a picture after every stage here, a folder for each page.",
    ),
)


def add_options(
    options: Iterable[Callable[[FunctionT], FunctionT]], function: FunctionT
) -> FunctionT:
    """Add click options to a command, so that its help lists them in their order."""
    for option in reversed(tuple(options)):
        function = option(function)
    return function


def shared_options(function: FunctionT) -> FunctionT:
    """Add the options that say how pages are to be understood."""
    return add_options(_SHARED, function)


def build_pipeline(
    *, plugin_options: tuple[str, ...], config: Path | None, fs: float = 500.0, **given: Any
) -> Pipeline:
    """Build the pipeline from command-line values; the configuration fills what they leave open."""
    from ecgengine.running.configuration import read_config
    from ecgengine.running.settings import make_pipeline

    stored = read_config(config)
    said = given_hints(plugin_options, stored.options, given)
    said["layout_files"] = (*stored.layout_files, *given["layout_files"])
    said["fs_hz"], said["strict_plugins"] = fs, given["strict_plugins"]
    chosen: Any = {kind: given[kind] or stored.select.get(kind) for kind in ON_THE_WAY}
    pipeline = make_pipeline(**said, **chosen)
    warn_of_failures(pipeline.manager)
    return pipeline


def given_hints(
    plugin_options: Iterable[str],
    stored: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, Any],
) -> Given:
    """Turn the values of `HINTS` and of plugin options into settings by their own names."""
    from ecgengine.plugins.selection import ANY

    runtime = [] if given["runtime"] is None else [f"{ANY}.runtime={given['runtime']}"]
    return {
        "source": given["source"],
        "px_per_mm": _scale(given["px_per_mm"]),
        "layout": given["layout"],
        "layout_files": given["layout_files"],
        "rhythm": _names(given["rhythm"]),
        "leads": _names(given["leads"]),
        "gain_mm_per_mv": given["gain"],
        "speed_mm_per_s": given["speed"],
        "options": option_values((*runtime, *plugin_options), stored),
        "plugin_files": given["plugin_files"],
    }


def warn_of_failures(manager: PluginManager) -> None:
    """Name every broken plugin on standard error."""
    for failure in manager.failures:
        click.echo(f"ecgengine: warning: {failure}", err=True)


def _names(text: str | None) -> list[str] | None:
    return [name.strip() for name in text.split(",")] if text else None


def _scale(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2):
        raise UsageError(f"--px-per-mm {text} is neither one number nor two (X,Y)")
    return numbers[0], numbers[-1]


def option_values(
    texts: Iterable[str], stored: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, dict[str, Any]]:
    """Read `plugin.option=value` texts on top of stored values, by plugin or stage kind.

    Raises UsageError for a text of another form.
    """
    options = {name: dict(values) for name, values in (stored or {}).items()}
    for text in texts:
        match = PLUGIN_OPTION.match(text)
        if match is None:
            raise UsageError(f"option '{text}' is not of the form plugin.option=value")
        options.setdefault(match[1], {})[match[2]] = match[3]
    return options


def folder_and_options(
    mixed: Iterable[str], output: Path | None, options: Iterable[str], default: Path
) -> tuple[Path, tuple[str, ...]]:
    """Tell the output folder from plugin options among the values of -o.

    Raises UsageError when two folders are named.
    """
    values = tuple(mixed)
    folders = [Path(value) for value in values if not PLUGIN_OPTION.match(value)]
    if output is not None:
        folders.append(output)
    if len(folders) > 1:
        raise UsageError(
            f"two output folders are named: {folders[0]} and {folders[1]}; "
            "an option is written plugin.option=value"
        )
    chosen = tuple(value for value in values if PLUGIN_OPTION.match(value))
    return (folders or [default])[0], (*chosen, *options)


def dataset_and_options(
    text: str, options: Mapping[str, Mapping[str, Any]]
) -> tuple[str, dict[str, dict[str, Any]]]:
    """Split `NAME:WHICH`; give the dataset's name, and the options with what stands behind it."""
    name, _, which = text.partition(":")
    filled = {key: dict(values) for key, values in options.items()}
    if which:
        # By kind: a writer may have the dataset's name.
        filled.setdefault("dataset", {})["which"] = which
    return name, filled

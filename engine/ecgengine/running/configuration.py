"""The configuration file: which plugins and options to use when the command does not say."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecgengine.errors import PluginError
from ecgengine.plugins.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Config:
    """What a configuration file says.

    Attributes:
        select: plugin name by stage kind, from its table `[select]`.
        options: option values by stage kind or plugin name, from its tables `[options.NAME]`.
        layout_files: files with layouts of the user's own; it names them as seen from its folder.
    """

    select: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    layout_files: tuple[Path, ...] = ()


def read_config(path: Path | None = None) -> Config:
    """Read `path`, else the file that ECGENGINE_CONFIG names, else the user's own, if any.

    Raises PluginError (exit code 9) when the file is missing, is no TOML or has unknown tables.
    """
    named = path or _environment()
    file = named or _user_file()
    if named is None and not file.is_file():
        return Config()
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PluginError(f"{file} is no readable configuration ({error}); repair it") from error
    unknown = set(content) - {"select", "options", "layout_files"}
    if unknown:
        raise PluginError(
            f"{file} has unknown entries ({', '.join(sorted(unknown))}); "
            "it may hold layout_files, [select] and [options.NAME]"
        )
    select, options = content.get("select", {}), content.get("options", {})
    if not _is_table(select, str) or not _is_table(options, dict):
        raise PluginError(f"{file} does not fit: [select] holds names, [options.NAME] holds values")
    layouts = content.get("layout_files", [])
    if not isinstance(layouts, list) or not all(isinstance(one, str) for one in layouts):
        raise PluginError(f"{file} does not fit: layout_files is a list of names in quotes")
    for kind in select:
        if kind not in KINDS:
            raise PluginError(
                f"{file}: no stage kind is called '{kind}'; there are: {', '.join(KINDS)}"
            )
    return Config(select, options, tuple(file.parent / name for name in layouts))


def _is_table(value: object, holds: type) -> bool:
    return isinstance(value, dict) and all(isinstance(one, holds) for one in value.values())


def _environment() -> Path | None:
    named = os.environ.get("ECGENGINE_CONFIG")
    return Path(named) if named else None


def _user_file() -> Path:
    import platformdirs

    return Path(platformdirs.user_config_dir("ecgengine")) / "config.toml"

"""Saving a dataset's cases as a folder that can be read back, in several processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from ecgengine.errors import OutputExistsError
from ecgengine.plugins.kinds import DATASET
from ecgengine.plugins.manager import PluginManager, only_plugins
from ecgengine.plugins.stages import Dataset
from ecgengine.running.files import write_files
from ecgengine.running.workers import work_on
from ecgengine.truth.case_files import TRUTH_NAME, case_files

SETTINGS_NAME = "dataset.json"

Options = Mapping[str, Mapping[str, Any]]


class CaseFolder:
    """A folder into which the cases of a dataset are written, a subfolder each.

    Cases that are there whole are left; so an interrupted call can be made again.

    Args:
        dataset: name of the dataset plugin.
        options: its options, by plugin or stage kind.
        folder: where the cases go; made when missing.
        plugin_files: local plugin modules.
        force: write every case anew.

    Raises OutputExistsError when the folder holds cases that were made from other settings,
    UsageError or PluginError when there is no such dataset or an option does not fit.
    """

    def __init__(
        self,
        dataset: str,
        options: Options,
        folder: Path,
        plugin_files: Sequence[Path] = (),
        *,
        force: bool = False,
    ) -> None:
        self._open = partial(_open_dataset, dataset, options, tuple(plugin_files))
        PluginManager(plugin_files, only=only_plugins()).check(
            options, {DATASET: (dataset,)}, kinds=(DATASET,)
        )
        self.names = tuple(self._open().names())
        self._folder = folder
        self._claim(
            {"dataset": dataset, "options": {k: dict(v) for k, v in options.items()}}, force
        )
        there = () if force else (n for n in self.names if (folder / n / TRUTH_NAME).is_file())
        self._waiting = [name for name in self.names if name not in set(there)]

    @property
    def missing(self) -> int:
        """How many cases are not there yet."""
        return len(self._waiting)

    def save(self, jobs: int, progress: Callable[[str], None]) -> dict[str, str]:
        """Write the cases that are missing; give why by name for those that could not be."""
        failures = {}
        factory = partial(_Writing, self._open, self._folder)
        for finished in work_on(self._waiting, factory, min(jobs, max(self.missing, 1))):
            if finished.error:
                failures[finished.name] = finished.error
            progress(finished.name)
        return failures

    def _claim(self, settings: dict[str, Any], force: bool) -> None:
        path = self._folder / SETTINGS_NAME
        text = json.dumps(
            {"ecgengine": metadata.version("ecgengine"), **settings}, indent=1, sort_keys=True
        )
        if path.exists() and not force and path.read_text(encoding="utf-8") != text:
            raise OutputExistsError(
                f"{self._folder} holds pages made from other settings ({SETTINGS_NAME} says "
                "which): choose another folder with -o, or replace them with --force"
            )
        write_files(self._folder, {SETTINGS_NAME: text.encode()}, force=True)


def _open_dataset(name: str, options: Options, plugin_files: tuple[Path, ...]) -> Dataset:
    manager = PluginManager(plugin_files, only=only_plugins())
    return manager.select(DATASET, name, options=options).build()


class _Writing:
    """Makes and writes one case after the other in one process."""

    def __init__(self, open_dataset: Callable[[], Dataset], folder: Path) -> None:
        self._dataset, self._folder = open_dataset(), folder

    def __call__(self, name: str) -> str:
        case = self._dataset.load(name)
        write_files(self._folder / name, case_files(case), force=True)
        return name

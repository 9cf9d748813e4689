"""Keep finished pages on disk, so that an interrupted comparison goes on where it was."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgengine.compare.figures import PageFigures
from ecgengine.errors import OutputExistsError
from ecgengine.running.files import write_files

_PLAN = "plan.json"
_PAGES = "pages"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one combination read from one page, for pictures.

    Attributes:
        leads_mv: the leads by name, at the truth's rate.
        curves_px: each trace as (N, 2) float32 page points (x, y).
    """

    leads_mv: dict[str, NDArray[np.float32]]
    curves_px: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True, slots=True)
class PageResult:
    """What all combinations made of one page: a reading where the page did not fail."""

    figures: tuple[PageFigures, ...]
    readings: Mapping[str, Reading]


class Store:
    """A folder of finished pages.

    Args:
        folder: where it lies; made when missing.
        fingerprint: the plan that its pages must have been made by.
        force: throw away what another plan, or this one, left there.

    Raises OutputExistsError when the folder holds the pages of another plan.
    """

    def __init__(self, folder: Path, fingerprint: str, *, force: bool = False) -> None:
        self._pages = folder / _PAGES
        plan = folder / _PLAN
        if force:
            shutil.rmtree(self._pages, ignore_errors=True)
            plan.unlink(missing_ok=True)
        if plan.exists() and plan.read_text(encoding="utf-8") != fingerprint:
            raise OutputExistsError(
                f"{folder} holds another comparison ({plan.name} says which): "
                "choose another folder with -o, or start over with --force"
            )
        if not plan.exists():
            write_files(folder, {_PLAN: fingerprint.encode()})
        for home in (folder, self._pages):
            for left_half_written in home.glob(".ecgengine-*"):
                with suppress(OSError):
                    left_half_written.unlink()

    def finished(self) -> set[str]:
        """Name the pages that are there, whole."""
        return {path.stem for path in self._pages.glob("*.json")}

    def save(self, name: str, result: PageResult) -> None:
        """Keep a page: its pictures' data first, so that a page with figures is a whole one."""
        figures = json.dumps([f.to_data() for f in result.figures], allow_nan=False)
        write_files(self._pages, {f"{name}.npz": _packed(result.readings)}, force=True)
        write_files(self._pages, {f"{name}.json": figures.encode()}, force=True)

    def figures(self, name: str) -> list[PageFigures]:
        """Give the figures of a finished page."""
        data = json.loads((self._pages / f"{name}.json").read_text(encoding="utf-8"))
        return [PageFigures.from_data(item) for item in data]

    def reading(self, name: str, combination: str) -> Reading | None:
        """Give what a combination read from a finished page; None where it failed."""
        leads: dict[str, NDArray[np.float32]] = {}
        curves: list[NDArray[np.float32]] = []
        with np.load(self._pages / f"{name}.npz", allow_pickle=False) as arrays:
            for key in arrays.files:
                label, kind, item = key.rsplit("/", 2)
                if label != combination:
                    continue
                if kind == "lead":
                    leads[item] = arrays[key]
                else:
                    curves.append(arrays[key])
        return Reading(leads, tuple(curves)) if leads else None


def _packed(readings: Mapping[str, Reading]) -> bytes:
    arrays: dict[str, NDArray[np.float32]] = {}
    for label, reading in readings.items():
        for lead, samples in reading.leads_mv.items():
            arrays[f"{label}/lead/{lead}"] = samples
        for number, curve in enumerate(reading.curves_px):
            arrays[f"{label}/curve/{number:03d}"] = curve
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()

"""Write how a recording came about as JSON: geometry, quality, provenance; no samples."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

import numpy as np

from ecgengine.data.digitized import Digitized
from ecgengine.data.recording import Lead, Recording
from ecgengine.data.sheet import GridFit, Sheet
from ecgengine.data.strips import Strip
from ecgengine.geometry.lattice import read_lattice
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.paper.runs import runs

_SURE = 0.5
_MAP_PX = 0.25


class JsonWriter:
    """One object a page; positions are pixels of the original page, unknown numbers are null."""

    def render(self, result: Digitized) -> Mapping[str, bytes]:
        """Give `NAME.json`."""
        recording = result.recording
        text = _text(_plain(_page_object(result)))
        return {f"{recording.name}.json": (text + "\n").encode()}

    def render_batch(self, recordings: Sequence[Recording]) -> Mapping[str, bytes]:
        """Give nothing: every page has its own file."""
        return {}


def _page_object(result: Digitized) -> dict[str, Any]:
    page, sheet, recording = result.page, result.sheet, result.recording
    read = {trace.strip for trace in result.traces.traces}
    return {
        "name": recording.name,
        "page": {
            "file": PurePath(page.path).name,
            "number": page.number,
            "width_px": page.image.shape[1],
            "height_px": page.image.shape[0],
            "dpi": page.dpi,
        },
        "source": {
            "guess": result.guess.source,
            "probabilities": {str(k): v for k, v in result.guess.probabilities.items()},
        },
        "sheet": {
            "width_px": sheet.image.shape[1],
            "height_px": sheet.image.shape[0],
            "px_per_mm_x": sheet.px_per_mm_x,
            "px_per_mm_y": sheet.px_per_mm_y,
            "scale_source": sheet.scale_source,
            "confidence": sheet.confidence,
            "residual_mm": sheet.residual_mm,
            "grid": asdict(sheet.grid) if sheet.grid else None,
            "grid_fit": _grid_fit_object(sheet.grid_fit),
            "page_map": _page_map_object(sheet.page_map),
        },
        "layout": {
            "name": recording.layout,
            "confidence": result.strips.confidence,
            "order": result.strips.order,
            "ecg_probability": result.strips.ecg_probability,
        },
        "calibration": asdict(recording.calibration)
        | {
            "gain_basis": recording.calibration.gain_basis,
            "speed_basis": recording.calibration.speed_basis,
        },
        "fs_hz": recording.fs_hz,
        "duration_s": recording.duration_s,
        "leads": [_lead_object(lead, recording.fs_hz) for lead in recording.leads],
        "strips": [
            _strip_object(strip, sheet, index in read)
            for index, strip in enumerate(result.strips.strips)
        ],
        "quality": recording.quality,
        "notes": recording.notes,
        "provenance": [asdict(record) for record in recording.provenance],
    }


def _page_map_object(page_map: PageMap) -> dict[str, Any]:
    """Give the map by as few of its nodes as tell of the others to a quarter of a pixel."""
    nodes, steps = page_map.nodes_px, (1, 1)
    rows, columns = (np.arange(size, dtype=np.float64) for size in nodes.shape[:2])
    places = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    for factors in ((2, 1), (1, 2)):
        while True:
            down, across = (step * factor for step, factor in zip(steps, factors, strict=True))
            few = nodes[::down, ::across]
            if min(few.shape[:2]) < 2:
                break
            told = read_lattice(few, across, down, places)
            if float(np.abs(told - nodes.reshape(-1, 2)).max()) > _MAP_PX:
                break
            steps = (down, across)
    return {
        "nodes_px": np.round(nodes[:: steps[0], :: steps[1]], 2),
        "step_x_px": page_map.step_x_px * steps[1],
        "step_y_px": page_map.step_y_px * steps[0],
    }


def _grid_fit_object(fit: GridFit | None) -> dict[str, Any] | None:
    """Say region by region, from the upper left, how well the grid was seen and fitted."""
    if fit is None:
        return None
    return {"residual_mm": np.round(fit.residual_mm, 3), "seen": np.round(fit.seen, 2)}


def _lead_object(lead: Lead, fs_hz: float) -> dict[str, Any]:
    known = np.isfinite(lead.samples_mv)
    return {
        "name": lead.name,
        "status": lead.status,
        "reasons": lead.reasons,
        "start_s": lead.start_s,
        "samples": lead.samples_mv.size,
        "read_share": float(known.mean()) if known.size else 0.0,
        "confidence": float(lead.confidence.mean()) if known.size else 0.0,
        "unsure_s": _unsure_stretches(lead, fs_hz),
    }


def _unsure_stretches(lead: Lead, fs_hz: float) -> list[list[float]]:
    """List [start, end] of what was read with low confidence, bridged, or not read."""
    unsure = ~(np.isfinite(lead.samples_mv) & (lead.confidence >= _SURE))
    edges = np.array([[run.start, run.stop] for run in runs(unsure)]).reshape(-1, 2)
    stretches: list[list[float]] = np.round(lead.start_s + edges / fs_hz, 4).tolist()
    return stretches


def _strip_object(strip: Strip, sheet: Sheet, read: bool) -> dict[str, Any]:
    """Describe where a strip lies on the page: its corners clockwise and its zero line."""
    left, right, top, bottom = strip.x_start_px, strip.x_end_px, strip.top_px, strip.bottom_px
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    zero = np.array([[left, strip.zero_px], [right, strip.zero_px]])
    return {
        "lead": strip.lead,
        "lead_basis": strip.lead_basis,
        "lead_probability": strip.lead_probability,
        "lead_runner_up": strip.lead_runner_up,
        "ink_share": strip.ink_share,
        "row": strip.row,
        "rhythm": strip.rhythm,
        "inverted": strip.inverted,
        "start_s": strip.start_s,
        "read": read,
        "corners_px": np.round(sheet.page_map.to_page(corners), 2),
        "zero_line_px": np.round(sheet.page_map.to_page(zero), 2),
    }


def _text(value: Any, depth: int = 0) -> str:
    """Write JSON with a line for each thing down to the second level, and none for each number."""
    if depth == 2 or not value or not isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_text(item, depth + 1)}" for key, item in value.items()]
    elif isinstance(value[0], dict):
        parts = [_text(item, 2) for item in value]
    else:
        return json.dumps(value, ensure_ascii=False)
    space, (start, stop) = "\n" + " " * depth, "{}" if isinstance(value, dict) else "[]"
    return f"{start}{space} " + f",{space} ".join(parts) + f"{space}{stop}"


def _plain(value: Any) -> Any:
    """Bring arrays, paths, tuples and non-finite numbers to what JSON can hold."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)

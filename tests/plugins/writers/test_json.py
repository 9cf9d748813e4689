from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecgengine.data.recording import StageRecord
from ecgengine.data.sheet import GridFit
from ecgengine.data.traces import Traces
from ecgengine.geometry.page_map import PageMap
from ecgengine_plugins.writers.json import JsonWriter


def rendered(made_up: Any) -> dict[str, Any]:
    strips = made_up.strips()
    traces = list(made_up.traces(strips).traces[:12])
    unread = traces[2].y_px.copy()
    unread[200:400] = np.nan
    traces[2] = replace(traces[2], y_px=unread)
    result = made_up.digitized(strips, Traces(tuple(traces)))
    shifted = PageMap.affine(np.array([[1.0, 0, 100], [0, 1.0, 10]]), 2100, 1000)
    record = StageRecord("reader", "image", "ecgengine 0.1.0", {"a": 1}, 0.5)
    result = replace(
        result,
        sheet=replace(result.sheet, page_map=shifted),
        recording=replace(result.recording, provenance=(record,)),
    )
    files = JsonWriter().render(result)
    assert list(files) == ["page.json"]

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    loaded: dict[str, Any] = json.loads(files["page.json"], parse_constant=refuse)
    return loaded


def test_it_tells_geometry_quality_and_provenance(made_up: Any) -> None:
    page = rendered(made_up)
    assert page["page"] == {
        "file": "page.png",
        "number": 1,
        "width_px": 2100,
        "height_px": 1000,
        "dpi": None,
    }
    assert page["source"] == {"guess": "render", "probabilities": {"render": 1.0}}
    assert page["sheet"]["px_per_mm_x"] == 8
    assert page["sheet"]["residual_mm"] is None
    assert np.array(page["sheet"]["page_map"]["nodes_px"]).shape == (2, 2, 2)
    assert page["layout"] == {
        "name": "3x4+1",
        "confidence": 1.0,
        "order": "in turn",
        "ecg_probability": 1.0,
    }
    assert page["calibration"]["gain_mm_per_mv"] == 10
    assert page["calibration"]["gain_basis"] == "assumed"
    assert page["calibration"]["gain_probability"] == 1.0
    assert page["quality"]["einthoven_mv"] == pytest.approx(0, abs=1e-3)
    assert page["provenance"][0]["provider"] == "ecgengine 0.1.0"


def test_it_tells_of_each_lead_and_strip(made_up: Any) -> None:
    page = rendered(made_up)
    assert len(page["leads"]) == 12
    lead = page["leads"][3]
    assert (lead["name"], lead["status"], lead["start_s"]) == ("aVR", "ok", 2.5)
    assert (lead["samples"], lead["read_share"]) == (1250, 1.0)
    assert (lead["unsure_s"], page["leads"][6]["unsure_s"]) == ([], [[5.498, 6.0]])
    strip = page["strips"][1]
    assert (strip["lead"], strip["read"], page["strips"][12]["read"]) == ("aVR", True, False)
    # The map moves the sheet by (100, 10); the strip begins 2.5 s = 500 px after x = 40.
    assert strip["zero_line_px"] == [[640, 160], [1140, 160]]
    assert strip["corners_px"][0] == [640, -140]


def test_a_map_is_told_by_few_nodes_where_these_tell_of_all(made_up: Any) -> None:
    x, y = np.meshgrid(np.arange(401) * 5.0, np.arange(201) * 5.0)
    bent = np.stack([x + 3 * np.sin(x / 300), 0.5 * y], axis=-1)
    strips = made_up.strips()
    result = made_up.digitized(strips, made_up.traces(strips))
    result = replace(result, sheet=replace(result.sheet, page_map=PageMap(bent, 5.0, 5.0)))
    (file,) = JsonWriter().render(result).values()
    told = json.loads(file)["sheet"]["page_map"]
    nodes = np.array(told["nodes_px"])
    assert nodes.shape[0] == 2
    assert 10 < nodes.shape[1] < 60
    again = PageMap(nodes, told["step_x_px"], told["step_y_px"])
    places = np.stack([x, y], axis=-1).reshape(-1, 2)
    away = again.to_page(places) - bent.reshape(-1, 2)
    assert np.abs(away).max() < 0.26


def test_regions_are_told_and_numbers_take_no_line_each(made_up: Any) -> None:
    strips = made_up.strips()
    result = made_up.digitized(strips, made_up.traces(strips))
    fit = GridFit(np.full((20, 30), 0.0123456), np.full((20, 30), 0.75))
    fit.residual_mm[3, 4] = np.nan
    (file,) = (
        JsonWriter().render(replace(result, sheet=replace(result.sheet, grid_fit=fit))).values()
    )
    told = json.loads(file)["sheet"]["grid_fit"]
    assert told["residual_mm"][3][3:6] == [0.012, None, 0.012]
    assert np.array(told["seen"]).shape == (20, 30)
    assert file.count(b"\n") < 200

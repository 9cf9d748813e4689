from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecgengine.data.layout import LEADS
from ecgengine.data.traces import Traces
from ecgengine.ecg.signals import read_signals
from ecgengine_plugins.writers.csv import CsvWriter


def test_columns_and_empty_cells(made_up: Any) -> None:
    strips = made_up.strips(("II", "V1", None))
    traces = list(made_up.traces(strips).traces)
    traces[14] = made_up.trace(14, strips.strips[14], delay_s=0.4)
    files = CsvWriter().render(made_up.digitized(strips, Traces(tuple(traces))))
    assert list(files) == ["page.csv"]
    lines = files["page.csv"].decode().splitlines()
    header = lines[0].split(",")
    assert header == ["time_s", *LEADS, "V1_rhythm", "strip1"]
    assert len(lines) == 5001
    first, later = (
        dict(zip(header, line.split(","), strict=True)) for line in lines[1:6002:1250][:2]
    )
    assert (first["time_s"], later["time_s"]) == ("0.000", "2.500")
    assert first["aVR"] == ""
    assert later["I"] == ""
    assert later["II"]
    assert later["aVR"]


@pytest.mark.parametrize("fs_hz", [250.0, 500.0, 512.0, 1025.0])
def test_reads_back(made_up: Any, tmp_path: Path, fs_hz: float) -> None:
    strips = made_up.strips()
    result = made_up.digitized(strips, made_up.traces(strips), fs_hz)
    (tmp_path / "page.csv").write_bytes(CsvWriter().render(result)["page.csv"])
    signals = read_signals(tmp_path / "page.csv")
    assert signals.fs_hz == pytest.approx(fs_hz, abs=0.001)
    for name in LEADS:
        np.testing.assert_allclose(
            signals.leads_mv[name], result.recording.full_mv(name), atol=5.1e-5
        )


def test_nothing_for_a_batch(made_up: Any) -> None:
    assert CsvWriter().render_batch([]) == {}

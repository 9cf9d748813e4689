from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecgengine.data.layout import LEADS
from ecgengine.data.traces import Traces
from ecgengine.ecg.signals import read_signals
from ecgengine_plugins.writers.wfdb import WfdbWriter


def written(made_up: Any, folder: Path, name: str = "page") -> Any:
    strips = made_up.strips()
    # V6 is missing altogether.
    result = made_up.digitized(strips, Traces(made_up.traces(strips).traces[:11]))
    result = replace(result, recording=replace(result.recording, name=name))
    for file, data in WfdbWriter().render(result).items():
        (folder / file).write_bytes(data)
    return result.recording


def test_wfdb_reads_it_back(made_up: Any, tmp_path: Path) -> None:
    wfdb = pytest.importorskip("wfdb")
    recording = written(made_up, tmp_path)
    record = wfdb.rdrecord(str(tmp_path / "page"))
    assert record.fs == 500
    assert record.sig_name == list(LEADS)
    assert record.units == ["mV"] * 12
    for column, name in enumerate(LEADS):
        np.testing.assert_allclose(record.p_signal[:, column], recording.full_mv(name), atol=5.1e-4)
    assert np.isnan(record.p_signal[:, 11]).all()
    digital = wfdb.rdrecord(str(tmp_path / "page"), physical=False)
    assert digital.checksum == [int(x) & 0xFFFF for x in digital.calc_checksum()]


def test_own_reader_reads_it_back(made_up: Any, tmp_path: Path) -> None:
    recording = written(made_up, tmp_path)
    signals = read_signals(tmp_path / "page.hea")
    assert signals.fs_hz == 500
    for name in LEADS:
        np.testing.assert_allclose(signals.leads_mv[name], recording.full_mv(name), atol=5.1e-4)


def test_names_that_wfdb_forbids(made_up: Any, tmp_path: Path) -> None:
    written(made_up, tmp_path, "Müller 3.2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Muller_3_2.dat", "Muller_3_2.hea"]
    assert read_signals(tmp_path / "Muller_3_2.hea").fs_hz == 500


def test_the_header_tells_what_is_missing(made_up: Any, tmp_path: Path) -> None:
    written(made_up, tmp_path)
    assert "# V6 missing: no curve could be read" in (tmp_path / "page.hea").read_text()

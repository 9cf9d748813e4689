from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecgengine.data.recording import Lead, Recording
from ecgengine.data.strips import Calibration
from ecgengine.ecg.signals import Signals, read_signals
from ecgengine.errors import UnreadableInputError


def test_csv_with_times_tells_its_rate(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("time_s,I,AVR,V1_rhythm\n0.000,0.1,,1\n0.004,0.2,-1,2\n0.008,,-2,3\n")
    signals = read_signals(path)
    assert signals.fs_hz == 250
    assert list(signals.leads_mv) == ["I", "aVR", "V1_rhythm"]
    np.testing.assert_array_equal(signals.leads_mv["I"], [0.1, 0.2, np.nan])
    np.testing.assert_array_equal(signals.leads_mv["aVR"], [np.nan, -1, -2])


def test_csv_without_times_needs_a_rate(tmp_path: Path) -> None:
    path = tmp_path / "competition.csv"
    path.write_text("I,II\n0.1,1\n0.2,2\n")
    assert read_signals(path, 250.0).fs_hz == 250
    with pytest.raises(UnreadableInputError, match="sampling frequency"):
        read_signals(path)


def write_wfdb(folder: Path, form: str, prefix: bytes, suffix: str) -> Path:
    samples = np.array([[100, 900], [-200, -32768], [300, 1100]], dtype="<i2")
    (folder / f"r{suffix}").write_bytes(prefix + samples.tobytes())
    header = folder / "r.hea"
    header.write_text(
        f"r 2 500 3 12:00:00 1/1/2000\nr{suffix} {form} 1000(0)/mV 16 0 100 200 0 I\n"
        f"r{suffix} {form} 200.0(500)/mV 16 0 900 0 0 AVF\n# Age: 61\n"
    )
    return header


@pytest.mark.parametrize(
    ("form", "prefix", "suffix"), [("16", b"", ".dat"), ("16x1+24", b"x" * 24, ".mat")]
)
def test_wfdb_worked_example(tmp_path: Path, form: str, prefix: bytes, suffix: str) -> None:
    signals = read_signals(write_wfdb(tmp_path, form, prefix, suffix))
    assert signals.fs_hz == 500
    np.testing.assert_allclose(signals.leads_mv["I"], [0.1, -0.2, 0.3])
    np.testing.assert_allclose(signals.leads_mv["aVF"], [2.0, np.nan, 3.0])


@pytest.mark.parametrize("name", ["no.csv", "no.hea", "no.edf"])
def test_what_cannot_be_read_says_what_can(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableInputError, match=name):
        read_signals(tmp_path / name)


@pytest.mark.parametrize("text", ["", "time_s,I\n", "time_s,I\n0,0.1\n", "time_s,I\n0,a\n1,b\n"])
def test_broken_csv(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(text)
    with pytest.raises(UnreadableInputError, match=r"broken\.csv"):
        read_signals(path)


def test_other_wfdb_formats_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="format 212"):
        read_signals(write_wfdb(tmp_path, "212", b"", ".dat"))


def test_a_recording_lies_on_its_clock() -> None:
    mv = np.array([1, 2], dtype=np.float32)
    nothing = np.zeros(0, dtype=np.float32)
    leads = (Lead("V1", mv, 0.02, mv), Lead("V2", nothing, 0.0, nothing))
    signals = Signals.of(Recording("r", 100.0, 0.05, leads, None, Calibration()))
    assert list(signals.leads_mv) == ["V1"]
    np.testing.assert_array_equal(signals.leads_mv["V1"], [np.nan, np.nan, 1, 2, np.nan])


def test_another_rate() -> None:
    signals = Signals(100.0, {"I": np.arange(10.0)})
    assert signals.at(100.0) is signals
    np.testing.assert_allclose(signals.at(200.0).leads_mv["I"][:19], np.arange(19) / 2)

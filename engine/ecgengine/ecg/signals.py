"""Leads in millivolts on one clock: read from CSV and WFDB files, written as CSV."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.recording import Recording
from ecgengine.ecg.resample import resample
from ecgengine.errors import UnreadableInputError

_PROPER_NAMES = {name.lower(): name for name in LEADS}
_MV_PER_UNIT = {"mv": 1.0, "uv": 1e-3, "v": 1e3}
_WFDB_GAP = -32768


@dataclass(frozen=True, slots=True)
class Signals:
    """Leads of one recording.

    Attributes:
        fs_hz: samples per second.
        leads_mv: (N,) float64 of each lead by name, first sample at time 0; NaN where unknown.
    """

    fs_hz: float
    leads_mv: dict[str, NDArray[np.float64]]

    @classmethod
    def of(cls, recording: Recording) -> Signals:
        """Lay the leads of a recording on its clock."""
        names = [lead.name for lead in recording.leads if lead.samples_mv.size]
        return cls(
            recording.fs_hz,
            {name: recording.full_mv(name).astype(np.float64) for name in names},
        )

    def at(self, fs_hz: float) -> Signals:
        """Give the same leads at another rate."""
        if fs_hz == self.fs_hz:
            return self
        return Signals(
            fs_hz, {name: resample(x, self.fs_hz, fs_hz) for name, x in self.leads_mv.items()}
        )


def read_signals(path: Path, fs_hz: float | None = None) -> Signals:
    """Read `.csv` (mV, a column a lead, optionally `time_s`) or a WFDB header `.hea`.

    A CSV file without `time_s` needs `fs_hz`. Raises UnreadableInputError for anything else.
    """
    try:
        if path.suffix.lower() == ".csv":
            return _read_csv(path, fs_hz)
        if path.suffix.lower() == ".hea":
            return _read_wfdb(path)
    except OSError as error:
        raise UnreadableInputError(
            f"{path} cannot be read ({error.strerror}): check the path"
        ) from error
    except (ValueError, IndexError, KeyError) as error:
        raise UnreadableInputError(
            f"{path} does not hold leads as expected ({error}): "
            "give a CSV file in millivolts or a WFDB header"
        ) from error
    raise UnreadableInputError(
        f"{path} is neither .csv nor .hea: give a CSV file in millivolts or a WFDB header"
    )


def leads_csv(leads: Signals, decimals: int) -> bytes:
    """Lay leads out in columns behind `time_s`; a cell is empty where a lead is unknown."""
    # Milliseconds are exact for the usual rates; others need more digits to round-trip.
    digits = 3 if 1000 % leads.fs_hz == 0 else 6
    columns = [
        ["" if math.isnan(value) else f"{value:.{decimals}f}" for value in samples.tolist()]
        for samples in leads.leads_mv.values()
    ]
    lines = [",".join(["time_s", *leads.leads_mv])]
    for index, row in enumerate(zip(*columns, strict=True)):
        lines.append(f"{index / leads.fs_hz:.{digits}f},{','.join(row)}")
    return ("\n".join(lines) + "\n").encode()


def _proper(name: str) -> str:
    return _PROPER_NAMES.get(name.strip().lower(), name.strip())


def _read_csv(path: Path, fs_hz: float | None) -> Signals:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    header, body = rows[0], [row for row in rows[1:] if row]
    if not body:
        raise ValueError("no rows below the header")
    table = np.array([[float(cell) if cell.strip() else math.nan for cell in row] for row in body])
    if header[0].strip() == "time_s":
        if len(body) < 2:
            raise ValueError("one row gives no sampling frequency")
        # Printed times are rounded; the whole column tells the rate better than one step.
        fs_hz = round((len(body) - 1) / (table[-1, 0] - table[0, 0]), 3)
        header, table = header[1:], table[:, 1:]
    if fs_hz is None:
        raise ValueError("no time_s column: its sampling frequency must be given")
    return Signals(fs_hz, {_proper(n): table[:, i].copy() for i, n in enumerate(header)})


def _read_wfdb(path: Path) -> Signals:
    lines = [
        line
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    record = lines[0].split()
    count = int(record[1])
    fs_hz = float(re.split(r"[/(]", record[2])[0]) if len(record) > 2 else 250.0
    specs = [line.split() for line in lines[1 : 1 + count]]
    leads: dict[str, NDArray[np.float64]] = {}
    columns = [spec[0] for spec in specs]
    for file_name in dict.fromkeys(columns):
        mine = [spec for spec in specs if spec[0] == file_name]
        data = (path.parent / file_name).read_bytes()[_byte_offset(mine[0][1]) :]
        frames = len(data) // (2 * len(mine))
        if len(record) > 3:
            frames = min(frames, int(record[3]))
        digital = np.frombuffer(data, dtype="<i2", count=frames * len(mine))
        for spec, column in zip(mine, digital.reshape(frames, len(mine)).T, strict=True):
            leads[_proper(" ".join(spec[8:]))] = _millivolts(spec, column)
    return Signals(fs_hz, leads)


def _byte_offset(form: str) -> int:
    """Give the bytes before the samples from a format field such as `16x1+24`."""
    match = re.fullmatch(r"16(?:x1)?(?::0)?(?:\+(\d+))?", form)
    if match is None:
        raise ValueError(f"WFDB format {form}; only format 16 is read")
    return int(match[1] or 0)


def _millivolts(spec: list[str], digital: NDArray[np.int16]) -> NDArray[np.float64]:
    match = re.fullmatch(r"([-+.\deE]+)(?:\(([-+\d]+)\))?(?:/(\S+))?", spec[2])
    if match is None:
        raise ValueError(f"gain {spec[2]}")
    gain = float(match[1]) or 200.0
    baseline = int(match[2]) if match[2] else int(spec[4]) if len(spec) > 4 else 0
    unit = (match[3] or "mV").lower()
    value = (digital.astype(np.float64) - baseline) / gain * _MV_PER_UNIT[unit]
    return np.where(digital == _WFDB_GAP, np.nan, value)

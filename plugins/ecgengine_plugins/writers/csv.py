"""Writes a recording as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ecgengine.data.digitized import Digitized
from ecgengine.data.recording import Recording


class CsvWriter:
    """One row a sample: `time_s`, then millivolts of `I` to `V6` and of further strips.

    A cell is empty where the lead is not printed or could not be read.
    """

    def render(self, result: Digitized) -> Mapping[str, bytes]:
        """Give `NAME.csv`."""
        recording = result.recording
        names = [lead.name for lead in recording.leads]
        columns = [recording.full_mv(name).tolist() for name in names]
        # Milliseconds are exact for the usual rates; others need more digits to round-trip.
        digits = 3 if 1000 % recording.fs_hz == 0 else 6
        lines = [",".join(["time_s", *names])]
        for index, row in enumerate(zip(*columns, strict=True)):
            cells = ("" if math.isnan(value) else f"{value:.4f}" for value in row)
            lines.append(f"{index / recording.fs_hz:.{digits}f},{','.join(cells)}")
        return {f"{recording.name}.csv": ("\n".join(lines) + "\n").encode()}

    def render_batch(self, recordings: Sequence[Recording]) -> Mapping[str, bytes]:
        """Give nothing: every page has its own file."""
        return {}

"""Write a recording as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ecgengine.data.digitized import Digitized
from ecgengine.data.recording import Recording
from ecgengine.ecg.signals import Signals, leads_csv


class CsvWriter:
    """One row a sample: `time_s`, then millivolts of `I` to `V6` and of further strips.

    A cell is empty where the lead is not printed or could not be read.
    """

    def render(self, result: Digitized) -> Mapping[str, bytes]:
        """Give `NAME.csv`."""
        recording = result.recording
        names = (lead.name for lead in recording.leads)
        leads_mv = {name: recording.full_mv(name).astype(np.float64) for name in names}
        return {f"{recording.name}.csv": leads_csv(Signals(recording.fs_hz, leads_mv), 4)}

    def render_batch(self, recordings: Sequence[Recording]) -> Mapping[str, bytes]:
        """Give nothing: every page has its own file."""
        return {}

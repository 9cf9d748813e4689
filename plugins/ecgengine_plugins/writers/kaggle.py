"""Write a submission for the 2025 PhysioNet image-digitization competition."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.digitized import Digitized
from ecgengine.data.recording import Recording
from ecgengine.errors import UsageError
from ecgengine_kernels.resample import resample_cubic
from ecgengine_plugins.writers.options import KaggleOptions


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One row of the test table: a lead of an image at a rate and length."""

    image: str
    lead: str
    fs_hz: float
    rows: int


class KaggleWriter:
    """`submission.csv` with every row that the test table asks for.

    A missing page or lead is 0 mV, an unread stretch a straight line between what was read.
    """

    def __init__(self, options: KaggleOptions) -> None:
        if options.table is None:
            raise UsageError("the kaggle format needs the test table: set kaggle.table to test.csv")
        self._wanted = _read_table(options.table)

    def render(self, result: Digitized) -> Mapping[str, bytes]:
        """Give nothing: all pages share one file."""
        return {}

    def render_batch(self, recordings: Sequence[Recording]) -> Mapping[str, bytes]:
        """Give `submission.csv` (`id,value`; id is image, row and lead joined by `_`)."""
        by_name = {recording.name: recording for recording in recordings}
        lines = ["id,value"]
        for wanted in self._wanted:
            values = _values(by_name.get(wanted.image), wanted)
            lines += [
                f"{wanted.image}_{row}_{wanted.lead},{value:.4f}"
                for row, value in enumerate(values.tolist())
            ]
        return {"submission.csv": ("\n".join(lines) + "\n").encode()}


def _read_table(path: Path) -> list[_Wanted]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return [
                _Wanted(row["id"], row["lead"], float(row["fs"]), int(row["number_of_rows"]))
                for row in csv.DictReader(file)
            ]
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): check kaggle.table") from error
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError(
            f"{path} is not a test table ({error}): it needs id, lead, fs and number_of_rows"
        ) from error


def _values(recording: Recording | None, wanted: _Wanted) -> NDArray[np.float64]:
    """Give finite millivolts from the lead's first printed instant on."""
    nothing = np.zeros(wanted.rows)
    if recording is None:
        return nothing
    lead = next((lead for lead in recording.leads if lead.name == wanted.lead), None)
    if lead is None or not np.isfinite(lead.samples_mv).any():
        return nothing
    # Lead II is asked for from the start of the page, others from where they are printed.
    start_s = 0.0 if wanted.lead == "II" else lead.start_s
    samples = lead.samples_mv.astype(np.float64)
    known = np.flatnonzero(np.isfinite(samples))
    # One held sample more: the last output may lie a fraction beyond the last input.
    whole = np.interp(np.arange(samples.size + 1), known, samples[known])
    first = (start_s - lead.start_s) * recording.fs_hz
    step = recording.fs_hz / wanted.fs_hz
    return np.nan_to_num(resample_cubic(whole, first, step, wanted.rows))

"""Traces: the curve an extractor read for each strip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Trace:
    """The curve of one strip, in sheet pixels.

    Attributes:
        strip: index into `Strips.strips`.
        x0_px: sheet x of the first sample.
        step_px: distance of samples along x, often less than a pixel.
        y_px: (N,) float64 sub-pixel rows of the pen's center; NaN where nothing could be read.
        confidence: (N,) float32 in 0..1; below about 0.5 the reading is a bridge over a gap.
    """

    strip: int
    x0_px: float
    step_px: float
    y_px: NDArray[np.float64]
    confidence: NDArray[np.float32]

    @property
    def x_px(self) -> NDArray[np.float64]:
        """Sheet columns (N,) of the samples."""
        return self.x0_px + self.step_px * np.arange(self.y_px.size, dtype=np.float64)

    def at(self, x_px: NDArray[np.floating], values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Read (N,) values, one a sample, at sheet columns; linear between, level beyond."""
        samples = (x_px - self.x0_px) / self.step_px
        return np.asarray(np.interp(samples, np.arange(values.size), values), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Traces:
    """What an extractor read; strips without any ink have no trace."""

    traces: tuple[Trace, ...]

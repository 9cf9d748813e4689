"""Classifier `simple`: tell four sources by color, evenness of light and noise."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from ecgengine.data.page import Page
from ecgengine.data.source import Source, SourceGuess

# For speed: pixels that are looked at, and blocks along each side that are bare paper somewhere.
_SAMPLE_PX, _BLOCKS = 300_000, 24
_MOST_COLOR, _MOST_UNEVEN, _MORE_UNEVEN_GRAY, _MOST_GRAIN, _MOST_FLAT = 8.5, 8.0, 6.0, 0.09, 0.24
_SURE = 0.6
"""Where figures of a `Look` part the sources, and the least probability of a guess.

Set on some eighty pages of known origin; docs/classifier.md has what the guesses are worth.
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a page looks like, in levels of 0 to 255 and shares of 0 to 1.

    Attributes:
        colorfulness: difference of the strongest and weakest channel that 2 % of pixels exceed.
        unevenness: how far the level of bare paper varies over the page (10th to 90th percentile).
        grain: share of neighbor pixels that differ by 1 to 5 levels, which drawn pages lack.
        flatness: share of neighbor pixels that are exactly alike.
    """

    colorfulness: float
    unevenness: float
    grain: float
    flatness: float

    @classmethod
    def of(cls, image: NDArray[np.uint8]) -> Look:
        """Measure an (H, W, 3) image on a sample of its pixels."""
        height, width = image.shape[:2]
        step = max(1, int(np.sqrt(height * width / _SAMPLE_PX)))
        sample = image[::step, ::step]
        brightest, darkest = sample.max(axis=2), sample.min(axis=2)
        across = max(1, sample.shape[1] // _BLOCKS)
        down = max(1, sample.shape[0] // _BLOCKS)
        rows, columns = sample.shape[0] // down, sample.shape[1] // across
        blocks = brightest[: rows * down, : columns * across].reshape(rows, down, columns, across)
        paper = np.quantile(blocks, 0.8, axis=(1, 3))
        middle = image[height // 4 : height - height // 4 : 2, :, 1].astype(np.int16)
        change = np.abs(np.diff(middle, axis=1))
        change = change if change.size else np.zeros((1, 1), np.int16)
        return cls(
            colorfulness=float(np.quantile(brightest - darkest, 0.98)),
            unevenness=float(np.quantile(paper, 0.9) - np.quantile(paper, 0.1)),
            grain=float(np.mean((change > 0) & (change < 6))),
            flatness=float(np.mean(change == 0)),
        )


class SimpleClassifier:
    """Guesses render, color scan, black-and-white scan or photo; it knows no other source."""

    def classify(self, page: Page) -> SourceGuess:
        """Guess the source of a page of any content."""
        look = Look.of(page.image)
        gray = _rises(_MOST_COLOR - look.colorfulness, 1.0)
        even = _rises(_MOST_UNEVEN + _MORE_UNEVEN_GRAY * gray - look.unevenness, 1.0)
        drawn = _rises(_MOST_GRAIN - look.grain, 0.015)
        photographed = _rises(_MOST_FLAT - look.flatness, 0.03)
        weights = {
            Source.RENDER: even * (1 - gray) * drawn,
            Source.COLOR_SCAN: even * (1 - gray) * (1 - drawn),
            Source.BW_SCAN: even * gray,
            Source.PHOTO: (1 - even) * photographed,
        }
        unknown = (1 - sum(weights.values())) / len(Source)
        probabilities = {source: weights.get(source, 0.0) + unknown for source in Source}
        best = max(probabilities, key=lambda source: probabilities[source])
        return SourceGuess(best if probabilities[best] >= _SURE else None, probabilities)


def _rises(value: float, softness: float) -> float:
    """Give the logistic function of value / softness."""
    return 1.0 / (1.0 + exp(-min(max(value / softness, -50.0), 50.0)))

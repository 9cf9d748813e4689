"""Collect what there is to see of a compared page: picture, traces found, leads and truth."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.compare.store import Store
from ecgengine.compare.worst import Evidence, EvidenceOf
from ecgengine.plugins.stages import Dataset
from ecgengine.truth.case import Case

_FADE = 0.5
_COLORS = ((0, 92, 230), (0, 140, 60), (140, 0, 190), (190, 105, 0))
_FRACTION_BITS = 4


def evidence_from(dataset: Dataset, store: Store) -> EvidenceOf:
    """Give what shows a page as a combination read it: None when the dataset has it no more."""

    @lru_cache(maxsize=32)
    def load(name: str) -> Case | None:
        # A page that could not be compared is shown without a picture.
        with suppress(Exception):
            return dataset.load(name)
        return None

    def evidence(name: str, combination: str) -> Evidence | None:
        case = load(name)
        if case is None:
            return None
        reading = store.reading(name, combination)
        return Evidence(
            page=case.page.image,
            overlay=None if reading is None else overlay(case.page.image, reading.curves_px),
            truth_mv=case.leads.leads_mv,
            reading_mv={} if reading is None else reading.leads_mv,
            fs_hz=case.leads.fs_hz,
        )

    return evidence


def overlay(
    image: NDArray[np.uint8], curves_px: Sequence[NDArray[np.float32]]
) -> NDArray[np.uint8]:
    """Draw curves of page points over the faded page; a NaN breaks a curve."""
    picture = (image + (255 - image) * np.float32(_FADE)).astype(np.uint8)
    width = max(1, round(picture.shape[1] / 1100))
    for number, curve in enumerate(curves_px):
        known = np.isfinite(curve[:, 0]) & np.isfinite(curve[:, 1])
        breaks = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
        for part in np.split(np.arange(len(curve)), breaks):
            if part.size and known[part[0]]:
                fixed = np.rint(curve[part] * (1 << _FRACTION_BITS)).astype(np.int32)
                color = _COLORS[number % len(_COLORS)]
                cv2.polylines(picture, [fixed], False, color, width, cv2.LINE_AA, _FRACTION_BITS)
    return picture

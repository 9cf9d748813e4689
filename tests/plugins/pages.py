"""A made-up page as every stage would leave it, for tests of assemblers and writers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine.page import Page, SourceGuess
from ecgengine.sheet import PageMap, Sheet
from ecgengine.strips import Calibration, Strip, Strips
from ecgengine.traces import Trace, Traces

PX_PER_MM = 8.0
PX_PER_S = 25 * PX_PER_MM
PX_PER_MV = 10 * PX_PER_MM
LEFT_PX = 40.0
ROWS = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))


def beat_mv(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """75 beats a minute of smooth complexes that differ from beat to beat."""
    phase = (time_s - 0.3) % 0.8
    height = 1 + 0.1 * np.floor((time_s - 0.3) / 0.8)
    return height * np.exp(-(((phase - 0.2) / 0.012) ** 2)) + 0.2 * np.exp(
        -(((phase - 0.45) / 0.05) ** 2)
    )


DIPOLE = {
    "I": (1.0, 0.0),
    "II": (0.0, 1.2),
    "III": (-1.0, 1.2),
    "aVR": (-0.5, -0.6),
    "aVL": (1.0, -0.6),
    "aVF": (-0.5, 1.2),
}


def lead_mv(name: str, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """A lead whose limb relations hold."""
    a, b = DIPOLE.get(name, (0.3 * int(name[-1]) if name[-1].isdigit() else 0.0, 0.4))
    return a * beat_mv(time_s) + b * beat_mv(time_s - 0.02)


def sheet(scale_source: str = "grid") -> Sheet:
    image = np.full((800, 2100, 3), 255, dtype=np.uint8)
    page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), 2100, 800)
    return Sheet(image, PX_PER_MM, PX_PER_MM, page_map, scale_source)  # type: ignore[arg-type]


def page() -> Page:
    return Page(sheet().image, "page", "page.png")


def strip(lead: str | None, row: int, start_s: float, seconds: float, **more: object) -> Strip:
    x = LEFT_PX + start_s * PX_PER_S
    zero = 120.0 + 180 * row
    return Strip(
        lead=lead,
        row=row,
        rhythm=bool(more.pop("rhythm", False)),
        x_start_px=x,
        x_end_px=x + seconds * PX_PER_S,
        zero_px=zero,
        top_px=zero - 200,
        bottom_px=zero + 200,
        start_s=start_s,
        **more,  # type: ignore[arg-type]
    )


def strips(rhythm: tuple[str | None, ...] = ("II",)) -> Strips:
    found = [
        strip(lead, row, 2.5 * column, 2.5)
        for row, leads in enumerate(ROWS)
        for column, lead in enumerate(leads)
    ]
    found += [strip(lead, 3 + i, 0.0, 10.0, rhythm=True) for i, lead in enumerate(rhythm)]
    return Strips(tuple(found), f"3x4+{len(rhythm)}", Calibration())


def trace(index: int, of: Strip, delay_s: float = 0.0, step_px: float = 0.5) -> Trace:
    """The exact curve of a strip."""
    count = round((of.x_end_px - of.x_start_px) / step_px) + 1
    x = of.x_start_px + step_px * np.arange(count)
    time_s = of.start_s + (x - of.x_start_px) / PX_PER_S
    sign = -1 if of.inverted else 1
    mv = sign * lead_mv(of.lead or "II", time_s - delay_s)
    confidence = np.ones(count, dtype=np.float32)
    return Trace(index, of.x_start_px, step_px, of.zero_px - mv * PX_PER_MV, confidence)


def traces(of: Strips) -> Traces:
    return Traces(tuple(trace(index, one) for index, one in enumerate(of.strips)))


GUESS = SourceGuess(None, {})

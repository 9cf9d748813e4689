"""A made-up page as every stage would leave it, and looks, for tests of several stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgengine.data.digitized import Digitized
from ecgengine.data.hints import Hints
from ecgengine.data.layout import LEADS
from ecgengine.data.look import CELL_MM, Look, Words
from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.data.source import Source, SourceGuess
from ecgengine.data.strips import Calibration, Strip, Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Trace, Traces
from ecgengine.geometry.page_map import PageMap

PX_PER_MM = 8.0
PX_PER_S = 25 * PX_PER_MM
PX_PER_MV = 10 * PX_PER_MM
LEFT_PX = 40.0
SIZE_PX = (2100, 1000)
ROWS = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
VIEWS = {
    "I": (1.0, 0.0),
    "II": (0.0, 1.2),
    "III": (-1.0, 1.2),
    "aVR": (-0.5, -0.6),
    "aVL": (1.0, -0.6),
    "aVF": (-0.5, 1.2),
}


def beats_mv(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """75 beats a minute of smooth complexes that grow from beat to beat."""
    phase = (time_s - 0.3) % 0.8
    height = 1 + 0.1 * np.floor((time_s - 0.3) / 0.8)
    qrs = np.exp(-(((phase - 0.2) / 0.02) ** 2))
    return 0.6 * height * qrs + 0.2 * np.exp(-(((phase - 0.45) / 0.05) ** 2))


class MadeUp:
    """A 3x4 page with rhythm strips at 8 px/mm, each strip read exactly."""

    def lead_mv(self, name: str, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """The truth; its limb leads obey Einthoven."""
        a, b = VIEWS.get(name, (0.15 * int(name[-1]) if name[-1].isdigit() else 0.0, 0.4))
        mv: NDArray[np.float64] = a * beats_mv(time_s) + b * beats_mv(time_s - 0.02)
        return mv

    def sheet(self) -> Sheet:
        width, height = SIZE_PX
        image = np.full((height, width, 3), 255, dtype=np.uint8)
        page_map = PageMap.affine(np.array([[1.0, 0, 0], [0, 1.0, 0]]), width, height)
        return Sheet(image, PX_PER_MM, PX_PER_MM, page_map, "grid")

    def strip(self, lead: str | None, row: int, start_s: float, seconds: float) -> Strip:
        x = LEFT_PX + start_s * PX_PER_S
        zero = 150.0 + 180 * row
        return Strip(
            lead=lead,
            row=row,
            rhythm=False,
            x_start_px=x,
            x_end_px=x + seconds * PX_PER_S,
            zero_px=zero,
            top_px=zero - 300,
            bottom_px=zero + 300,
            start_s=start_s,
        )

    def strips(self, rhythm: tuple[str | None, ...] = ("II",)) -> Strips:
        found = [
            self.strip(lead, row, 2.5 * column, 2.5)
            for row, leads in enumerate(ROWS)
            for column, lead in enumerate(leads)
        ]
        found += [
            replace(self.strip(lead, 3 + i, 0.0, 10.0), rhythm=True)
            for i, lead in enumerate(rhythm)
        ]
        return Strips(tuple(found), f"3x4+{len(rhythm)}", Calibration())

    def trace(self, index: int, of: Strip, delay_s: float = 0.0, step_px: float = 0.5) -> Trace:
        count = round((of.x_end_px - of.x_start_px) / step_px) + 1
        x = of.x_start_px + step_px * np.arange(count)
        time_s = of.start_s + (x - of.x_start_px) / PX_PER_S
        mv = self.lead_mv(of.lead or "II", time_s - delay_s) * (-1 if of.inverted else 1)
        confidence = np.ones(count, dtype=np.float32)
        return Trace(index, of.x_start_px, step_px, of.zero_px - mv * PX_PER_MV, confidence)

    def traces(self, of: Strips) -> Traces:
        return Traces(tuple(self.trace(index, one) for index, one in enumerate(of.strips)))

    def digitized(self, strips: Strips, traces: Traces, fs_hz: float = 500.0) -> Digitized:
        from ecgengine_plugins.assemblers.options import StandardOptions
        from ecgengine_plugins.assemblers.standard import StandardAssembler

        sheet = self.sheet()
        recording = StandardAssembler(StandardOptions()).assemble(
            "page", sheet, strips, traces, Hints(fs_hz=fs_hz)
        )
        return Digitized(
            Page(sheet.image, "page", "/some/folder/page.png"),
            SourceGuess(Source.RENDER, {Source.RENDER: 1.0}),
            sheet,
            TraceMap(np.zeros((1, 8, 8), dtype=np.float32)),
            strips,
            traces,
            recording,
        )


@pytest.fixture(scope="session")
def made_up() -> MadeUp:
    return MadeUp()


@pytest.fixture(scope="session")
def blank_look() -> Callable[..., Look]:
    """Make a look that shows nothing but what is given: maps of cells, points, words."""

    def make(**seen: Any) -> Look:
        shape = next((m.shape for m in seen.values() if m.ndim == 2 and m.shape[1] != 3), (1, 1))
        nothing = np.zeros(shape, np.float32)
        points = np.zeros((0, 3), np.float32)
        words = Words(np.zeros((0, 4)), np.zeros((0, len(LEADS))))
        look = Look(nothing, nothing, nothing, nothing, points, points, words)
        return replace(look, **seen)

    return make


@pytest.fixture(scope="session")
def random_look(blank_look: Callable[..., Look]) -> Callable[[int, int, float], Look]:
    """Make a look of 60 x 80 cells, any of which vote for a few rows, more or less exactly."""
    cells = (60, 80)

    def make(seed: int, rows: int, noise_mm: float) -> Look:
        random = np.random.default_rng(seed)
        trace = (random.random(cells) < 0.2).astype(np.float32)
        zeros_mm = random.uniform(-2, cells[0] * CELL_MM + 2, rows)[random.integers(0, rows, cells)]
        heights_mm = (np.arange(cells[0])[:, None] + 0.5) * CELL_MM
        away = zeros_mm - heights_mm + random.normal(0, noise_mm, cells)
        return blank_look(trace=trace, zero_mm=away.astype(np.float32))

    return make

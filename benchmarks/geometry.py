"""Measure how exactly rectifiers lay synthetic pages flat, against the truth of their geometry.

    python benchmarks/geometry.py --rectifier mesh --pages 16 --seed 8 --jobs 2

Along the printed traces, where paper is left, each point of the page is taken to the flat sheet as
the rectifier has it, in millimeters from its grid origin, and compared with the paper; one offset
of whole millimeters is forgiven for the whole page, on paper without a grid any. A page has slipped
lines where more than one in a hundred points is off by more than half a millimeter, unawares where
as many are so though the sheet itself trusts its grid there; paper without a grid has none to slip,
and counts by itself. All points on grids are grouped by the trust that the sheet puts in its grid
there, too.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.typing import NDArray
from record import parser, save, synthetic

from ecgengine.data.hints import Hints
from ecgengine.data.sheet import Sheet
from ecgengine.errors import EcgEngineError
from ecgengine.plugins.manager import PluginManager
from ecgengine.plugins.stages import Rectifier
from ecgengine.truth.case import Case
from ecgengine_plugins.datasets.synthetic import SyntheticDataset

SLIP_MM, SLIP_SHARE, TRUSTED = 0.5, 0.01, 0.7
WITHOUT = "without a grid"
TRUST = (0.0, 0.55, 0.7, 0.9, 0.97, 1.0)


@dataclass(frozen=True)
class Result:
    """What one page came to, millimeters and seconds."""

    source: str
    errors_mm: NDArray[np.float64]
    trust: NDArray[np.float64]
    bias_mm: float
    seconds: float
    printed: bool
    failure: str = ""

    @property
    def slipped(self) -> bool:
        """Whether part of a grid is off by lines."""
        return self._is_off(np.ones(self.trust.shape, np.bool_))

    @property
    def unawares(self) -> bool:
        """Whether that part is one in which the sheet trusts its grid."""
        return self._is_off(self.trust > TRUSTED)

    def _is_off(self, where: NDArray[np.bool_]) -> bool:
        off = (self.errors_mm > SLIP_MM) & where
        return self.printed and not self.failure and bool(np.mean(off) > SLIP_SHARE)


def on_sheet(sheet: Sheet, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the sheet points of (N, 2) page points, pixels: the inverse of the sheet's map."""
    height, width = sheet.image.shape[:2]
    y, x = np.mgrid[0:height:16, 0:width:16].astype(np.float64)
    grid = np.column_stack([x.ravel(), y.ravel()])
    there = sheet.page_map.to_page(grid)
    found = np.empty_like(points_px)
    for start in range(0, len(points_px), 256):
        part = points_px[start : start + 256]
        away = ((part[:, None] - there[None]) ** 2).sum(axis=-1)
        found[start : start + 256] = grid[np.argmin(away, axis=1)]
    for _ in range(12):
        miss = points_px - sheet.page_map.to_page(found)
        across, down = (
            (sheet.page_map.to_page(found + way) - sheet.page_map.to_page(found - way)) / 4
            for way in (np.array([2.0, 0.0]), np.array([0.0, 2.0]))
        )
        jacobian = np.stack([across, down], axis=-1)
        step = np.linalg.solve(jacobian, miss[..., None])[..., 0]
        found = found + np.clip(step, -64, 64)
    found[np.abs(points_px - sheet.page_map.to_page(found)).max(axis=1) > 0.05] = np.nan
    return found


def measure(case: Case, rectifier: Rectifier) -> Result:
    truth = case.truth
    assert truth is not None
    paper = np.concatenate([strip.centerline_mm[::5] for strip in truth.strips]).astype(np.float64)
    points = truth.paper_map.to_page(paper)
    height, width = case.page.image.shape[:2]
    inside = np.isfinite(points).all(axis=1) & (points >= 0).all(axis=1)
    inside &= (points[:, 0] <= width - 1) & (points[:, 1] <= height - 1)
    paper, points = paper[inside], points[inside]
    columns, rows = points.round().astype(int).T
    there = truth.masks["trace"][rows, columns] > 0
    paper, points = paper[there], points[there]
    printed = any(truth.grid_mm)
    started = time.perf_counter()
    try:
        sheet = rectifier.rectify(case.page, Hints())
    except EcgEngineError as error:
        seconds = time.perf_counter() - started
        lost = np.full(len(paper), np.inf)
        return Result(
            str(case.source), lost, np.zeros(len(paper)), 0.0, seconds, printed, str(error)
        )
    seconds = time.perf_counter() - started
    grid = sheet.grid
    origin = np.array([grid.origin_x_px, grid.origin_y_px] if grid else [0.0, 0.0])
    places = on_sheet(sheet, points)
    trust = sheet.grid_trust(np.nan_to_num(places[:, 0]), places[:, 1])
    read = (places - origin) / [sheet.px_per_mm_x, sheet.px_per_mm_y]
    offset = np.nanmedian(read - paper, axis=0)
    forgiven = np.round(offset) if printed else offset
    away = np.linalg.norm(read - paper - forgiven, axis=1)
    errors = np.where(np.isfinite(away), away, np.inf)
    bias_mm = float(np.abs(offset - forgiven).max())
    return Result(str(case.source), errors, trust, bias_mm, seconds, printed)


def summed(results: list[Result]) -> dict[str, float]:
    """Sum up the pages of one kind."""
    errors = np.concatenate([result.errors_mm for result in results])
    found = errors[np.isfinite(errors)]
    median, high = np.quantile(found, [0.5, 0.95]) if found.size else (np.nan, np.nan)
    return {
        "pages": len(results),
        "failed": sum(bool(each.failure) for each in results),
        "slipped": sum(each.slipped for each in results),
        "slipped %": 100 * float(np.mean([each.slipped for each in results])),
        "unawares": sum(each.unawares for each in results),
        "median_mm": median,
        "p95_mm": high,
        "worst_bias_mm": max(each.bias_mm for each in results),
        "outside": np.mean(~np.isfinite(errors)),
        "seconds": np.median([each.seconds for each in results]),
    }


def by_trust(results: list[Result]) -> list[dict[str, float]]:
    errors = np.concatenate([result.errors_mm for result in results])
    trust = np.concatenate([result.trust for result in results])
    rows = []
    for low, high in pairwise(TRUST):
        mine = errors[(trust > low) & (trust <= high) & np.isfinite(errors)]
        if mine.size:
            median, ninth = np.quantile(mine, [0.5, 0.9])
            row = {"low": low, "high": high, "share": mine.size / errors.size}
            rows.append(row | {"median_mm": median, "p90_mm": ninth})
    return rows


def run(job: tuple[str, SyntheticDataset, str]) -> tuple[str, Result]:
    """Lay a synthetic page flat by a rectifier."""
    rectifier, made, name = job
    cv2.setNumThreads(1)
    built = PluginManager().select("rectifier", rectifier).build()
    return name, measure(made.load(name), built)


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--rectifier", default="mesh")
    given.add_argument("--sources", default="photo,screen,stained,damaged,mould-color")
    given.add_argument("--pages", type=int, default=100, help="of each seed")
    given.add_argument("--seed", type=int, nargs="+", default=[53, 54])
    given.add_argument("--jobs", type=int, default=1)
    arguments = given.parse_args()
    options = {"pages": arguments.pages, "sources": arguments.sources, "masks": True}
    sets = [synthetic(seed=seed, **options) for seed in arguments.seed]
    jobs = [(arguments.rectifier, made, name) for _, made in sets for name in made.names()]
    results, pages = defaultdict(list), []
    with get_context("spawn").Pool(arguments.jobs) as pool:
        for name, result in pool.imap(run, jobs):
            results[result.source if result.printed else WITHOUT].append(result)
            pages.append({"page": name, "failure": result.failure, **summed([result])})
            print(pages[-1], flush=True)
    on_grids = [each for kind, mine in results.items() if kind != WITHOUT for each in mine]
    kinds = results | {"all with a grid": on_grids}
    numbers = {
        "by kind": {kind: summed(mine) for kind, mine in sorted(kinds.items())},
        "by trust": by_trust(on_grids),
        "pages": pages,
    }
    save(arguments.name, numbers, "; ".join(words for words, _ in sets))


if __name__ == "__main__":
    main()

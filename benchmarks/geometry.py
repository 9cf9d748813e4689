"""Measure how exactly rectifiers lay made pages flat, against the truth of their geometry.

    python benchmarks/geometry.py --rectifier mesh --pages 16 --seed 8 --jobs 2

Along the printed traces, where paper is left, each point of the page is taken to the flat sheet as
the rectifier has it, in millimeters from its grid origin, and compared with the paper; one offset
of whole millimeters is forgiven for the whole page, on paper without a grid any. A page has slipped
lines where more than one in a hundred points is off by more than half a millimeter, unawares where
as many are so though the sheet itself trusts its grid there; paper without a grid has none to slip,
and is listed by itself. The last lines group all points on grids by the
trust that the sheet itself puts in its grid there.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.hints import Hints
from ecgengine.data.sheet import Sheet
from ecgengine.errors import EcgEngineError
from ecgengine.plugins.manager import PluginManager
from ecgengine.plugins.stages import Rectifier
from ecgengine.truth.case import Case
from ecgengine_plugins.datasets.options import SyntheticOptions
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
        sheet = next(rectifier.rectify(case.page, Hints()))
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


def row(results: list[Result]) -> str:
    errors = np.concatenate([result.errors_mm for result in results])
    found = errors[np.isfinite(errors)]
    median, high = np.quantile(found, [0.5, 0.95]) if found.size else (np.inf, np.inf)
    return (
        f"pages {len(results):3}  failed {sum(bool(r.failure) for r in results):2}"
        f"  slipped {sum(r.slipped for r in results):2}"
        f"  unawares {sum(r.unawares for r in results):2}  median {median:.3f}  p95 {high:.3f} mm"
        f"  worst bias {max(r.bias_mm for r in results):.2f}"
        f"  outside {np.mean(~np.isfinite(errors)):.3f}"
        f"  s {np.median([r.seconds for r in results]):.2f}"
    )


def by_trust(results: list[Result]) -> list[str]:
    errors = np.concatenate([result.errors_mm for result in results])
    trust = np.concatenate([result.trust for result in results])
    lines = []
    for low, high in pairwise(TRUST):
        mine = errors[(trust > low) & (trust <= high) & np.isfinite(errors)]
        if mine.size:
            median, ninth = np.quantile(mine, [0.5, 0.9])
            share = mine.size / errors.size
            lines.append(
                f"trust {low:.2f} to {high:.2f}: {100 * share:4.1f} % of points"
                f"  median {median:.3f}  9 in 10 within {ninth:.3f} mm"
            )
    return lines


def run(job: tuple[str, SyntheticOptions, str]) -> tuple[str, Result]:
    """Lay a page of a made set flat by a rectifier."""
    rectifier, options, name = job
    cv2.setNumThreads(1)
    built = PluginManager().select("rectifier", rectifier).build()
    return name, measure(SyntheticDataset(options).load(name), built)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Measure how exactly pages are laid flat.")
    parser.add_argument("--rectifier", default="mesh")
    parser.add_argument("--sources", default="photo,screen,stained,damaged")
    parser.add_argument("--pages", type=int, default=16, help="of each seed")
    parser.add_argument("--seed", type=int, nargs="+", default=[8])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--each", action="store_true", help="print every page")
    arguments = parser.parse_args()
    jobs = []
    for seed in arguments.seed:
        options = SyntheticOptions(
            seed=seed, pages=arguments.pages, sources=arguments.sources, masks=True
        )
        names = SyntheticDataset(options).names()
        jobs += [(arguments.rectifier, options, name) for name in names]
    results = defaultdict(list)
    with get_context("spawn").Pool(arguments.jobs) as pool:
        for name, result in pool.imap(run, jobs):
            results[result.source if result.printed else WITHOUT].append(result)
            if arguments.each:
                print(f"{name:16} {row([result])} {result.failure}", flush=True)
    without = results.pop(WITHOUT, [])
    for source, mine in results.items():
        print(f"{source:16} {row(mine)}")
    every = [result for mine in results.values() for result in mine]
    print(f"{'all with a grid':16} {row(every)}")
    if without:
        print(f"{WITHOUT:16} {row(without)}")
    print(*by_trust(every), sep="\n")


if __name__ == "__main__":
    main()

"""Simple statistics of real pages beside synthetic ones, by group.

    python benchmarks/realism.py [--pages 24]

Both kinds are measured alike: the page is reduced to 2200 pixels of width where it is wider, and
the engine's own rectifier finds its millimeters; nothing is taken from truth. Pages whose grid is
not found count for the statistics that need none. What is kept is the median over pages with the
first and third quartile.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from record import DATA, parser, save, synthetic

from ecgengine.data.hints import Hints
from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.data.source import Source
from ecgengine.errors import EcgEngineError
from ecgengine.plugins.manager import PluginManager
from ecgengine.plugins.stages import Rectifier
from ecgengine_plugins.datasets.pictures import first_page

Values = NDArray[np.float32]

WIDTH_PX = 2200
BLOCK_PX = 48
PATCH_PX = 5
BINS_PER_MM = 10

STATISTICS = {
    "paper": "paper level, of 255",
    "paper 5 %": "paper level, 5th percentile over the page, / median",
    "paper 95 %": "paper level, 95th percentile over the page, / median",
    "ink": "darkest ink / paper",
    "width": "width of the trace, mm",
    "edge": "edge of the trace, 10 to 90 %, px",
    "heavy": "contrast of the heaviest grid lines",
    "light": "contrast of the other grid lines",
    "noise": "noise within squares, of 255",
    "chroma": "the same in red against luma (Cr)",
    "lag": "correlation of noise, 1 px apart",
    "black": "pixels darker than 64, %",
    "between": "pixels of 32 to 223, %",
}
"""Words for every statistic."""


@dataclass(frozen=True)
class Group:
    """Pages of one kind: which real ones, which source of synthetic ones, how they are laid flat.

    `without` are statistics that mean nothing for the kind.
    """

    words: str
    real: tuple[str, ...]
    sources: tuple[Source, ...]
    rectifier: str = "grid"
    without: tuple[str, ...] = ("black", "between")


GROUPS = (
    Group(
        "renders",
        (
            "pairs/saraes_kit_renders/*.png",
            "pairs/ecgminer_ludb_renders/*.png",
            "pairs/kaggle_46930936/*-0001.png",
            "images_only/kaggle_clean_and_bwscan/*-0001.png",
        ),
        (Source.RENDER,),
    ),
    Group("gray scans", ("pairs/saraes_real_scans/*.png",), (Source.COLOR_SCAN,)),
    Group(
        "black-and-white scans",
        ("pairs/kaggle_46930936/*-0004.png", "images_only/kaggle_clean_and_bwscan/*-0004.png"),
        (Source.BW_SCAN,),
        without=("noise", "chroma", "lag"),
    ),
    Group(
        "phone photos",
        ("pairs/paper2pulse_phone_photos/*.jpg", "images_only/paper2pulse_unpaired/*.jpg"),
        (Source.PHOTO, Source.DAMAGED),
        rectifier="mesh",
    ),
)


def measure(page: Page, rectifier: Rectifier) -> dict[str, float]:
    """Measure every statistic of a page; those are missing that it does not have."""
    if page.image.shape[1] > WIDTH_PX:
        scale = WIDTH_PX / page.image.shape[1]
        small = cv2.resize(page.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        page = Page(np.asarray(small, np.uint8), page.name, page.path)
    gray = cv2.cvtColor(page.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    middle = tuple(slice(size // 5, size - size // 5) for size in gray.shape)
    paper = paper_level(gray)
    relative = gray / paper
    low, usual, high = np.percentile(paper[middle], (5, 50, 95))
    ink = float(np.percentile(relative[middle], 0.5))
    found = {
        "paper": usual,
        "paper 5 %": low / usual,
        "paper 95 %": high / usual,
        "ink": ink,
        "edge": edge_px(relative[middle], ink),
        "black": 100 * np.mean(gray < 64),
        "between": 100 * np.mean((gray >= 32) & (gray < 224)),
    }
    try:
        sheet = next(rectifier.rectify(page, Hints()))
    except EcgEngineError:
        return found
    flat = cv2.cvtColor(sheet.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    flat /= paper_level(flat)
    found["width"] = trace_width_px(flat, ink) / sheet.px_per_mm_y
    if sheet.grid is not None:
        found["heavy"], found["light"] = grid_contrast(flat, sheet, ink)
        found |= noise(page.image, sheet, flat, ink)
    return found


def paper_level(gray: Values) -> Values:
    """Follow the brightness of paper over a page: high percentiles of blocks, smoothed."""
    height, width = gray.shape
    rows, columns = -(-height // BLOCK_PX), -(-width // BLOCK_PX)
    blocks = [
        [
            np.percentile(gray[y : y + BLOCK_PX : 2, x : x + BLOCK_PX : 2], 80)
            for x in range(0, width, BLOCK_PX)
        ]
        for y in range(0, height, BLOCK_PX)
    ]
    level = cv2.medianBlur(np.array(blocks, np.float32).reshape(rows, columns), 3)
    full = cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.maximum(full, 1.0).astype(np.float32)


def edge_px(relative: Values, ink: float) -> float:
    """Measure how far strokes take from 10 to 90 percent of their darkness, upward from cores."""
    reach = 8
    y, x = np.nonzero(relative[reach:-1] < ink + 0.12 * (1 - ink))
    y += reach
    # Cores of strokes: no darker pixel above or below.
    core = (relative[y, x] <= relative[y - 1, x]) & (relative[y, x] <= relative[y + 1, x])
    y, x = y[core][::7], x[core][::7]
    if not y.size:
        return float("nan")
    climbs = relative[y[:, None] - np.arange(reach + 1), x[:, None]]
    widths = []
    for climb in climbs:
        top = int(np.argmax(climb))
        rise = np.maximum.accumulate(climb[: top + 1])
        if rise[-1] - rise[0] > 0.3 * (1 - ink):
            # Equal values cannot be told apart: a slope too slight to matter makes them differ.
            steps = (rise - rise[0]) / (rise[-1] - rise[0]) + 1e-6 * np.arange(top + 1)
            start, end = np.interp((0.1, 0.9), steps, np.arange(top + 1))
            widths.append(end - start)
    return float(np.median(widths)) if widths else float("nan")


def trace_width_px(flat: Values, ink: float) -> float:
    """Measure nearly level strokes of a flat sheet: their darkness summed across, over its peak.

    Blur leaves that sum as it is. Strokes that run far along a row are lines, not traces.
    """
    dark = np.clip((1 - flat) / (1 - ink), 0, 1)
    half = dark > 0.5
    # Level strokes cover their neighbors on both sides, and something else beside those.
    level = half[:, 2:-2] & half[:, :-4] & half[:, 4:]
    ruled = cv2.blur(dark, (121, 1))[:, 2:-2] > 0.45
    widths = []
    for column in range(30, level.shape[1] - 30, 5):
        ends = np.flatnonzero(
            np.diff(np.concatenate(([0], half[:, column + 2].view(np.int8), [0])))
        )
        for start, end in zip(ends[::2], ends[1::2], strict=True):
            stroke = slice(max(start - 3, 0), end + 3)
            center = (start + end) // 2
            if end - start <= 8 and level[center, column] and not ruled[center, column]:
                across = dark[stroke, column + 2]
                beside = min(across[0], across[-1])
                widths.append(np.sum(across - beside) / max(across.max() - beside, 0.1))
    return float(np.median(widths)) if len(widths) > 50 else float("nan")


def grid_contrast(flat: Values, sheet: Sheet, ink: float) -> tuple[float, float]:
    """Give the darkness of the heaviest of five lines, and the usual one of the other four.

    Square patches of a flat sheet are averaged over 5 mm across the lines where no ink is.
    """
    assert sheet.grid is not None
    height, width = flat.shape
    clean = cv2.erode((flat > 0.5 * (1 + ink)).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    heavy, light = [], []
    bins, side = 5 * BINS_PER_MM, round(20 * sheet.px_per_mm_y)
    for y in range(height // 5, 4 * height // 5 - side, side):
        for x in range(width // 5, 4 * width // 5 - side, side):
            patch, seen = flat[y : y + side, x : x + side], clean[y : y + side, x : x + side]
            if seen.mean() < 0.6:
                continue
            rows = np.array(
                [
                    np.median(a[b]) if b.sum() > 9 else np.nan
                    for a, b in zip(patch, seen, strict=True)
                ]
            )
            place = (y + np.arange(side) - sheet.grid.origin_y_px) / sheet.px_per_mm_y
            phase = np.floor((place + 0.5) % 5 * BINS_PER_MM).astype(int) % bins
            use = np.isfinite(rows)
            total = np.bincount(phase[use], rows[use], bins)
            count = np.bincount(phase[use], minlength=bins)
            with np.errstate(invalid="ignore"):
                profile = (total / count).reshape(5, BINS_PER_MM)
            if np.isnan(profile[:, 2:8]).all(axis=1).any():
                continue
            depth = np.sort(np.nanmax(profile) - np.nanmin(profile[:, 2:8], axis=1))
            heavy.append(depth[-1])
            light.append(np.median(depth[:-1]))
    if not heavy:
        return float("nan"), float("nan")
    return float(np.median(heavy)), float(np.median(light))


def noise(image: NDArray[np.uint8], sheet: Sheet, flat: Values, ink: float) -> dict[str, float]:
    """Measure what is uneven in the middle of the grid's squares of a page, besides a slope.

    Squares with ink in or beside them do not count.
    """
    assert sheet.grid is not None
    pitch = np.array([sheet.px_per_mm_x, sheet.px_per_mm_y])
    height, width = flat.shape
    origin = np.array([sheet.grid.origin_x_px, sheet.grid.origin_y_px])
    count = np.floor((np.array([width, height]) - origin) / pitch).astype(int) - 1
    squares = np.stack(np.meshgrid(*(np.arange(n) + 0.5 for n in count)), axis=-1).reshape(-1, 2)
    centers = squares * pitch + origin
    inside = (centers / [width, height] > 0.2).all(axis=1) & (centers / [width, height] < 0.8).all(
        axis=1
    )
    centers = centers[inside]
    near = round(1.2 * pitch[1])
    darkest = cv2.erode(flat, np.ones((2 * near + 1, 2 * near + 1), np.uint8))
    at = np.rint(centers).astype(int)
    centers = centers[darkest[at[:, 1], at[:, 0]] > 0.5 * (1 + ink)]
    spots = np.rint(sheet.page_map.to_page(centers)).astype(int)
    reach = PATCH_PX // 2
    room = (spots >= reach).all(axis=1) & (spots < np.array(image.shape[1::-1]) - reach).all(axis=1)
    spots = spots[room]
    if len(spots) < 100:
        return {}
    channels = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)[..., :2].astype(np.float32)
    around = np.arange(-reach, reach + 1)
    patches = channels[spots[:, 1, None, None] + around[:, None], spots[:, 0, None, None] + around]
    flatness = _without_slope(PATCH_PX)
    left = np.einsum("pq,nqc->npc", flatness, patches.reshape(len(spots), -1, 2))
    freedom = PATCH_PX**2 - 3
    variance = (left**2).sum(axis=1) / freedom
    luma, chroma = np.sqrt(np.median(variance, axis=0))
    rough = left[..., 0].reshape(-1, PATCH_PX, PATCH_PX)
    # A few squares hold dust or a stroke; they would outweigh all others.
    rough = rough[variance[:, 0] <= np.percentile(variance[:, 0], 80)]
    power = float((rough**2).mean())
    found = {"noise": float(luma), "chroma": float(chroma)}
    if luma > 0.3:
        beside = (rough[:, :, 1:] * rough[:, :, :-1]).mean()
        below = (rough[:, 1:] * rough[:, :-1]).mean()
        found["lag"] = float((beside + below) / 2) / power
    return found


def _without_slope(side: int) -> NDArray[np.float32]:
    """Give the (side^2, side^2) matrix that takes the best plane away from a patch."""
    y, x = np.mgrid[:side, :side].reshape(2, -1)
    plane = np.stack([np.ones(side**2), y, x], axis=1)
    return (np.eye(side**2) - plane @ np.linalg.pinv(plane)).astype(np.float32)


def quartiles(pages: list[dict[str, float]], key: str) -> list[float] | None:
    """Give median, first and third quartile of a statistic over the pages that have it."""
    known = [page[key] for page in pages if np.isfinite(page.get(key, np.nan))]
    return np.percentile(known, (50, 25, 75)).tolist() if known else None


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--pages", type=int, default=24, help="synthetic pages of each source")
    given.add_argument("--seed", type=int, default=31)
    arguments = given.parse_args()
    cv2.setNumThreads(1)
    numbers = {}
    files = []
    for group in GROUPS:
        rectifier = PluginManager().select("rectifier", group.rectifier).build()
        paths = [path for pattern in group.real for path in sorted(DATA.glob(pattern))]
        files += paths
        pages = {"real": (first_page(path, path.stem) for path in paths)}
        for source in group.sources:
            options = {"seed": arguments.seed, "pages": arguments.pages, "sources": source.value}
            _, made = synthetic(**options)
            pages[source.value] = (case.page for case in map(made.load, made.names()))
        found = {kind: [measure(page, rectifier) for page in each] for kind, each in pages.items()}
        rows: dict[str, object] = {
            words: {kind: quartiles(each, key) for kind, each in found.items()}
            for key, words in STATISTICS.items()
            if key not in group.without
        }
        for words, key in (("pages", "paper"), ("pages whose grid is found", "heavy")):
            counts = {kind: sum(key in page for page in each) for kind, each in found.items()}
            rows[words] = counts
        numbers[group.words] = rows
    words = f"{len(files)} real pages; synthetic: pages {arguments.pages}, seed {arguments.seed}"
    save(arguments.name, numbers, words, files)


if __name__ == "__main__":
    main()

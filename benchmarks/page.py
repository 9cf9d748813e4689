"""Seconds that a page takes, stage by stage, once every kernel is compiled.

    python benchmarks/page.py [PICTURE ...] [--rounds 3] [--cores 2]

Without pictures: the project's own sample drawn at 2200 x 1700, and three real pages where there
are any. A Gaussian blur of the whole page, run in between, tells how fast the machine was.
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

import cv2
from record import DATA, parser, save

from ecgengine.data.page import Page
from ecgengine.running.files import read_bytes
from ecgengine.running.pipeline import Pipeline
from ecgengine.running.settings import make_pipeline
from ecgengine.truth.sample import make_page

WIDTH_PX, HEIGHT_PX = 2200, 1700
REAL = (
    "kaggle_46930936/46930936-0001.png",
    "saraes_real_scans/90036__ptbxl_01612.png",
    "paper2pulse_phone_photos/01027_hr-0.jpg",
)


def sample_page() -> Page:
    """Draw the sample on a page of the competition's size."""
    image = make_page(px_per_mm=7.4).page.image
    low, right = HEIGHT_PX - image.shape[0], WIDTH_PX - image.shape[1]
    border = cv2.copyMakeBorder(image, 0, low, 0, right, cv2.BORDER_CONSTANT, value=(255,) * 3)
    return Page(border, "sample", "sample")


def measure(pipeline: Pipeline, page: Page, rounds: int) -> dict[str, float]:
    """Digitize a page some times over; give median seconds by stage."""
    pipeline.digitize(page)
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        started = time.perf_counter()
        cv2.GaussianBlur(page.image, (0, 0), 3.0)
        blurred = time.perf_counter()
        result = pipeline.digitize(page)
        times.setdefault("whole page", []).append(time.perf_counter() - blurred)
        times.setdefault("blur", []).append(blurred - started)
        for stage in (each for each in result.recording.provenance if not each.within):
            times.setdefault(stage.kind, []).append(stage.seconds)
    return {kind: statistics.median(each) for kind, each in times.items()}


def main() -> None:
    given = parser(__doc__)
    given.add_argument("pictures", nargs="*", type=Path)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--cores", type=int, default=2)
    arguments = given.parse_args()
    # However many threads a library starts, they share these cores.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    cv2.setNumThreads(arguments.cores)
    pipeline = make_pipeline(options={"*": {"threads": arguments.cores}})
    paths = arguments.pictures or [DATA / "pairs" / name for name in REAL]
    paths = [path for path in paths if path.exists()]
    pages = [next(iter(pipeline.read(read_bytes(str(p)), str(p), p.stem))) for p in paths]
    if not arguments.pictures:
        pages.insert(0, sample_page())
    measured = {page.name: measure(pipeline, page, arguments.rounds) for page in pages}
    sizes = {page.name: "{1} x {0}".format(*page.image.shape) for page in pages}
    stages = {
        kind: {n: each[kind] for n, each in measured.items()} for kind in measured[pages[0].name]
    }
    save(arguments.name, {"sizes": sizes, "seconds": stages}, ", ".join(sizes), paths)


if __name__ == "__main__":
    main()

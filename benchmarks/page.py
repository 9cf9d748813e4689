"""Seconds that one page takes, stage by stage, once every kernel is compiled.

    python benchmarks/page.py [PICTURE] [--rounds 7] [--cores 1]

Without a picture the project's own sample page is drawn at 2200 x 1700. The last column compares
each stage with one Gaussian blur of the whole page, run in between, so that tables of different
machines can be held side by side.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

import cv2

from ecgengine.data.page import Page
from ecgengine.running.files import read_bytes
from ecgengine.running.settings import make_pipeline
from ecgengine.truth.sample import make_page

WIDTH_PX, HEIGHT_PX = 2200, 1700


def sample_page() -> Page:
    """Draw the sample on a page of the competition's size."""
    image = make_page(px_per_mm=7.4).page.image
    low, right = HEIGHT_PX - image.shape[0], WIDTH_PX - image.shape[1]
    border = cv2.copyMakeBorder(image, 0, low, 0, right, cv2.BORDER_CONSTANT, value=(255,) * 3)
    return Page(border, "sample", "sample")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", nargs="?")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cores", type=int, default=1)
    arguments = parser.parse_args()
    # However many threads a library starts, they share these cores.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    cv2.setNumThreads(arguments.cores)
    pipeline = make_pipeline(options={"*": {"threads": arguments.cores}})
    if arguments.picture is None:
        page = sample_page()
    else:
        path = arguments.picture
        page = next(iter(pipeline.read(read_bytes(path), path, Path(path).stem)))
    pipeline.digitize(page)
    stages: dict[str, list[float]] = {}
    whole: list[float] = []
    blur: list[float] = []
    for _ in range(arguments.rounds):
        started = time.perf_counter()
        cv2.GaussianBlur(page.image, (0, 0), 3.0)
        blur.append(time.perf_counter() - started)
        started = time.perf_counter()
        result = pipeline.digitize(page)
        whole.append(time.perf_counter() - started)
        for stage in result.recording.provenance:
            stages.setdefault(f"{stage.kind} {stage.name}", []).append(stage.seconds)
    unit = statistics.median(blur)
    height, width = page.image.shape[:2]
    print(
        f"{page.name}, {width} x {height} px, median of {arguments.rounds} rounds, "
        f"cores: {arguments.cores}\n"
    )
    print("| stage | s | in blurs of the page |\n|---|---|---|")
    for name, seconds in [*stages.items(), ("whole page", whole)]:
        median = statistics.median(seconds)
        print(f"| {name} | {median:.3f} | {median / unit:.1f} |")


if __name__ == "__main__":
    main()

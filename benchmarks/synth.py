"""How fast pages are made: processor seconds a page by source.

    python benchmarks/synth.py

Processor seconds; pages are about 2200 pixels wide and without masks; "written" is a whole case on
disk, with its truth.
The first round only compiles and loads kernels.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import cv2

from ecgengine.case_files import case_files
from ecgengine.files import write_files
from ecgengine.page import Source
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset

ROUNDS = 6


def main() -> None:
    cv2.setNumThreads(1)
    made = SyntheticDataset(SyntheticOptions(seed=5, pages=9 * (ROUNDS + 1)))
    seconds: dict[str, list[tuple[float, float]]] = {source: [] for source in Source}
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(made.names()):
            started = time.process_time()
            case = made.load(name)
            loaded = time.process_time()
            write_files(Path(folder) / name, case_files(case))
            if number >= 9:
                seconds[name.split("-", 1)[1]].append(
                    (loaded - started, time.process_time() - loaded)
                )
    print("| source | made s | written s | pages a second |\n|---|---|---|---|")
    for source, each in seconds.items():
        print(_row(source, each))
    print(_row("mean", [pair for each in seconds.values() for pair in each]))


def _row(words: str, each: list[tuple[float, float]]) -> str:
    made, written = (statistics.mean(part) for part in zip(*each, strict=True))
    return f"| {words} | {made:.3f} | {written:.3f} | {1 / (made + written):.1f} |"


if __name__ == "__main__":
    main()

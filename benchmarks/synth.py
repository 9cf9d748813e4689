"""How fast pages are made: processor seconds a page by source, and what takes them.

    python benchmarks/synth.py

One core, pages about 2200 pixels wide, no masks. `heart` makes the recording, `drawing` chooses a
style and draws the print, `picture` lets it become a scan or a photo, `encoding` compresses and
decodes that, `writing` puts the whole case on disk with its truth. The first round only compiles
and loads kernels.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from ecgengine.data.source import Source
from ecgengine.running.files import write_files
from ecgengine.truth.case_files import case_files
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset
from ecgengine_plugins.synth import making

PARTS = {
    "_recording": "heart",
    "draw_style": "drawing",
    "draw_page": "drawing",
    "take_picture": "picture",
    "_encode": "encoding",
}
"""Functions that `making` calls for a case, by the part that they are counted for."""
COLUMNS = ("heart", "drawing", "picture", "encoding", "writing", "whole")

Seconds = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6, help="pages of each source that count")
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    now: Seconds = {}
    for function, part in PARTS.items():
        setattr(making, function, _timed(getattr(making, function), part, now))
    made = SyntheticDataset(
        SyntheticOptions(seed=arguments.seed, pages=len(Source) * (arguments.rounds + 1))
    )
    pages: dict[str, list[Seconds]] = {source: [] for source in Source}
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(made.names()):
            now.update(dict.fromkeys(COLUMNS, 0.0))
            started = time.process_time()
            case = made.load(name)
            loaded = time.process_time()
            write_files(Path(folder) / name, case_files(case))
            now["writing"] = time.process_time() - loaded
            now["whole"] = time.process_time() - started
            if number >= len(Source):
                pages[str(case.source)].append(dict(now))
    everything = [page for each in pages.values() for page in each]
    print("| source | pages a second |", " | ".join(f"{c} ms" for c in COLUMNS), "|")
    print("|---" * (2 + len(COLUMNS)) + "|")
    for source, each in pages.items():
        print(_row(f"`{source}`", _means(each)))
    mean = _means(everything)
    print(_row("mean", mean))
    shares = " | ".join(f"{100 * mean[c] / mean['whole']:.0f} %" for c in COLUMNS)
    print(f"| share | | {shares} |")


def _timed(function: Callable[..., Any], part: str, now: Seconds) -> Callable[..., Any]:
    """Let a function add the processor seconds that it takes to its part of the page."""

    def call(*arguments: Any) -> Any:
        started = time.process_time()
        result = function(*arguments)
        now[part] += time.process_time() - started
        return result

    return call


def _means(each: list[Seconds]) -> Seconds:
    return {column: statistics.mean(page[column] for page in each) for column in COLUMNS}


def _row(words: str, mean: Seconds) -> str:
    cells = " | ".join(f"{1000 * mean[column]:.0f}" for column in COLUMNS)
    return f"| {words} | {1 / mean['whole']:.1f} | {cells} |"


if __name__ == "__main__":
    main()

"""How fast pages are made: processor seconds a page by source, and what takes them.

    python benchmarks/synth.py

One core, pages about 2200 pixels wide, no masks. `heart` makes the recording, `drawing` chooses a
style and draws the print, `picture` lets it become a scan or a photo, `encoding` compresses and
decodes that, `writing` puts the whole case on disk with its truth. The first round only compiles
and loads kernels.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
from record import parser, save, synthetic

from ecgengine.data.source import Source
from ecgengine.running.files import write_files
from ecgengine.truth.case_files import case_files
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
    given = parser(__doc__)
    given.add_argument("--rounds", type=int, default=6, help="pages of each source that count")
    given.add_argument("--seed", type=int, default=5)
    arguments = given.parse_args()
    cv2.setNumThreads(1)
    now: Seconds = {}
    for function, part in PARTS.items():
        setattr(making, function, _timed(getattr(making, function), part, now))
    words, made = synthetic(seed=arguments.seed, pages=len(Source) * (arguments.rounds + 1))
    pages: dict[str, list[Seconds]] = {source: [] for source in Source}
    with tempfile.TemporaryDirectory() as folder:
        for name in made.names():
            now.update(dict.fromkeys(COLUMNS, 0.0))
            started = time.process_time()
            case = made.load(name)
            loaded = time.process_time()
            write_files(Path(folder) / name, case_files(case))
            now["writing"] = time.process_time() - loaded
            now["whole"] = time.process_time() - started
            pages[str(case.source)].append(dict(now))
    counted = {source: each[1:] for source, each in pages.items()}
    counted["all"] = [page for each in counted.values() for page in each]
    numbers = {source: _means(each) for source, each in counted.items()}
    save(arguments.name, numbers, words)


def _timed(function: Callable[..., Any], part: str, now: Seconds) -> Callable[..., Any]:
    """Let a function add the processor seconds that it takes to its part of the page."""

    def call(*arguments: Any, **named: Any) -> Any:
        started = time.process_time()
        result = function(*arguments, **named)
        now[part] += time.process_time() - started
        return result

    return call


def _means(each: list[Seconds]) -> Seconds:
    means = {column: statistics.mean(page[column] for page in each) for column in COLUMNS}
    return means | {"pages a second": 1 / means["whole"]}


if __name__ == "__main__":
    main()

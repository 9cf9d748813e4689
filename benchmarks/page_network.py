"""What the page network finds on unseen synthetic pages, by source and by kind of arrangement.

    python benchmarks/page_network.py [--pages 54] [--weights WEIGHTS.safetensors]

Pages are laid flat by their truth, with the small errors of rectifiers that training has, too.
Half have their leads arranged freely. Lengths are in mm of the sheet; words are lead names. Seconds
are those of a sheet on one core with ONNX Runtime. `--weights` takes weights that are not shipped
yet, run by torch.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from record import parser, save, synthetic
from safetensors.torch import load

from ecgengine.data.layout import LEADS
from ecgengine.data.look import Look
from ecgengine_plugins.networks.page.architecture import running
from ecgengine_plugins.networks.page.reader import look_of
from ecgengine_plugins.networks.page.window import FINE_MM, MULTIPLE_PX
from ecgengine_plugins.networks.runtime import open_network
from ecgengine_plugins.networks.shipped import PAGE_NET, shipped
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.training.page_sheets import MarkedSheet, sheet_of
from ecgengine_plugins.training.page_targets import FINE_TARGETS, targets_of

SEED = 41
FAR_MM = 8.0
NEAR_POINT_MM = 0.5
SURE = 0.3
NEAR_WORD_MM = 2.0

Network = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
Counts = dict[str, Any]


def measured(look: Look, sheet: MarkedSheet) -> Counts:
    """Compare a look with a sheet's truth: sums and lists to be pooled over sheets."""
    fine, _ = targets_of(sheet)
    true = dict(zip(FINE_TARGETS, fine, strict=True))
    counts: Counts = {}
    for name, found in (
        ("trace", look.trace), ("pulse", look.pulses), ("separator", look.separators)
    ):  # fmt: skip
        counts[f"{name} both"] = float((found * true[name]).sum())
        counts[f"{name} all"] = float((found**2).sum() + (true[name] ** 2).sum()) / 2
    votes = true["voting"] > 0
    counts["errors"] = list(np.abs(look.zero_mm - true["zero"])[votes])
    counts |= right_rows(look, sheet, true, votes)
    for name, found in (("start", look.starts), ("end", look.ends)):
        rows, columns = np.nonzero(true[name] == 1)
        places = np.stack([columns + 0.5, rows + 0.5], 1) * FINE_MM
        moves = [true[side][rows, columns] for side in ("right", "below")]
        mine = found[found[:, 2] > SURE]
        pairs = matched(mine[:, :2], places + np.stack(moves, 1), NEAR_POINT_MM)
        counts[f"{name} right"] = len(pairs)
        counts[f"{name} found"], counts[f"{name} true"] = len(mine), len(places)
        counts[f"{name} misses"] = [pair[2] for pair in pairs]
    return counts | words_right(look, sheet)


def right_rows(
    look: Look,
    sheet: MarkedSheet,
    true: dict[str, NDArray[np.float32]],
    votes: NDArray[np.bool_],
) -> Counts:
    """Give each voting cell to the row whose zero line is nearest to its vote."""
    rows, columns = np.nonzero(votes)
    x, y = (columns + 0.5) * FINE_MM, (rows + 0.5) * FINE_MM
    lines = [line.zero_mm for line in sheet.lines if line.kind == "strip"]
    levels = np.stack([a[1] + (x - a[0]) * (b[1] - a[1]) / (b[0] - a[0]) for a, b in lines])
    # Strips of one row have one zero line, up to rounding.
    own, voted = (
        np.take_along_axis(levels, np.abs(levels - (y + zero)[None]).argmin(axis=0)[None], axis=0)[
            0
        ]
        for zero in (true["zero"][votes], look.zero_mm[votes])
    )
    right = np.abs(own - voted) < 0.1
    far = np.abs(true["zero"][votes]) > FAR_MM
    return {
        "rows right": int(right.sum()), "cells": len(right),
        "far right": int(right[far].sum()), "far": int(far.sum()),
    }  # fmt: skip


def words_right(look: Look, sheet: MarkedSheet) -> Counts:
    """Count words found where they stand, and those of them that are read right."""
    sure = look.words.logits.max(axis=1) > math.log(SURE / (1 - SURE))
    read = look.words.logits[sure].argmax(axis=1)
    names = sheet.words[sheet.words[:, 0] < len(LEADS)]
    boxes = look.words.boxes_mm[sure], names[:, 1:]
    pairs = matched(*((each[:, :2] + each[:, 2:]) / 2 for each in boxes), NEAR_WORD_MM)
    right = sum(read[i] == int(names[j, 0]) for i, j, _ in pairs)
    return {
        "words placed": len(pairs), "words right": int(right),
        "words found": len(read), "words true": len(names),
    }  # fmt: skip


def matched(
    found: NDArray[np.floating], true: NDArray[np.floating], near_mm: float
) -> list[tuple[int, int, float]]:
    """Pair points, nearest first, each once, no farther than so many mm: indices and distance."""
    away = np.linalg.norm(found[:, None] - true[None], axis=2)
    pairs = []
    while away.size and away.min() <= near_mm:
        i, j = np.unravel_index(away.argmin(), away.shape)
        pairs.append((int(i), int(j), float(away[i, j])))
        away[i], away[:, j] = np.inf, np.inf
    return pairs


def summary(counts: list[Counts]) -> dict[str, float | None]:
    """Pool the counts of sheets into what people read."""
    total: dict[str, Any] = defaultdict(lambda: 0)
    for each in counts:
        for name, value in each.items():
            total[name] = total[name] + value if name in total else value

    def share(part: str, whole: str) -> float | None:
        return total[part] / total[whole] if total[whole] else None

    found = {
        "pages": len(counts),
        "dice of the trace": share("trace both", "trace all"),
        "zero line, median error mm": float(np.median(total["errors"])),
        "cells given to the right row": share("rows right", "cells"),
        "those farther than 8 mm": share("far right", "far"),
        "dice of pulses": share("pulse both", "pulse all"),
        "dice of separators": share("separator both", "separator all"),
        "recall of words": share("words right", "words true"),
        "precision of words": share("words right", "words found"),
        "words read right where placed": share("words right", "words placed"),
        "seconds": float(np.median(total["seconds"])),
    }
    for name in ("start", "end"):
        found[f"recall of {name}s"] = share(f"{name} right", f"{name} true")
        found[f"precision of {name}s"] = share(f"{name} right", f"{name} found")
        misses = total[f"{name} misses"]
        found[f"{name}s, median miss mm"] = float(np.median(misses)) if misses else None
    return found


def padded(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw an image's edges out to whole blocks, as the reader of sheets does."""
    lower, right = (-side % MULTIPLE_PX for side in image.shape[:2])
    drawn = cv2.copyMakeBorder(image, 0, lower, 0, right, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(drawn[None])


def opened(weights: Path | None) -> Network:
    """Open the shipped network, or given weights, on one core."""
    torch.set_num_threads(1)
    if weights is None:
        return open_network(shipped(PAGE_NET), "onnxruntime", 1)
    net = running(load(weights.read_bytes()))

    def run(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            answer: NDArray[np.float32] = net(torch.from_numpy(pixels)).numpy()
        return answer

    return run


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--pages", type=int, default=54)
    given.add_argument("--weights", type=Path)
    arguments = given.parse_args()
    network = opened(arguments.weights)
    words, dataset = synthetic(seed=SEED, pages=arguments.pages, masks=True, folded=0.5, free=0.5)
    usual = {layout.name for layout in LAYOUTS}
    groups: dict[str, list[Counts]] = defaultdict(list)
    for number, name in enumerate(dataset.names()):
        case = dataset.load(name)
        sheet = sheet_of(case, np.random.default_rng((SEED, number)))
        pixels = padded(sheet.image)
        start = time.process_time()
        answer = network(pixels)[0]
        seconds = time.process_time() - start
        counts = measured(look_of(answer, *sheet.inked.shape), sheet) | {"seconds": [seconds]}
        arrangement = "usual layout" if case.layout in usual else "other arrangement"
        for group in ("all", str(case.source), arrangement):
            groups[group].append(counts)
    numbers = {group: summary(counts) for group, counts in groups.items()}
    save(arguments.name, numbers, words)


if __name__ == "__main__":
    main()

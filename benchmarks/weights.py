"""What the shipped networks score on their trainers' validation pieces, by themselves.

    python benchmarks/weights.py [--batches 16]

Pieces are cut from synthetic pages that are not trained on. `efficientnet-b2` is judged by
`classifiers.py`.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from record import parser, save
from safetensors.torch import load

from ecgengine_plugins.networks.shipped import shipped
from ecgengine_plugins.training import extractor, options, page
from ecgengine_plugins.training.loop import Lesson

LESSONS: dict[str, tuple[str, Lesson[Any]]] = {
    "rows-v1": ("columns within a pixel", extractor.RowLesson(options.ExtractorTraining(), Path())),
    "page-v1": ("Dice of the trace", page.PageLesson(options.PageTraining(), Path())),
}
SEED = 100


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--batches", type=int, default=16)
    arguments = given.parse_args()
    numbers = {}
    for name, (words, lesson) in LESSONS.items():
        net = lesson.network().eval()
        net.load_state_dict(load(shipped(name).read_source()))
        pieces = islice(lesson.batches(SEED, 0, validating=True), arguments.batches)
        with torch.no_grad():
            numbers[name] = {words: mean(lesson.score(net(x), y) for x, y in pieces)}
    save(arguments.name, numbers, f"validation pieces of seed {SEED}, {arguments.batches} batches")


if __name__ == "__main__":
    main()

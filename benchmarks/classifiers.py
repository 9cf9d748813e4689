"""Say how often each classifier finds the source, on synthetic pages and on real ones.

    python benchmarks/classifiers.py [--seed 31] [--pages 180]

Pages of `--seed` are none that the network was trained on. Real pages are those of the data
folder whose index tells their kind; wrinkles that were drawn are nobody's kind.
"""

from __future__ import annotations

import csv
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from record import DATA, parser, save, synthetic

from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine.plugins.manager import PluginManager
from ecgengine.plugins.stages import Classifier
from ecgengine_plugins.datasets.pictures import first_page

NAMES = ("efficientnet-b2", "simple")
KINDS = {
    "digital render": Source.RENDER,
    "synthetic": Source.RENDER,
    "real device report": Source.RENDER,
    "device report export": Source.RENDER,
    "scan of B/W print": Source.BW_SCAN,
    "flatbed scan": Source.BW_SCAN,
    "phone photo": Source.PHOTO,
}
"""How `index.csv` begins to say what a page is."""
DRAWN = ("kit_made",)
"""Folders of pages that a program turned, crumpled and blurred, so that they are nobody's kind."""

Named = tuple[str, Source, Page]


def real_pages() -> Iterator[tuple[Path, Source]]:
    """Yield every file whose kind is known."""
    index = DATA / "index.csv"
    rows = csv.DictReader(index.open(newline="", encoding="utf-8")) if index.exists() else ()
    for row in rows:
        source = next((s for k, s in KINDS.items() if row["source_type"].startswith(k)), None)
        path = DATA / row["item"]
        known = source is not None and path.parent.name not in DRAWN
        if known and "wrinkles" not in row["source_type"] and path.is_file():
            yield path, source


def ask(pages: Iterator[Named], classifiers: dict[str, Classifier]) -> dict[str, object]:
    """Ask every classifier about every page; count what it said by what the page is."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    likeliest_right: Counter[str] = Counter()
    misses = []
    for page_name, source, page in pages:
        counts[source]["pages"] += 1
        for name, classifier in classifiers.items():
            start = time.perf_counter()
            guess = classifier.classify(page)
            counts[source][f"{name} s"] += time.perf_counter() - start
            likeliest = max(guess.probabilities, key=guess.probabilities.__getitem__)
            likeliest_right[name] += likeliest is source
            said = "unsure" if guess.source is None else str(guess.source)
            verdict = "right" if guess.source is source else said if said == "unsure" else "wrong"
            counts[source][f"{name} {verdict}"] += 1
            if verdict != "right":
                miss = {"page": page_name, "is": source, "by": name, "said": said}
                probability = guess.probabilities[likeliest]
                misses.append(miss | {"likeliest": likeliest, "probability": probability})
    total = sum(counts.values(), Counter())
    keys = ["pages", *(f"{n} {word}" for n in classifiers for word in ("right", "wrong", "unsure"))]
    return {
        "by source": {s: {k: counts[s][k] for k in keys} for s in Source if s in counts},
        "all": {key: total[key] for key in keys},
        "seconds": {name: total[f"{name} s"] / total["pages"] for name in classifiers},
        "likeliest right %": {n: 100 * likeliest_right[n] / total["pages"] for n in classifiers},
        "not right": misses,
    }


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--seed", type=int, default=31)
    given.add_argument("--pages", type=int, default=180)
    arguments = given.parse_args()
    manager = PluginManager()
    classifiers = {n: cast("Classifier", manager.select("classifier", n).build()) for n in NAMES}
    words, made = synthetic(seed=arguments.seed, pages=arguments.pages)
    cases = ((c.name, cast("Source", c.source), c.page) for c in map(made.load, made.names()))
    files = dict(real_pages())
    real = ((f"{p.parent.name}/{p.name}", s, first_page(p, p.stem)) for p, s in files.items())
    numbers = {"synthetic": ask(cases, classifiers), "real": ask(real, classifiers)}
    save(arguments.name, numbers, f"{words}; {len(files)} real pages of known kind", files)


if __name__ == "__main__":
    main()

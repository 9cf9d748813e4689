"""Say how often each classifier finds the source, on made pages and on real ones.

    python benchmarks/classifiers.py --data ../shared/data --out docs/classifier.md

Made pages of `--seed` are none that the network was trained on. The folder of real pages is
described by its `index.csv`; those whose kind it does not tell are left out. Without `--out`
the tables go to standard output.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ecgengine.data.page import Page
from ecgengine.data.source import Source, SourceGuess
from ecgengine.plugins.manager import PluginManager
from ecgengine.plugins.stages import Classifier
from ecgengine.running.pipeline import Pipeline
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset

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
"""How `index.csv` begins to say what a page is; wrinkles that were drawn are nobody's kind."""

HEAD = """# Which classifier is right how often

Made by `python benchmarks/classifiers.py --seed {seed} --pages {pages} --out docs/classifier.md`.

`simple` knows four sources alone; `efficientnet-b2` tells all nine, and is better on made pages. It
takes real photos of sharply folded paper for damaged or stained pages, which are photographs of
worn paper and are read by the same stages.

A classifier says what kind of picture a page is, or that it is unsure; generic stages serve then.
What `efficientnet-b2` sees and how it was trained is told in [networks.md](networks.md).
"""


PHOTOGRAPHS = (Source.PHOTO, Source.SCREEN, Source.STAINED, Source.DAMAGED)


@dataclass(frozen=True)
class Seen:
    """A page's group and source, and what each classifier made of it."""

    name: str
    group: str
    source: Source
    guesses: dict[str, SourceGuess]

    def right(self, classifier: str) -> bool:
        """Tell whether a classifier named the source."""
        return self.guesses[classifier].source is self.source

    def wrong(self, classifier: str) -> bool:
        """Tell whether it named another one."""
        return self.guesses[classifier].source not in (self.source, None)

    def likeliest(self, classifier: str) -> Source:
        """Give what it holds for likeliest, sure or not."""
        chances = self.guesses[classifier].probabilities
        return max(chances, key=lambda source: chances[source])


def made_pages(seed: int, count: int) -> Iterator[tuple[str, str, Source, Page]]:
    """Make pages of all sources in turn."""
    dataset = SyntheticDataset(SyntheticOptions(seed=seed, pages=count))
    for name in dataset.names():
        case = dataset.load(name)
        assert case.source is not None
        yield name, case.source, case.source, case.page


def real_pages(data: Path, pipeline: Pipeline) -> Iterator[tuple[str, str, Source, Page]]:
    """Read the first page of every file whose kind is known."""
    with (data / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        source = next((s for k, s in KINDS.items() if row["source_type"].startswith(k)), None)
        path = data / row["item"]
        if source is None or "wrinkles" in row["source_type"] or not path.is_file():
            continue
        page = next(iter(pipeline.read(path.read_bytes(), str(path), path.stem)))
        yield row["item"], f"{path.parent.name}, {row['source_type'].split(' (')[0]}", source, page


def see(
    pages: Iterator[tuple[str, str, Source, Page]], classifiers: dict[str, Classifier]
) -> tuple[list[Seen], dict[str, float]]:
    """Ask every classifier about every page; give the mean seconds of each, too."""
    seen, seconds = [], defaultdict(float)
    for name, group, source, page in pages:
        guesses = {}
        for each, classifier in classifiers.items():
            start = time.perf_counter()
            guesses[each] = classifier.classify(page)
            seconds[each] += time.perf_counter() - start
        seen.append(Seen(name, group, source, guesses))
    return seen, {each: total / len(seen) for each, total in seconds.items()}


def by_group(seen: list[Seen]) -> str:
    """Count right, wrong and unsure guesses for each group of pages."""
    lines = ["| pages | | " + " | ".join(f"`{n}` right | wrong | unsure" for n in NAMES) + " |"]
    lines.append("|---|---:" + "|---:|---:|---:" * len(NAMES) + "|")
    groups: dict[str, list[Seen]] = defaultdict(list)
    for each in seen:
        groups[each.group].append(each)
    for group, members in [*sorted(groups.items()), ("**all**", seen)]:
        cells = []
        for name in NAMES:
            right = sum(each.right(name) for each in members)
            wrong = sum(each.wrong(name) for each in members)
            cells += [str(right), str(wrong), str(len(members) - right - wrong)]
        lines.append(f"| {group} | {len(members)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def likeliest(seen: list[Seen], name: str) -> str:
    """Count how often the likeliest source is right, sure or not, and how it errs on photos."""
    wrong = [each for each in seen if each.likeliest(name) is not each.source]
    kin = sum(each.source in PHOTOGRAPHS and each.likeliest(name) in PHOTOGRAPHS for each in wrong)
    return (
        f"The likeliest source of `{name}`, sure or not, is right on {len(seen) - len(wrong)} of "
        f"{len(seen)} pages; on {kin} it is another kind of photograph."
    )


def confusion(seen: list[Seen], name: str) -> str:
    """Count guesses by true source; a row is what a page is, a column what it was taken for."""
    head = [*Source, "unsure"]
    lines = ["| is \\ was taken for | " + " | ".join(head) + " |", "|---" + "|---:" * 10 + "|"]
    for true in Source:
        guesses = [each.guesses[name].source for each in seen if each.source is true]
        counts = [sum(guess is source for guess in guesses) for source in (*Source, None)]
        lines.append(f"| {true} | " + " | ".join(str(n) if n else "" for n in counts) + " |")
    return "\n".join(lines)


def mistakes(seen: list[Seen], name: str) -> str:
    """List the pages that were not taken for what they are."""
    lines = ["| page | is | likeliest | probability | said |", "|---|---|---|---:|---|"]
    for each in seen:
        if not each.right(name):
            guess, best = each.guesses[name], each.likeliest(name)
            chance = guess.probabilities[best]
            said = guess.source or "unsure"
            lines.append(f"| {each.name} | {each.source} | {best} | {chance:.2f} | {said} |")
    return "\n".join(lines)


def _built(manager: PluginManager, name: str) -> Classifier:
    selected = manager.select("classifier", name)
    return cast("Classifier", selected.plugin.factory(selected.options))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("ECGENGINE_DATA"))
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--pages", type=int, default=180)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    manager = PluginManager()
    classifiers = {n: _built(manager, n) for n in NAMES}
    made, seconds = see(made_pages(given.seed, given.pages), classifiers)
    parts = [HEAD.format(seed=given.seed, pages=given.pages)]
    parts += ["## Made pages", by_group(made), likeliest(made, NAMES[0]), confusion(made, NAMES[0])]
    parts.append("Seconds a page: " + ", ".join(f"`{n}` {s:.3f}" for n, s in seconds.items()))
    if given.data:
        real, _ = see(real_pages(Path(given.data), Pipeline(manager)), classifiers)
        parts += ["## Real pages of known kind", by_group(real), likeliest(real, NAMES[0])]
        parts += [f"Not right, by `{NAMES[0]}`:", mistakes(real, NAMES[0])]
    text = "\n\n".join(parts) + "\n"
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()

"""Keep the flat sheets of some thousand synthetic pages, made once, beside a training."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ecgengine.running.files import write_files
from ecgengine_plugins.training.options import PageTraining
from ecgengine_plugins.training.page_sheets import MarkedSheet, packed_sheet_of, unpacked
from ecgengine_plugins.training.pages import Cut, PageSamples, Samples, page_samples

_FREE = 0.5
"""Share of pages whose leads are arranged freely."""

_FIRST_PAGES = 160
_PAGES_A_BATCH = 0.3


class SheetLibrary:
    """Sheets that grow in number with the batches drawn, so that training need not wait for all.

    Which sheet is drawn depends on the arguments alone; a sheet once made stays.
    """

    def __init__(self, folder: Path, options: PageTraining, seed: int) -> None:
        """Look which pages the folder holds; the missing ones are made in their order."""
        self._folder, self._pages = folder, options.pages
        missing = [index for index in range(options.pages) if not self._file(index).exists()]
        self._missing = deque(missing)
        pages = PageSamples(Cut(packed_sheet_of, {}), options.data, options.records, seed, _FREE)
        self._made = page_samples(pages, missing, options.workers)

    def draw(self, number: int, count: int, random: np.random.Generator) -> list[MarkedSheet]:
        """Draw sheets for batch `number` from those that are due by then, all alike likely."""
        due = min(self._pages, round(_FIRST_PAGES + number * _PAGES_A_BATCH))
        self._make(due)
        return [self._sheet(int(index)) for index in random.integers(due, size=count)]

    def _make(self, due: int) -> None:
        while self._missing and self._missing[0] < due:
            (data,) = next(self._made)
            name = self._file(self._missing.popleft()).name
            write_files(self._folder, {name: data[0].tobytes()}, force=True)

    def _sheet(self, index: int) -> MarkedSheet:
        return unpacked(self._file(index).read_bytes())

    def _file(self, index: int) -> Path:
        return self._folder / f"{index:05d}.npz"


def sheets(seed: int, first: int) -> Iterator[MarkedSheet]:
    """Yield the sheets of synthetic pages from page `first` on, made in this process."""
    pages = PageSamples(Cut(packed_sheet_of, {}), "synthetic", "", seed, _FREE)
    made: Iterator[Samples] = page_samples(pages, range(first, len(pages)), 0)
    return (unpacked(data[0].tobytes()) for (data,) in made)

"""Keep the views of some thousand synthetic pages, made once, beside a training."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgengine.running.files import write_files
from ecgengine_plugins.training.options import ClassifierTraining
from ecgengine_plugins.training.page_views import views_of
from ecgengine_plugins.training.pages import Cut, PageSamples, Samples, page_samples

VIEWS_A_PAGE = 3
_CHUNK_PAGES = 72
"""Pages of a file: all nine sources, of made-up hearts and of records, equally often."""


class ViewLibrary:
    """Views and their sources; many more pages than any pool of a stream could hold.

    Attributes:
        views: (N, H, W, 3) uint8, those of a page one after the other.
        sources: (N,) indices of sources.
    """

    def __init__(self, folder: Path, options: ClassifierTraining) -> None:
        """Read what the folder holds and make what is missing; chunks once made stay."""
        count = -(-options.pages // _CHUNK_PAGES)
        files = [folder / f"{index:05d}.npz" for index in range(count)]
        missing = [index for index, file in enumerate(files) if not file.exists()]
        made = _made(missing, options)
        for index in missing:
            pages = [next(made) for _ in range(_CHUNK_PAGES)]
            views, sources = (np.concatenate(part) for part in zip(*pages, strict=True))
            buffer = BytesIO()
            np.savez(buffer, views=views, sources=sources)
            write_files(folder, {files[index].name: buffer.getvalue()}, force=True)
        with np.load(files[0], allow_pickle=False) as chunk:
            shape, kind = chunk["views"].shape, chunk["sources"].dtype
        self.views: NDArray[np.uint8] = np.empty((count * shape[0], *shape[1:]), np.uint8)
        self.sources: NDArray[np.int64] = np.empty(count * shape[0], kind)
        for index, file in enumerate(files):
            part = slice(index * shape[0], (index + 1) * shape[0])
            with np.load(file, allow_pickle=False) as chunk:
                self.views[part], self.sources[part] = chunk["views"], chunk["sources"]

    def draw(self, count: int, random: np.random.Generator) -> Samples:
        """Draw views of any pages, all alike likely."""
        chosen = random.integers(len(self.views), size=count)
        return self.views[chosen], self.sources[chosen]


def _made(chunks: list[int], options: ClassifierTraining) -> Iterator[Samples]:
    indices = [i for k in chunks for i in range(k * _CHUNK_PAGES, (k + 1) * _CHUNK_PAGES)]
    cut = Cut(views_of, {"count": VIEWS_A_PAGE})
    pages = PageSamples(cut, options.data, options.records, options.seed)
    return page_samples(pages, indices, options.workers)

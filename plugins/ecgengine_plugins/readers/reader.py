"""Read the files of one format by its decoder: readers `image` and `pdf`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from ecgengine.data.page import Page
from ecgengine_plugins.decoding.options import ReaderOptions

OptionsT = TypeVar("OptionsT", bound=ReaderOptions)


class DecodingReader(Generic[OptionsT]):
    """Reads the files that a decoder knows."""

    def __init__(
        self,
        knows: Callable[[bytes, str], bool],
        decode: Callable[[bytes, str, str, OptionsT], Iterator[Page]],
        options: OptionsT,
    ) -> None:
        self._knows, self._decode, self._options = knows, decode, options

    def can_read(self, head: bytes, suffix: str) -> bool:
        """Tell from a file's first bytes, or from its suffix, whether this is its format."""
        return self._knows(head, suffix)

    def read(self, data: bytes, path: str, stem: str) -> Iterator[Page]:
        """Yield every page; raises UnreadableInputError naming the file, the cause and a way."""
        return self._decode(data, path, stem, self._options)

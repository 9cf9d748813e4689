"""Refuse files with pages too large, too small or too many, each in one sentence."""

from __future__ import annotations

from ecgengine.errors import UnreadableInputError
from ecgengine_plugins.decoding.options import ReaderOptions

_MIN_SIDE_PX = 64


def page_name(stem: str, number: int) -> str:
    """Name a page: the file's stem, with `_p2` and so on from the second page."""
    return stem if number == 1 else f"{stem}_p{number}"


def check_size(path: str, width_px: int, height_px: int, options: ReaderOptions) -> None:
    """Raise UnreadableInputError unless an ECG can be on, and memory can hold, such a page."""
    if width_px * height_px > options.max_megapixels * 1e6:
        raise UnreadableInputError(
            f"{path} has {width_px} x {height_px} pixels, more than the limit of "
            f"{options.max_megapixels:g} megapixels: scale it down, or raise "
            "reader.max_megapixels"
        )
    if min(width_px, height_px) < _MIN_SIDE_PX:
        raise UnreadableInputError(
            f"{path} has only {width_px} x {height_px} pixels, too few for an ECG: "
            "give the picture at its full size"
        )


def check_pages(path: str, count: int, options: ReaderOptions) -> None:
    """Raise UnreadableInputError when a file has no pages or more than the limit."""
    if count > options.max_pages:
        raise UnreadableInputError(
            f"{path} has {count} pages, more than the limit of {options.max_pages}: "
            "split it, or raise reader.max_pages"
        )
    if count < 1:
        raise UnreadableInputError(f"{path} has no pages: export it again")

"""A bar on standard error that says how far a long command is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress_bar(length: int, label: str) -> Iterator[Callable[[str], None]]:
    """Give what is to be called as each of `length` pages is finished; quiet off a terminal."""
    with click.progressbar(length=length, label=label, file=sys.stderr, show_pos=True) as bar:

        def tick(name: str) -> None:
            bar.update(1)

        yield tick

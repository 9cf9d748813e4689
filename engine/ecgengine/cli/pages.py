"""Going through many pages so that a bad one never stops the others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecgengine.api import read_bytes
from ecgengine.cli.main import report
from ecgengine.errors import BatchError

if TYPE_CHECKING:
    from ecgengine.data.page import Page
    from ecgengine.data.sheet import Sheet
    from ecgengine.running.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed, with the code that it alone would end the command with.

    Attributes:
        path: the input, or the output folder when files for all pages together failed.
        page: page number, or None when the whole file failed.
        exit_code: see docs/errors.md.
        message: the sentence that was printed.
    """

    path: str
    page: int | None
    exit_code: int
    message: str


def each_page(
    pipeline: Pipeline,
    paths: Iterable[str],
    work: Callable[[Pipeline, Page], Sheet],
    *,
    debug_dir: Path | None,
    every_sheet: bool,
) -> list[Failure]:
    """Run `work` on every page of every file; report failures as they come and go on.

    It gives the sheet that it read. With `every_sheet` it is run on the others of the picture,
    too, each with a pipeline and a page of its own.
    """
    from ecgengine.running.debug_pictures import DebugPictures

    failures: list[Failure] = []
    every = list(paths)
    show_progress = len(every) > 1 and sys.stderr.isatty()

    def fail(path: str, page: int | None, error: Exception) -> None:
        failures.append(Failure(path, page, report(error), str(error)))

    for count, path in enumerate(every, start=1):
        if show_progress:
            click.echo(f"[{count}/{len(every)}] {path}", err=True)
        try:
            stem = "stdin" if path == "-" else Path(path).stem
            for picture in pipeline.read(read_bytes(path), path, stem):
                index = others = 0
                while index <= others:
                    own, page = pipeline.of_sheet(index), picture.of_sheet(index)
                    if debug_dir is not None:
                        own.observe = DebugPictures(debug_dir / page.name)
                        own.observe("page", page)
                    try:
                        sheet = work(own, page)
                        others = sheet.others if every_sheet else 0
                    except Exception as error:
                        fail(path, page.number, error)
                    index += 1
        except Exception as error:
            fail(path, None, error)
    return failures


def exit_code(failures: list[Failure], anything_done: bool) -> int:
    """Give the command's code: 0, the common code when all failed alike, else 6."""
    if not failures:
        return 0
    codes = {failure.exit_code for failure in failures}
    return codes.pop() if not anything_done and len(codes) == 1 else BatchError.exit_code


def as_data(failures: list[Failure]) -> list[dict[str, Any]]:
    """Give failures for `--json`."""
    return [asdict(failure) for failure in failures]

"""Telling a user what was done and what failed, page by page."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ecgengine.cli.main import report
from ecgengine.errors import BatchError

if TYPE_CHECKING:
    from ecgengine.running.runner import Failure

ResultT = TypeVar("ResultT")


def counted(paths: Sequence[str]) -> Iterator[str]:
    """Yield each path; say on a terminal which of several it is."""
    show = len(paths) > 1 and sys.stderr.isatty()
    for count, path in enumerate(paths, start=1):
        if show:
            click.echo(f"[{count}/{len(paths)}] {path}", err=True)
        yield path


def report_failures(
    outcomes: Iterable[ResultT | Failure], failures: list[Failure]
) -> Iterator[ResultT]:
    """Yield what was done; print what failed or was skipped as it comes; add it to `failures`."""
    from ecgengine.running.runner import Failure

    for outcome in outcomes:
        if isinstance(outcome, Failure):
            if outcome.skipped:
                click.echo(f"skipped page {outcome.page}: {outcome.error}", err=True)
            else:
                report(outcome.error)
            failures.append(outcome)
        else:
            yield outcome


def exit_code(failures: list[Failure], anything_done: bool) -> int:
    """Give the command's code: 0, the common code when all failed alike, else 6.

    Skipped pages do not count.
    """
    codes = {failure.exit_code for failure in failures if not failure.skipped}
    if not codes:
        return 0
    return codes.pop() if not anything_done and len(codes) == 1 else BatchError.exit_code


def failures_as_data(failures: Sequence[Failure]) -> dict[str, list[dict[str, Any]]]:
    """Give what JSON can hold of failures and of skipped pages."""
    return {
        name: [failure.to_data() for failure in failures if failure.skipped == skipped]
        for name, skipped in (("failures", False), ("skipped", True))
    }

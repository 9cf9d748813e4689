"""Run a comparison on the pages that are not finished yet, and keep them one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ecgengine.compare.figures import PageFigures
from ecgengine.compare.page import PageWork
from ecgengine.compare.plan import Plan
from ecgengine.compare.store import PageResult, Store
from ecgengine.running.workers import work_on

Progress = Callable[[str], None]
"""Told the name of each page as it is finished."""


def run_plan(
    plan: Plan, names: Sequence[str], store: Store, *, jobs: int = 1, progress: Progress
) -> None:
    """Compare on every page that the store does not hold yet, and keep it there.

    A page that its dataset cannot give fails for every combination. Raises what building the
    dataset raises.
    """
    done = store.finished()
    missing = [name for name in names if name not in done]
    for finished in work_on(missing, partial(PageWork, plan), min(jobs, max(len(missing), 1))):
        store.save(finished.name, finished.result or _failed(plan, finished.name, finished.error))
        progress(finished.name)


def _failed(plan: Plan, name: str, why: str) -> PageResult:
    figures = (PageFigures(name, each.label, failure=why) for each in plan.combinations)
    return PageResult(tuple(figures), {})

"""Running a comparison: the pages that are not finished yet, kept one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ecgengine.compare.figures import PageFigures
from ecgengine.compare.page import PageWork
from ecgengine.compare.plan import Plan
from ecgengine.compare.store import PageResult, Store
from ecgengine.workers import work_on

Progress = Callable[[str], None]
"""Told the name of each page as it is finished."""


def run_plan(
    plan: Plan,
    folder: Path,
    *,
    jobs: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> tuple[Store, list[PageFigures]]:
    """Compare on every page of the plan's dataset; give the store and all figures in its order.

    Pages that the folder already holds are not run again. A page that its dataset cannot give
    fails for every combination.

    Raises OutputExistsError when the folder holds another comparison, and what building the
    dataset raises.
    """
    names = pages(plan)
    store = Store(folder, plan.fingerprint(), force=force)
    done = store.finished()
    missing = [name for name in names if name not in done]
    for finished in work_on(missing, partial(PageWork, plan), min(jobs, max(len(missing), 1))):
        result = finished.result
        if result is None:
            result = _failed(plan, finished.name, finished.error)
        store.save(finished.name, result)
        if progress is not None:
            progress(finished.name)
    return store, [figures for name in names for figures in store.figures(name)]


def pages(plan: Plan) -> Sequence[str]:
    """List the pages of the plan's dataset."""
    return plan.open_dataset(plan.manager()).names()


def _failed(plan: Plan, name: str, why: str) -> PageResult:
    figures = (
        PageFigures.failed(name, combination.label, why) for combination in plan.combinations
    )
    return PageResult(tuple(figures), {})

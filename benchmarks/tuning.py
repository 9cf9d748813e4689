"""How much each number that a stage may be tuned by matters, on synthetic pages with truth.

    python benchmarks/tuning.py ecgengine_plugins.rectifiers.mesh.tuning --pages 4
    python benchmarks/tuning.py ecgengine_plugins.segmenters.ink.tuning --choose extractor=viterbi

Every constant of the module is made 30 % smaller and 30 % larger: a whole number by at least one, a
tuple as a whole. A rectifier is judged by how far points of the trace lie from their places on the
flat sheet (benchmarks/geometry.py; nothing counts for more than 2 mm), on parts of pages if asked;
later stages by the decibels of pages that their truth laid flat. Kept for each constant: its value,
and both ways the change of the mean over all pages and of the page that changes most.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from importlib import import_module
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from geometry import measure
from record import parser, save, synthetic

from ecgengine.compare.figures import figures_of
from ecgengine.data.hints import Hints
from ecgengine.errors import EcgEngineError
from ecgengine.plugins.calling import Outcome
from ecgengine.plugins.manager import PluginManager
from ecgengine.running.pipeline import Pipeline
from ecgengine.truth.case import Case
from ecgengine.truth.true_sheet import true_sheet

FACTORS = {"down": 0.7, "up": 1.3}
FARTHEST_MM = 2.0
STAGES = ("classifier", "preprocessor", "rectifier", "segmenter", "matcher", "extractor")
WORK: dict[str, Any] = {}


class SameError(Exception):
    """A stage gave what it gave before."""


def middle(case: Case, side: int) -> Case:
    """Cut a part out of the middle of a page, at most so many pixels wide and high."""
    truth: Any = case.truth
    corner = np.maximum((np.array(case.page.image.shape[1::-1]) - side) // 2, 0)
    part = np.s_[corner[1] : corner[1] + side, corner[0] : corner[0] + side]
    masks = {name: mask[part] for name, mask in truth.masks.items()}
    shifted: Any = SimpleNamespace(to_page=lambda mm: truth.paper_map.to_page(mm) - corner)
    page = replace(case.page, image=np.ascontiguousarray(case.page.image[part]))
    return replace(case, page=page, truth=replace(truth, paper_map=shifted, masks=masks))


def error_mm(case: Case, rectifier: Any) -> float:
    return float(np.minimum(measure(case, rectifier).errors_mm, FARTHEST_MM).mean())


def decibels(case: Case, pipeline: Pipeline, kind: str, known: dict[Any, Any]) -> float:
    """Read a page from the stage on that is tuned; what comes before is kept in `known`.

    So are the decibels that each result of the stage led to.
    """
    given, recording, failure, nan = b"", None, "", float("nan")

    def step(way: Any, run: Callable[[], Outcome[Any]]) -> Any:
        nonlocal given
        stage = way[-1][0]
        if stage in known:
            return known[stage]
        outcome = run()
        if stage in STAGES[: STAGES.index(kind)]:
            known[stage] = outcome
        elif stage == kind:
            given = sha256(pickle.dumps(outcome.value)).digest()
            if given in known:
                raise SameError
        return outcome

    pipeline.run_step = step
    try:
        recording = pipeline.digitize(case.page).recording
    except EcgEngineError as error:
        failure = str(error)
    except SameError:
        return float(known[given])
    figures = figures_of(case, recording, combination="", failure=failure, seconds=nan, peak_mb=nan)
    known[given] = figures.db
    return figures.db


def varied(value: Any, factor: float) -> Any:
    if isinstance(value, tuple):
        return tuple(varied(each, factor) for each in value)
    if isinstance(value, int):
        return value + (1 if factor > 1 else -1) * max(1, round(abs(value * (factor - 1))))
    return value * factor


def tell(job: tuple[str, float]) -> Any:
    """Give the figures of all pages with one constant varied, or why there are none."""
    (name, factor), module = job, WORK["module"]
    value = getattr(module, name)
    setattr(module, name, varied(value, factor))
    try:
        return np.array([figure() for figure in WORK["figures"]])
    except Exception as error:
        return repr(error)
    finally:
        setattr(module, name, value)


def make_figure(module: str, case: Case, choices: dict[str, str]) -> Callable[[], float]:
    manager, kind = PluginManager(), module.split(".")[1].removesuffix("s")
    if kind == "rectifier":
        rectifier = manager.select(kind, choices.get(kind, module.split(".")[2])).build()
        return partial(error_mm, case, rectifier)
    assert case.truth is not None
    pipeline = Pipeline(manager, Hints(fs_hz=case.leads.fs_hz), case.source, choices)
    known: dict[Any, Any] = {"rectifier": Outcome(true_sheet(case.page, case.truth), 0.0)}
    return partial(decibels, case, pipeline, kind, known)


def main() -> None:
    """Run the benchmark."""
    arguments = parser(__doc__)
    arguments.add_argument("module", help="where the constants are, such as PACKAGE.tuning")
    arguments.add_argument("--choose", nargs="*", default=[], help="stages, such as extractor=X")
    arguments.add_argument("--only", nargs="*", help="constants; all if not given")
    arguments.add_argument("--sources", default="color-scan,photo,screen,damaged")
    arguments.add_argument("--pages", type=int, default=4)
    arguments.add_argument("--seed", type=int, default=8)
    arguments.add_argument("--folded", type=float, default=0.0, help="share of folded photos")
    arguments.add_argument("--side", type=int, help="pixels of the part of each page that is used")
    arguments.add_argument("--jobs", type=int, default=1)
    given = arguments.parse_args()
    cv2.setNumThreads(1)
    options = {each: getattr(given, each) for each in ("seed", "pages", "sources", "folded")}
    dataset, made = synthetic(masks=True, **options)
    cases = [made.load(name) for name in made.names()]
    cases = [middle(case, given.side) for case in cases] if given.side else cases
    module, choices = import_module(given.module), dict(each.split("=") for each in given.choose)
    figures = [make_figure(given.module, case, choices) for case in cases]
    plain, results = np.array([figure() for figure in figures]), {}
    WORK.update(module=module, figures=figures)
    names = given.only or [name for name in vars(module) if name.isupper()]
    jobs = [(name, factor) for name in names for factor in FACTORS.values()]
    with get_context("fork").Pool(given.jobs) as pool:
        for (name, factor), told in zip(jobs, pool.imap(tell, jobs), strict=True):
            effect: Any = told
            if not isinstance(told, str):
                change = told - plain
                most = float(change[np.abs(change).argmax()])
                effect = [round(float(change.mean()), 4), round(most, 4)]
            way = "up" if factor > 1 else "down"
            results.setdefault(name, {"value": getattr(module, name)})[way] = effect
            print(name, way, effect, flush=True)
    save(
        given.name if given.name != "tuning" else f"tuning-{given.module.split('.')[-2]}",
        {
            "module": given.module,
            "pages": {
                case.name: round(float(db), 4) for case, db in zip(cases, plain, strict=True)
            },
            "constants": results,
        },
        f"{dataset}; {given.side} px" if given.side else dataset,
    )


if __name__ == "__main__":
    main()

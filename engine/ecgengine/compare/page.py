"""Digitize a page with every combination, and hold each reading against the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgengine.compare.combinations import Combination
from ecgengine.compare.figures import PageFigures, figures_of
from ecgengine.compare.plan import Plan
from ecgengine.compare.sharing import SharedSteps
from ecgengine.compare.store import PageResult, Reading
from ecgengine.data.digitized import Digitized
from ecgengine.data.page import Page
from ecgengine.data.recording import LeadStatus
from ecgengine.ecg.signals import Signals
from ecgengine.errors import EcgEngineError
from ecgengine.plugins.manager import PluginManager
from ecgengine.plugins.stages import Dataset
from ecgengine.running.pipeline import Pipeline
from ecgengine.truth.case import Case
from ecgengine.truth.sample import make_page
from ecgengine.truth.true_sheet import true_sheet


class PageWork:
    """Digitizes pages with all combinations of a plan; one a process, for many pages."""

    def __init__(self, plan: Plan, manager: PluginManager | None = None) -> None:
        self._plan = plan
        self._manager = manager or plan.settings.manager()
        self._dataset: Dataset = plan.open_dataset(self._manager)
        self._pipelines: dict[tuple[str, float], Pipeline] = {}

    def __call__(self, name: str) -> PageResult:
        """Work on one page; a stage that raises makes a failed page, never an error.

        Raises what the dataset raises when it cannot give the page.
        """
        case = self._dataset.load(name)
        steps = SharedSteps(self._known(case))
        figures: list[PageFigures] = []
        readings: dict[str, Reading] = {}
        for combination in self._plan.combinations:
            pipeline = self._pipeline(combination, case.leads.fs_hz)
            pipeline.run_step = steps
            steps.start()
            digitized, failure = _digitize(pipeline, case.page)
            figures.append(
                figures_of(
                    case,
                    None if digitized is None else digitized.recording,
                    combination=combination.label,
                    failure=failure,
                    seconds=steps.seconds,
                    peak_mb=steps.peak_mb,
                )
            )
            if digitized is not None:
                readings[combination.label] = _reading(digitized)
        return PageResult(tuple(figures), readings)

    def _known(self, case: Case) -> dict[str, Callable[[Any], Any]]:
        """Say which steps' results are given, by stage kind."""
        truth = case.truth
        if not self._plan.true_geometry or truth is None:
            return {}
        return {"rectifier": lambda page: true_sheet(page, truth)}

    def _pipeline(self, combination: Combination, fs_hz: float) -> Pipeline:
        key = combination.label, fs_hz
        if key not in self._pipelines:
            self._pipelines[key] = self._plan.settings.pipeline(
                self._manager, combination.choices, fs_hz
            )
            # Kernels and weights load at a stage's first use; seconds are those of warm stages.
            _digitize(self._pipelines[key], make_page().page)
        return self._pipelines[key]


def _digitize(pipeline: Pipeline, page: Page) -> tuple[Digitized | None, str]:
    """Give what a pipeline makes of a page, and why that is nothing; empty when it is not."""
    try:
        digitized = pipeline.digitize(page)
        if all(lead.status is LeadStatus.MISSING for lead in digitized.recording.standard_leads):
            return digitized, " ".join(("no lead was read:", *digitized.recording.notes))
        return digitized, ""
    except EcgEngineError as error:
        return None, str(error)
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _reading(digitized: Digitized) -> Reading:
    leads = Signals.of(digitized.recording).leads_mv
    return Reading(
        {name: samples.astype(np.float32) for name, samples in leads.items()},
        tuple(_curves(digitized)),
    )


def _curves(digitized: Digitized) -> list[NDArray[np.float32]]:
    """Give every trace in page pixels."""
    curves = []
    for trace in digitized.traces.traces:
        x = trace.x_px
        points = digitized.sheet.page_map.to_page(np.stack([x, trace.y_px], axis=1))
        curves.append(points.astype(np.float32))
    return curves

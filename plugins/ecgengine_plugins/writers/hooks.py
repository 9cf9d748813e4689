"""Register the built-in writers."""

from __future__ import annotations

from collections.abc import Iterable

from ecgengine.plugins.hooks import StagePlugin, hookimpl
from ecgengine.plugins.options import NoOptions
from ecgengine.plugins.stages import Writer
from ecgengine_plugins.writers.options import KaggleOptions, OverlayOptions


def _csv(options: NoOptions) -> Writer:
    from ecgengine_plugins.writers.csv import CsvWriter

    return CsvWriter()


def _wfdb(options: NoOptions) -> Writer:
    from ecgengine_plugins.writers.wfdb import WfdbWriter

    return WfdbWriter()


def _json(options: NoOptions) -> Writer:
    from ecgengine_plugins.writers.json import JsonWriter

    return JsonWriter()


def _kaggle(options: KaggleOptions) -> Writer:
    from ecgengine_plugins.writers.kaggle import KaggleWriter

    return KaggleWriter(options)


def _overlay(options: OverlayOptions) -> Writer:
    from ecgengine_plugins.writers.overlay import OverlayWriter

    return OverlayWriter(options)


@hookimpl
def ecgengine_writers() -> Iterable[StagePlugin[Writer]]:
    """Yield `csv`, `wfdb`, `json`, `kaggle` and `overlay`."""
    yield StagePlugin(
        name="csv", factory=_csv, summary="time_s and millivolts of each lead, empty where unread"
    )
    yield StagePlugin(
        name="wfdb", factory=_wfdb, summary="WFDB record (.hea, .dat), 1000 units a millivolt"
    )
    yield StagePlugin(
        name="json", factory=_json, summary="geometry, quality, provenance, status of each lead"
    )
    yield StagePlugin(
        name="kaggle",
        factory=_kaggle,
        summary="submission.csv for the 2025 PhysioNet competition's test table",
        options=KaggleOptions,
    )
    yield StagePlugin(
        name="overlay",
        factory=_overlay,
        summary="the curves that were read, drawn on the page (PNG)",
        options=OverlayOptions,
    )

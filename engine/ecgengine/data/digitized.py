"""Digitized: everything that the stages made of one page."""

from __future__ import annotations

from dataclasses import dataclass

from ecgengine.data.page import Page
from ecgengine.data.recording import Recording
from ecgengine.data.sheet import Sheet
from ecgengine.data.source import SourceGuess
from ecgengine.data.strips import Strips
from ecgengine.data.tracemap import TraceMap
from ecgengine.data.traces import Traces


@dataclass(frozen=True, slots=True)
class Digitized:
    """Everything that the stages made of one page, for writers."""

    page: Page
    guess: SourceGuess
    sheet: Sheet
    trace_map: TraceMap
    strips: Strips
    traces: Traces
    recording: Recording

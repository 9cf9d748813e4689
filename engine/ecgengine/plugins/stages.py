"""The stage kinds: one protocol each, from a file's bytes to a file's bytes.

Every stage is one pure step: what it needs is in its arguments, what it makes is in its result.
Instances are built by a factory from a typed option model and may be used for many pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    # Listing plugins needs the protocols' names, not NumPy.
    from ecgengine.data.digitized import Digitized
    from ecgengine.data.hints import Hints
    from ecgengine.data.layout import Layout
    from ecgengine.data.page import Page
    from ecgengine.data.recording import Recording
    from ecgengine.data.sheet import Sheet
    from ecgengine.data.source import SourceGuess
    from ecgengine.data.strips import Strips
    from ecgengine.data.tracemap import TraceMap
    from ecgengine.data.traces import Traces
    from ecgengine.data.training import Progress
    from ecgengine.truth.case import Case


class Reader(Protocol):
    """Turns a file into pages."""

    def can_read(self, head: bytes, suffix: str) -> bool:
        """Tell from the first 4096 bytes (and the lower-case suffix) whether this is its format."""
        ...

    def read(self, data: bytes, path: str, stem: str) -> Iterator[Page]:
        """Yield every page; raises UnreadableInputError naming the file, the cause and a way."""
        ...


class Classifier(Protocol):
    """Tells what kind of picture a page is."""

    def classify(self, page: Page) -> SourceGuess:
        """Guess the source; must answer for any page, blank ones included."""
        ...


class Preprocessor(Protocol):
    """Evens out what a kind of source does to a page; geometry stays untouched."""

    def preprocess(self, page: Page) -> Page:
        """Give a page of the same size, with even light and quiet paper."""
        ...


class Rectifier(Protocol):
    """Lays the paper flat and finds its scale."""

    def rectify(self, page: Page, hints: Hints) -> Iterator[Sheet]:
        """Yield every sheet that the picture shows, the largest first, with its grid and scale.

        Raises NoEcgFoundError naming `--px-per-mm` when there is none.
        """
        ...


class Segmenter(Protocol):
    """Separates the signal from everything else on a sheet."""

    def segment(self, sheet: Sheet) -> TraceMap:
        """Map the trace; an empty sheet gives an all-zero map."""
        ...


class Matcher(Protocol):
    """Says which lead lies where, and how millimeters become millivolts and seconds."""

    def match(
        self, sheet: Sheet, trace_map: TraceMap, layouts: Sequence[Layout], hints: Hints
    ) -> Strips:
        """Fit the layouts to the rows found; raises NoEcgFoundError when no row is found."""
        ...


class Extractor(Protocol):
    """Reads the curve of every strip."""

    def extract(self, sheet: Sheet, trace_map: TraceMap, strips: Strips) -> Traces:
        """Read every strip that has ink; a lost stretch is NaN or of low confidence."""
        ...


class Assembler(Protocol):
    """Turns curves on paper into calibrated leads with a status."""

    def assemble(
        self, name: str, sheet: Sheet, strips: Strips, traces: Traces, hints: Hints
    ) -> Recording:
        """Give the recording of one page, the twelve standard leads always among its leads."""
        ...


class Writer(Protocol):
    """Renders results as files; the core writes them whole or not at all."""

    def render(self, result: Digitized) -> Mapping[str, bytes]:
        """File name to content for one page; names begin with the page's name. May be empty."""
        ...

    def render_batch(self, recordings: Sequence[Recording]) -> Mapping[str, bytes]:
        """File name to content for all pages of a call together. Usually empty."""
        ...


class Dataset(Protocol):
    """Gives pages with their truth, by name."""

    def names(self) -> Sequence[str]:
        """List every case, in the order that reports show; cheap, makes or reads no page."""
        ...

    def load(self, name: str) -> Case:
        """Make or read one case; the same name gives the same case in any process."""
        ...


class Trainer(Protocol):
    """Trains a network that a stage runs."""

    def train(self, out: Path, progress: Progress) -> None:
        """Train into the folder `out`, or go on with what it holds; export the weights."""
        ...

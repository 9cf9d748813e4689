"""Classifier `fixed`: the user knows what the pages are."""

from __future__ import annotations

from dataclasses import dataclass

from ecgengine.data.page import Page
from ecgengine.data.source import Source, SourceGuess


@dataclass(frozen=True, slots=True)
class FixedClassifier:
    """Answers with the same source for every page; None stands for unknown."""

    source: Source | None

    def classify(self, page: Page) -> SourceGuess:
        """Give the source that was named, at probability 1, or all alike."""
        if self.source is None:
            return SourceGuess(None, dict.fromkeys(Source, 1.0 / len(Source)))
        return SourceGuess(self.source, {self.source: 1.0})

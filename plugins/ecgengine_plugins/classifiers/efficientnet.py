"""Classifier `efficientnet-b2`: a network trained on synthetic pages of all nine sources."""

from __future__ import annotations

import numpy as np

from ecgengine.data.page import Page
from ecgengine.data.source import Source, SourceGuess
from ecgengine_plugins.classifiers.options import EfficientnetOptions
from ecgengine_plugins.networks.runtime import open_network
from ecgengine_plugins.networks.shipped import SOURCE_NET, shipped
from ecgengine_plugins.networks.source.view import view_of


class EfficientnetClassifier:
    """Gives calibrated probabilities of all nine sources; below a threshold nobody knows."""

    def __init__(self, options: EfficientnetOptions) -> None:
        self._network = open_network(shipped(SOURCE_NET), options.runtime, options.threads)
        self._sure = options.sure

    def classify(self, page: Page) -> SourceGuess:
        """Guess the source of a page of any content."""
        posterior = self._network(view_of(page.image)[None])[0].astype(np.float64)
        posterior /= posterior.sum()
        probabilities = dict(zip(Source, posterior.tolist(), strict=True))
        best = max(probabilities, key=lambda source: probabilities[source])
        return SourceGuess(best if probabilities[best] >= self._sure else None, probabilities)

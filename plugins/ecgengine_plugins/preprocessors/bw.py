"""Preprocessor `bw`: for scans without color, whatever their file says."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ecgengine.data.page import Page
from ecgengine_plugins.preprocessors.even import even_light


class BwPreprocessor:
    """Drops the color noise of a grey scan and evens its light."""

    def preprocess(self, page: Page) -> Page:
        """Give the page in grey with the paper at one level."""
        gray = np.asarray(cv2.cvtColor(page.image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)[:, :, None]
        even = even_light(gray)
        if even is gray and np.array_equal(np.broadcast_to(gray, page.image.shape), page.image):
            return page
        return replace(page, image=np.repeat(even, 3, axis=2))

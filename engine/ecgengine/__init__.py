"""ecgengine: pictures of paper ECGs back into calibrated 12-lead time series."""

from ecgengine.api import digitize, digitize_pages

__all__ = ["digitize", "digitize_pages"]

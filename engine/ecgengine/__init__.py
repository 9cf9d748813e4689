"""ecgengine: pictures of paper ECGs back into calibrated 12-lead time series.

What users and plugin authors import is here and listed in `__init__.pyi`; everything else of the
engine may move. A name is imported at its first use, so that starting stays quick.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

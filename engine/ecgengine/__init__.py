"""ecgengine: pictures of paper ECGs back into calibrated 12-lead time series."""

"""Numba kernels over plain arrays; nothing here knows the engine."""

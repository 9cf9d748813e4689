"""Segmenters: a sheet to its trace map."""

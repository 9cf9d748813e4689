"""Extractors: trace map and strips to curves."""

"""Matchers: trace map and layouts to named strips."""

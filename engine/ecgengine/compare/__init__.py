"""Combinations of stages on the same pages with truth, and the report."""

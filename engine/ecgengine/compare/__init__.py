"""Comparing stages on pages with truth."""

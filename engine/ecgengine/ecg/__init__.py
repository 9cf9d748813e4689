"""Signals and what is measured on them."""

"""Decide at once what is on a page, and how probable it is."""

"""Classifiers: a page to what kind of picture it is."""

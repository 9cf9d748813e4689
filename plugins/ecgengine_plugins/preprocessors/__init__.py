"""Preprocessors: a page to an evened page."""

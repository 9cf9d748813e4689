"""Rectifiers: a page to flat sheets of known scale."""

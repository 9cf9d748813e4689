"""Readers: a file to its pages."""

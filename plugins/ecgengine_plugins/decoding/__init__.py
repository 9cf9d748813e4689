"""Bytes of files into pages."""

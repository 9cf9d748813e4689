"""Decode files into pages."""

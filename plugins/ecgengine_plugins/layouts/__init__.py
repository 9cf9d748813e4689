"""Layouts: the usual arrangements of leads."""

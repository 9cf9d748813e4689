"""Bytes of files to pages, for readers and datasets."""

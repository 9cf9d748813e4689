"""The extractor `fusion`."""

"""The extractor `network`."""

"""The segmenter `ink`."""

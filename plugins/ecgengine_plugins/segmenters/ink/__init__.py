"""The segmenter `ink`: what stands out as strokes do, freed of print."""

"""What the extractor `fusion` may be tuned by, beside its options and those of `network`."""

SURE = 0.9
CONTRADICTED = 0.001
AROUND_MM = 0.15
BLEND_MM = 0.6

"""What the extractor `network` may be tuned by, beside its options."""

REACH_PX = 12
UNSURE = 0.6
LOST = 0.5
LOST_MM = 4.0
BRIDGED = 0.5
EDGE_MM = 3.0
LIKELY = 0.3
AROUND_MM = 3.0
JOINING_MM = 0.5
ENDS_MM = 0.6
EXPLAINED = 0.9
APART_MM = 1.0
TOGETHER_MM = 0.5
IMPROBABLE = 0.02
FITTED = 0.8
INKLESS = 0.3
UNDER_MM = 0.25

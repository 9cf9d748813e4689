"""What the extractor `fusion` may be tuned by, beside its options and those of `network`.

Where no source is named the value is a choice.
"""

# The fit of a path is not believed where the network is surer than this that the strip runs
# elsewhere, for more than this part of the strip: one column in a thousand, 2.5 ms of 2.5 s.
SURE, CONTRADICTED = 0.9, 0.001
# Residuals of two curves are compared over this width, half a pen's, and the choice is blended
# over that, so that the curve does not jump.
AROUND_MM, BLEND_MM = 0.15, 0.6

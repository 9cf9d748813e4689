"""What the extractor `viterbi` may be tuned by, beside its options.

What 30 % more or less of a constant is worth on a clean page of 35 dB stands in
benchmarks/results/tuning-viterbi.json. What concerns the fit moves it by up to 4 dB either way, as
the search for the stroke ends elsewhere; what has no effect there is for pages of another kind.
Where no source is named the value is a choice.
"""

# Trust in ink: doubt on what may be a character, and trust in the box of a name.
TEXT_DOUBT, OBSTACLE_TRUST = 0.7, 0.3

# The path. Ink is made this much darker than its fainter fifth, so that faint ink counts in full.
FULL_GAIN = 1.4
# Coverage that a path pays for when it passes by, and the most of it in a column, in pixels of ink.
UNREAD_INK, MOST_UNREAD_PX = 0.3, 60.0
# Cost of travel where one lead gives way to the next, against elsewhere: the pen was lifted.
LIFTED = 0.1
# One of two paths follows the other's ink if they are so near in so many columns. Where they only
# touch, both are tips of waves if the lesser reaches this part of the greater, from the level of so
# many columns around.
TOGETHER_PX, TOGETHER_COLUMNS = 3, 12
TIP_REACH, LEVEL_COLUMNS = 0.25, 40

# Edges less trusted than this are not known: the curve bridges them.
LEAST_TRUST = 0.2
# Within this of a strip's end stand separators, pulses and the jump to the next lead: runs of ink
# that are higher, or elsewhere, by more than this. A bar keeps its edges within so many pixels; a
# jump lies in the last columns.
END_ZONE_MM, END_JUMP_MM = 0.8, 1.5
FLAT_PX, JUMP_COLUMNS = 4.0, 2

# The stroke. It is guessed from so many columns or more, by this quantile of the height of ink:
# level stretches are the lowest.
FEWEST_COLUMNS, LEVEL_QUANTILE = 20, 0.05
# It is measured on so many columns of each row (70 lose 12 dB on that page; 150 gave no more), in
# so many rounds of the fit; no residual of a column counts for more than this.
SAMPLE_COLUMNS, SAMPLE_ROUNDS, OUTLIER = 100, 3, 0.3

# The curve. Knots a second, denser than samples (500 Hz), and the fewest and most in a pixel.
KNOTS_HZ, KNOTS_PER_PX = 800.0, (2, 6)
# Peaks stand out from the mean over this time, wider than a complex (0.06 to 0.12 s).
BASELINE_S = 0.16
# Residuals that halve a weight: of an edge in pixels, of a pixel in coverage.
EDGE_TOLERANCE_PX, INK_TOLERANCE = 0.3, 0.3
# Second derivative (pixels per square pixel) that halves the prior: complexes have corners.
BEND_PX = 10.0
# Weight of smoothness against one edge, where the noise of coverage is no more than the second.
STIFFNESS, QUIET_INK = 1e-4, 0.025

# Confidence of what was bridged, and what of it is left where two rows share ink.
BRIDGE_CONFIDENCE, SHARED_CONFIDENCE = 0.2, 0.7
# Pixels around the path through a map of probabilities over which its mean is taken.
CENTER_REACH_PX = 3

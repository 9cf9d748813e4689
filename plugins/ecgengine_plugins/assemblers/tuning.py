"""What the assembler `standard` may be tuned by, beside its options.

Where no source is named the value is a choice.
"""

# What a pen's width or a separator takes at either end of a strip: half a millimeter at 25 mm/s.
HOLD_S = 0.02

# A nameless rhythm strip is the short lead that differs from it by no more than this part of the
# spread, if the next differs by this many times more.
MOST_DIFFERENCE, NEXT_DIFFERENCE = 0.35, 1.5

# The short lead II is sought within this lag of its rhythm strip, and is it where they correlate
# better than this. Samples farther apart than this are not averaged; a lag over the last is told.
LAG_SEARCHED_S, LEAST_CORRELATION, AGREE_MV, MOST_LAG_S = 0.1, 0.9, 0.1, 0.01

# Confidence from which a sample is sure: data/traces.py calls a bridge what is below.
SURE = 0.5

# A lead is completed where no more than this part is unsure, by a filter taught between its head
# and tail, where names and separators stand; delays reach as far as a complex lasts, in steps that
# 500 Hz do not need finer. The filter is not used if it leaves this part of the spread unexplained.
MOST_UNSURE_TO_COMPLETE = 0.5
HEAD_S, TAIL_S = 0.2, 0.08
REACH_S, TAP_S = 0.16, 0.008
RIDGE = 1e-3
MOST_UNEXPLAINED = 0.5
# Head and tail are doubted where they differ from what the filter tells by this, and by this many
# times its largest residual.
ODD_MV, ODD_RESIDUALS = 0.25, 2.0

# Name, time and scale of a lead that is ok are at least so probable.
SURE_PROBABILITY = 0.98

# A lead wants a review if more than these parts of it are unsure, or run along the edge of its
# band; if its swing is not that of a heart seen from the skin; if the grid is less sure than this;
# if the limb leads' sums leave more than this part of their spread.
MOST_UNSURE, MOST_AT_EDGE = 0.1, 0.01
# Gaps that do not matter, ink of a row that may lie outside of its strips, sums of limb leads that
# no reading on paper meets better.
LONGEST_GAP_S, LEAST_INK_SHARE, NEGLIGIBLE_MV = 0.02, 0.9, 0.05
# A complex is due where this part of the strips that agree most beat within this time, and evenly
# between two such beats; it is unread if this part of it is.
SAME_BEAT_S, BEAT_VOTES, FEWEST_BEATS = 0.08, 0.4, 4
UNEVEN_BEATS, MOST_UNREAD_BEATS = 0.12, 3
HALF_COMPLEX_S, MOST_UNREAD_OF_A_COMPLEX = 0.04, 0.5
SWING_MV, LEAST_CONFIDENCE, MOST_RESIDUAL = (0.05, 8.0), 0.5, 0.3

# Why a stretch was lost is seen in this band around its zero line, against the paper of its row, at
# this quantile. Blank is as light as the ground outside of pictures, and lighter than the paper;
# dark has less than this part of its light; tinted differs by this in color.
HALF_BAND_MM, PAPER_QUANTILE = 6.0, 0.75
BLANK_LEVEL, BLANK_RISE = 245.0, 10.0
DARK, TINT = 0.6, 0.15

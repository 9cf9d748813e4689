"""What the rectifier `grid` may be tuned by.

35 of these numbers were varied by 30 %, one by one, on parts of two synthetic scans
(benchmarks/results/tuning-grid.json). Points of the trace lie 11 micrometers off there, in the
mean; what a smaller / larger number adds to that is in brackets, if half a micrometer or more, for
each number of a line. Of all others the words say what a number guards, and which test or note of
docs/experiments holds it, where one does.
"""

from __future__ import annotations

# Angle: of the grid, from peaks in spectra of tiles.
ANGLE_STEP_DEG, SHEAR_STEPS = 0.2, 3  # that are tried; by which both families may differ [- 0/0.5]

# Period: from peaks in the spectrum across the lines.
SHORTEST_PX, LONGEST_PX = 2.2, 135.0  # a light line's at 2.2 px/mm, a heavy one's at 27
MOST_BANDS, FAINTEST = 28, 0.02  # of rows; gridness that counts as none
PEAK_NATS, MOST_PEAKS = 0.9, 48  # over the surroundings, in the mean of all bands
MOST_PERIODS, HIGHEST_FOLDED = 8, 2.5  # hypotheses; cycles per pixel of lines on whole pixels

# Phase: where lines lie, tile by tile.
MOST_HARMONICS, MOST_LINES = 30, 80  # of a period; at which lines are measured again
COARSE_PERIODS, COARSE_PX = 4, 128.0  # at least, the width of a tile
PHASE_STIFFNESS = 4.0  # correlation that a shift of one period must be worth

# Choice: which hypotheses make most sense as paper.
FINEST_PX_PER_MM, COARSEST_PX_PER_MM = 25.0, 2.2  # scales of pictures of paper
USUAL_WIDTH_MM = 270.0  # of a page of ECG; A4 and Letter are 297 and 279
PAIRS_TRIED, MOST_COUNTED = 16, 30  # hypotheses, the likeliest first; lines in a period
GIVEN_WEIGHT = 40.0  # of a scale that the user gives, against the spectrum
REPEATED_POWER = 0.8  # of a template that repeats within its period

# Lattice: how lines make one sheet.
FLAT_PX = 0.12  # off rows and columns over the whole page: drawn, so no paper that warps
LARGEST_SKEW, GIVEN_SLACK = 0.12, 0.03  # cosine of both families; off a scale that is given
NEAR_PERIODS = 0.06  # off the fit, of lines that agree with it
NO_CONFIDENCE, FULL_CONFIDENCE = 0.2, 0.6  # share of the page in agreement; the rest is ink
DOUBTFUL_MM, DOUBTFUL_RATIO = 0.15, 0.15  # residual and uneven scales that halve confidence
BENT_MM = 0.02  # rms of a plane that is not bent, since noise is to make no warp [-3/0]
STEADY_PERIODS, STEADY_SHARE = 0.15, 0.3  # tiles near even lines; pages on which periods slip
LEAST_TURN_DEG = 0.12  # below it gridness is not turned, which would blur it [0.5/0]

# Flatness: which pages are known to lie flat before the crossings of `mesh` are sought.
SEEN_MATCH, SEEN_CONTRAST = 0.6, 0.25  # correlation and usual contrast of a tile with lines
END_SUPPORT = 0.3  # of the fullest band of tiles: one that lies on the grid
FLAT_QUANTILE, FLAT_MM, LEVEL_MM = 0.9, 0.7, 0.3  # of tiles; with and without feed
FLAT_PERIODS = 0.3  # off whole periods: what is off at random is 0.45 off
FLAT_SEEN, FLAT_SHARE = 0.6, 0.7  # of tiles on the grid; of the picture
FLAT_TURN_DEG = 4.0  # scans are laid straighter; what is turned shows what it lies on
BEYOND_STEP_PX, LINED, MOST_BEYOND = 3, 0.5, 0.09  # unevenness beyond it: another sheet's, maybe

# Warp: what is added to a plane.
WARP_SMOOTHNESS, WARP_SPANS, KINK_COST = 0.1, 10, 0.003  # P-spline; kinks of the feed

# The rectifier (test_rectifier.py).
HOPELESS, GOOD_MM, MOST_PASSES = 0.15, 0.04, 3  # confidence and residual of further passes
LEFT_TURN_DEG, FINE_SPANS = 3.0, 16  # of a sheet that was laid flat once
REDUCED_PX_PER_MM, CURLED_MM = 12.0, 0.05  # of very fine pages; residual that a note tells of

# Feeding: a scanner's feed evened along time (0020).
LINE_REACH, LINE_SHIFT = 0.75, 0.45  # line distances: half a window; less than half to the next
LINE_STIFFNESS = 0.5  # correlation that a shift of one distance must be worth
INNER = (0.08, 0.92)  # of the sheet's height, without print at its rims
FEWEST_LINES, LEAST_MATCH = 20, 0.6  # that tell of a feed; correlation of one that was seen
AROUND_LINES, LESS_SCATTER = 11, 0.97  # of a running mean; lines on pixels left 0.2 of it (0020)
FEED_KINK_COST, LEAST_FEED_MM = 0.03, 0.05  # noise is to make no feed; an even one is left alone
LEAST_JERK_MM, JERK_SCATTER_MM = 0.12, 0.06  # of lines that agree; one alone cost 31 dB (0020)
LESS_CLEAR = 0.03  # than most lines, in correlation, of one that tells of a jerk

# Bare pages: without a grid (test_bare.py).
FEWEST_PX_PER_MM, MOST_PX_PER_MM = 2.5, 50.0  # that ECG paper is pictured at
LEAST_INK, MOST_INK, LEAST_PAPER = 3e-4, 0.15, 0.7  # no empty page, no picture of something
FORMAT_SLACK = 0.012  # logarithm of the ratio of sides; Letter and A4 are 0.09 apart
MOST_SKEW_DEG, LEAST_SKEW_DEG = 6.0, 0.1  # that a page is laid on askew; less is left alone

# Outline: photos of paper without a grid (test_outline.py).
LEAST_SHEET, LEAST_FILL, LEAST_SQUARE = 0.2, 0.93, 0.95  # of picture, hull, four corners
FOCAL_SHARE = 0.8  # of the longer side: a phone's lens, 28 mm on 36
ASPECT_SLACK, PULSE_SLACK = 0.06, 0.06  # logarithms: off a format's shape, off a pulse's 10 mm
OUTLINE_CONFIDENCE = 0.4  # of a size guessed from a shape

"""What both rectifiers may be tuned by: gridness, and which way up a sheet is."""

from __future__ import annotations

# Gridness.
ANALYSIS_SIDE_PX = 2600  # a page is at most 500 mm long, so this still gives 5 px/mm
LEAST_CLIP = 6.0  # gray levels: below is noise
USUAL_PERCENT = (
    85  # of pixels are paper or grid; what is usual among them is a grid line's contrast
)
CLIP = 1.5  # times what is usual, so that ink counts about as much as a line

REGION_MM = 10.0  # side of the regions that tell how well the grid was seen

# Turns (test_orientation.py): names and characters that must be read, ahead of every other way up.
MANY_NAMES = 4  # of leads, upright: no other way is tried
FEWEST = 3
FEWEST_MIRRORED = 6  # a refused page needs more to say so than a turned one
AHEAD = 2  # times the second best

# Calibration pulses, where nothing is read.
DARK_SHARE = 0.4  # of ink
INSIDE_COST, BESIDE_COST = 1.5, 0.5  # of ink where a pulse has none
LIKE_PULSE, UNLIKE_PULSE = 0.93, 0.85  # of the stroke seen: for the best way up, and for no other

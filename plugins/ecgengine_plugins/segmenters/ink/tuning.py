"""What the segmenter `ink` may be tuned by.

Darkness and coverage run from 0, bare paper, to 1, full ink. Where no source is named the value is
a choice. 30 % more or less of colors, paper, lines and pen moves a color scan, read by `column`, by
0.1 dB at most, save that a HEAVY_QUANTILE of 0.975 loses it; of connected ink by nothing: that is
for fainter pages (benchmarks/results/tuning-ink.json).
"""

# The direction in color space that sees ink. Levels of 255 by which a color strays; weight of the
# grid lines' contrast beside that noise: they are subtracted by position as well.
COLOR_NOISE, LINE_SCATTER = 4.0, 0.05
# Ink is the farthest color but for this part, specks; nearer than so many levels it is no ink.
INK_QUANTILE, LEAST_CONTRAST = 0.9995, 25.0

# Strokes, none broader than this, stand out from what is around them by at least this part of
# what they differ from all paper. A page with paper below this level may be a monitor's, light
# on dark, if light strokes stand out more at this quantile.
BROADEST_MM, STANDS_OUT = 1.5, 0.5
DIM_LEVEL, CONTRAST_QUANTILE = 90, 0.99

# Paper is measured in tiles of a large square of the grid, below the darker half: ink and lines
# are darker. Tiles from the page's edge inward that are darker than this are no paper.
PAPER_TILE_MM, PAPER_QUANTILE, DARK_PAPER = 5.0, 0.3, 0.35

# Grid lines are measured along stretches: long enough for the median to see the line and not the
# traces on it, short enough to follow uneven print.
LINE_TILE_MM = 25.0
# A line reaches so far from its place: its own half width, and the blur of a scanner.
LINE_REACH_MM, LINE_REACH_PX = 0.25, 0.8
# Heavy lines lie off their place by up to this, and from stretch to stretch by so many pixels.
LINE_DRIFT_MM, LINE_WOBBLE_PX = 0.65, 3
# A line is no darker than this quantile of its kind, and a light one than so often its own median,
# plus a margin of noise: a level trace along a line must not pass for it.
HEAVY_QUANTILE, LIGHT_QUANTILE = 0.75, 0.93
LINE_LOCAL, LINE_MARGIN = 1.3, 0.04
# Lines darker than this leave remains that have to be cleared.
LINE_SHOWS = 0.45
# Where paper and line leave less room for the ink's own darkness, nothing can be told.
LEAST_ROOM = 0.4

# The pen is measured on components longer than letters, inside of strokes, on level runs no
# thicker than this and no fewer than so many.
MEASURED_MM, INNER, THICK_MM, FEWEST_RUNS = 3.0, 0.6, 1.2, 100
# Where a pen is too thin to have an inside, this quantile of its coverage is full.
FULL_QUANTILE = 0.97
# Columns off the grid lines are fainter than the first; those on lines that show, but that can be
# told from ink, lie between the others.
LINE_FAINT, LINE_SEEN, LINE_DARK = 0.08, 0.2, 0.5
# Below this opacity darkness is unmixed anew: the line under the ink shines through.
OPAQUE = 0.85

# On a line, what is thinner than this part of the pen is the line's own unevenness, or the tip of
# a trace; a tip where it is no longer than so many pens. What is bridged must be no speck.
TIP_PENS, REMAINS_PENS, SPECK_PENS = 0.7, 3.0, 0.35

# Coverage of connected ink, and of what is too faint to connect it by itself.
CORE, FAINT = 0.35, 0.15
# Grid is what lies outside of grid lines by less than this part, and is thinner than the pen.
GRID_OUTSIDE, GRID_PENS = 0.1, 0.75
# What leads farther than this out of the dark margin is a trace that runs into it.
FAR_MM = 30.0
# Longer than any letter of a page: a trace, unless its box is as full as that of a printed code.
LONG_MM, BLOCK_FILLED = 6.0, 0.3
# A word of bold print that runs together is shorter than this, beside letters, fuller than a trace
# and thicker than the pen.
WORD_MM, BOLD_FILLED, BOLD_PENS = 25.0, 0.22, 2.0
# Level pieces of a faint trace are longer than this and lie; letters are taller than that.
DASH_MM, LEVEL_ASPECT, CHARACTER_MM = 0.8, 1.8, 0.9
# Letters stand beside each other at this distance, on one line within this.
LETTER_GAP_MM, LINE_MM = 1.0, 1.0
# A broken trace goes on over gaps of white, over faint ink, and over one grid line, in so many
# pieces.
GAP_MM, HIDDEN_MM, CROSSED_MM, LINKS = 1.5, 6.0, 0.8, 6
# The two halves of a separator above and below a trace, and how full their boxes are.
BAR_MM, BAR_FILLED = (1.8, 8.0), 0.8

# The page's own frame lies this near to its edge and is inked along more than this part.
FRAME_MM, FRAME_INKED = 0.6, 0.6
# Bars of rules: coverage, and the shortest; thicker than the pen, but no thicker than this.
RULE_CORE, RULE_MM = 0.5, 2.5
THICK_PENS, THICKEST_MM = 1.6, 1.6
# Bars lower than this are believed only beside others; taller than that they may be as thin as the
# pen. Ruled lines are longer than a lead, which takes 62 mm (2.5 s at 25 mm/s).
LONE_MM, TALL_MM, RULED_LINE_MM = 5.0, 18.0, 70.0
# A separator that a stroke stands on is told by its box being full.
SOLID = 0.96

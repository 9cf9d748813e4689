"""What the segmenter `ink` may be tuned by.

Darkness and coverage run from 0, bare paper, to 1, full ink. What 30 % more or less of a constant
is worth on a synthetic page stands in benchmarks/results/tuning-ink.json; a constant that has no
effect there is for pages of another kind. Where no source is named the value is a choice.
"""

# The direction in color space that sees ink. Levels of 255 by which a color strays; weight of the
# grid lines' contrast beside that noise: they are subtracted by position as well.
COLOR_NOISE = 4.0
LINE_SCATTER = 0.05
# Ink is the farthest color but for this share of specks; nearer than so many levels it is no ink.
INK_QUANTILE = 0.9995
LEAST_CONTRAST = 25.0

# Strokes, none broader than this, stand out from what is around them by at least this part of
# what they differ from all paper. A page with paper below this level may be a monitor's, light
# on dark, if light strokes stand out more at this quantile.
BROADEST_MM = 1.5
STANDS_OUT = 0.5
DIM_LEVEL = 90
CONTRAST_QUANTILE = 0.99

# Paper is measured in tiles of a large square of the grid, below the darker half: ink and lines
# are darker. Tiles from the page's edge inward that are darker than this are no paper.
PAPER_TILE_MM = 5.0
PAPER_QUANTILE = 0.3
DARK_PAPER = 0.35

# Grid lines are measured along stretches: long enough for the median to see the line and not the
# traces on it, short enough to follow uneven print.
LINE_TILE_MM = 25.0
# A line reaches so far from its place: its own half width, and the blur of a scanner.
LINE_REACH_MM = 0.25
LINE_REACH_PX = 0.8
# Heavy lines lie off their place by up to this, and from stretch to stretch by so many pixels.
LINE_DRIFT_MM = 0.65
LINE_WOBBLE_PX = 3
# A line is no darker than this quantile of its kind, and a light one than so often its own median,
# plus a margin of noise: a level trace along a line must not pass for it.
HEAVY_QUANTILE = 0.75
LIGHT_QUANTILE = 0.93
LINE_LOCAL = 1.3
LINE_MARGIN = 0.04
# Lines darker than this leave remains that have to be cleared.
LINE_SHOWS = 0.45
# Where paper and line leave less room for the ink's own darkness, nothing can be told.
LEAST_ROOM = 0.4

# The pen is measured on components longer than letters, inside of strokes, on level runs no
# thicker than this and no fewer than so many.
MEASURED_MM = 3.0
INNER = 0.6
THICK_MM = 1.2
FEWEST_RUNS = 100
# Where a pen is too thin to have an inside, this quantile of its coverage is full.
FULL_QUANTILE = 0.97
# Columns off the grid lines are fainter than the first; those on lines that show, but that can be
# told from ink, lie between the others.
LINE_FAINT = 0.08
LINE_SEEN = 0.2
LINE_DARK = 0.5
# Below this opacity darkness is unmixed anew: the line under the ink shines through.
OPAQUE = 0.85

# On a line, what is thinner than this part of the pen is the line's own unevenness, or the tip of
# a trace; a tip where it is no longer than so many pens. What is bridged must be no speck.
TIP_PENS = 0.7
REMAINS_PENS = 3.0
SPECK_PENS = 0.35

# Coverage of connected ink, and of what is too faint to connect it by itself.
CORE = 0.35
FAINT = 0.15
# Grid is what lies outside of grid lines by less than this part, and is thinner than the pen.
GRID_OUTSIDE = 0.1
GRID_PENS = 0.75
# What leads farther than this out of the dark margin is a trace that runs into it.
FAR_MM = 30.0
# Longer than any letter of a page: a trace, unless its box is as full as that of a printed code.
LONG_MM = 6.0
BLOCK_FILLED = 0.3
# A word of bold print that runs together is shorter than this, beside letters, fuller than a trace
# and thicker than the pen.
WORD_MM = 25.0
BOLD_FILLED = 0.22
BOLD_PENS = 2.0
# Level pieces of a faint trace are longer than this and lie; letters are taller than that.
DASH_MM = 0.8
LEVEL_ASPECT = 1.8
CHARACTER_MM = 0.9
# Letters stand beside each other at this distance, on one line within this.
LETTER_GAP_MM = 1.0
LINE_MM = 1.0
# A broken trace goes on over gaps of white, over faint ink, and over one grid line, in so many
# pieces.
GAP_MM = 1.5
HIDDEN_MM = 6.0
CROSSED_MM = 0.8
LINKS = 6
# The two halves of a separator above and below a trace, and how full their boxes are.
BAR_MM = (1.8, 8.0)
BAR_FILLED = 0.8

# The page's own frame lies this near to its edge and is inked along more than this part.
FRAME_MM = 0.6
FRAME_INKED = 0.6
# Bars of rules: coverage, and the shortest; thicker than the pen, but no thicker than this.
RULE_CORE = 0.5
RULE_MM = 2.5
THICK_PENS = 1.6
THICKEST_MM = 1.6
# Bars lower than this are believed only beside others; taller than that they may be as thin as the
# pen. Ruled lines are longer than a lead, which takes 62 mm (2.5 s at 25 mm/s).
LONE_MM = 5.0
TALL_MM = 18.0
RULED_LINE_MM = 70.0
# A separator that a stroke stands on is told by its box being full.
SOLID = 0.96

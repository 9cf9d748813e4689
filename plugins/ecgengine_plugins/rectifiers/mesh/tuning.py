"""What the rectifier `mesh` may be tuned by; a period is 5 mm of paper.

60 of these numbers were varied by 30 %, one by one, on parts of two synthetic pages, a folded photo
and a damaged print (benchmarks/results/tuning-mesh.json). Points of the trace lie 11 micrometers
off there, in the mean; what a smaller / larger number adds to that is in brackets, if half a
micrometer or more, for each number of a line. Of all others the words say what a number guards, and
which test or note of docs/experiments holds it, where one does.
"""

from __future__ import annotations

# Seeds: patches of the picture whose spectra show both families of lines.
PATCH_PX, PATCH_STEP_PX = 192, 128  # some 30 mm of paper; a third overlaps [0.1/-0.6 -0.4/-0.6]
PATCH_PEAKS, LEAST_PEAK_BINS = 24, 3.0  # of each spectrum; slower waves are shades
FREE_SHARE = 0.5  # of a patch that no sheet found before covers
PROMINENT_NATS = 2.5  # log power of a peak over its surroundings
MOST_TOOTH_NATS = 5.0  # what one harmonic counts for at most
MOST_PEAK_NATS = 8.0  # clipped lower, weak waves aslant equal crisp lines (test_seeds.py)
RIGHT_ANGLE_DEG, MOST_UNEQUAL = 14.0, 1.22  # off a right angle and unequal, seen aside [- 23/0]
MOST_TURN_DEG, SCALE_SPREAD = 12.0, 0.12  # curled paper: off the common turn; spread of periods
SMALLEST_MM, LARGEST_MM, ODD_SPREAD = 90.0, 500.0, 0.25  # sides of a page; beyond it is less likely
HYPOTHESES, FINE_PX = 3, 12.0  # periods tried; lines nearer than these pixels may be light ones

# Color: the mixture of red, green and blue in which the grid is tracked (0019).
COLOR_SEEDS, COLOR_SCORE = 12, 0.5  # that tell it; the share of the best score that they need
COLOR_COARSE_PX, COLOR_NOISE_WEIGHT = 4, 0.25  # windows average noise of pixels, so it counts less
COLOR_RIDGE = 0.02  # of the mean variance: gray pages have colors that are all alike
LEAST_COLOR_GAIN = 1.2  # over the darkest color; in its own everywhere real photos lose (0019)

# Growth: from node to node of the mesh (0017, 0018).
SEEDS_TRIED, SEED_REACH = 4, 2.0  # of a hypothesis; half a window to sharpen its frame, periods
SEED_STRETCHES = (0.94, 0.96, 0.98, 1.0, 1.02, 1.04, 1.06)  # of the frame
SEED_LEANS = (-0.1, -0.05, 0.0, 0.05, 0.1)  # off by a twentieth a frame blurs light lines
LINK_SHIFT = 0.13  # periods; the next light line is 0.2 away
SHIFT_STIFFNESS = 4.0  # correlation that a shift of one period must be worth
WARPS, WARP_COST = (0.09, 0.18), 2.0  # leans (to 10 degrees) and stretches; what one must be worth
WARPED_MATCHES = (0.3, 0.8)  # correlations between which they are tried: less is ink, more is level
LINK_SEEN = 0.3  # of a window on the picture and free of ink
SLOPE_RIDGE = 0.3  # pull of slopes to the neighbors' slopes
WHOLE_REACH, HALF_REACH = 1.0, 0.75  # half a window, periods; creases ask for small ones
WHOLE_MATCHES = (0.9, 0.8, 0.7, 0.6, 0.5)  # correlations asked for, round after round [-0.6/-0.1]
HALF_MATCHES = (0.65, 0.55, 0.45)  # the same in half steps
SURE_TRUST = 0.7  # correlation from which nodes of whole steps begin the half ones
FEWEST_NODES = 24  # of a grid, some 20 x 30 mm
ENOUGH_NODES, ENOUGH_WORTH = 100, 0.15  # no other seed, no other hypothesis is tried
REPEATED_WORTH = 0.1  # of a mesh with another number of equal lines than five
EQUAL_LINES_POWER = 0.85  # of a course in a number's harmonics: so many equal lines
THIN_LINES_POWER = 0.15  # of a course above its second harmonic: lines, not rows of text
LINE_CONTRAST = 0.04  # of a course's height by which light lines stand out and heavy ones differ

# Rasters: rows and columns of a screen's pixels, which ruled 4 of 485 pages (0018).
RASTER_PX, RASTER_REST, HEAVY_REST = 5.0, 0.06, 0.03  # their distance; power of anything else
RASTER_POWER, BROAD_POWER = 0.3, 0.5  # in one other number of lines; in up to five, as a grid has
SCREEN_ROWS_POWER = 0.9  # in five lines as near as pixels, none heavier
RASTER_SPREAD_PX, MOST_RASTERS = 6.0, 3  # where a raster keeps its phase; how many are filtered

# Counting: parts that hang together with the rest by doubtful nodes (0018).
PART_NODES, PART_BEND = 12, 0.1  # worth counting; stiffness of the sheet that goes on to a part
TORN_STEPS = 0.11  # of half a period, a quarter of a light line: neighbors that do not fit
FORGOTTEN_NODES, EXPECTING_NODES = 2, 12  # around a part: linked anew; asked where it belongs
CORRELATION_SCATTER, EXPECTED_SCATTER_LINES = 0.05, 1.5  # of heavy lines; of expected places

# Surface: the paper through measured crossings (0016, 0017).
MARGIN_PERIODS = 4  # around the mesh in which paper goes on
MESH_BEND = 0.01  # stiffness while crossings are sought: that of crumpled paper
LINES_BEND, LINE_NODES = 0.3, 8.0  # a stiff sheet, a stretch of line: its offset [-0.5/0.4 -]
FAR_OFF, LEAST_KNOWN = 0.03, 0.05  # periods a node tells at most; weight of a stretch
MOST_ROUNDING = 0.02  # periods; lines on pixels of 127 dots an inch lie 0.1 mm off at most
LEAST_ROUNDING = 0.005  # periods rms: office prints 0.0056 and more, 115 others up to 0.0042 (0016)
PAPER_BENDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # stiffnesses tried (0016)
PRINT_BENDS = (0.1, 0.2, 0.5, 1.0)  # the same for an office print
FOLDS, AS_GOOD = 3, 1.02  # of cross-validation; the stiffest within 2 % (0016)
ROBUST_ROUNDS, TUKEY, LEAST_SPREAD = 3, 7.0, 0.004  # of weights; periods: nodes are good to 0.02 mm
FINE_REACH, FINE_SHIFT = 0.8, 0.12  # half a window, farthest shift, periods [2/-0.2 -]
WIDE_MATCH, WIDE_REACH, WIDE_COST = 0.65, 1.4, 0.05  # for a wide window; its gain [1.7/0.1 - -]
WEAK_MATCH, STRONG_MATCH = 0.4, 0.9  # correlations of no weight, and of all [- -0.3/1.5]
SURE_PERIODS, SURE_MATCH = 0.06, 0.6  # 0.3 mm off the surface; its correlation [- 0/0.6]
SURE_SEEN, SURE_CONTRAST = 0.2, 0.25  # of a window free of ink; of the usual contrast [-0.2/1.5 -]

# Edges: the box of the grid, and the paper beyond it (test_rectifier.py).
EDGE_SEGMENTS, EDGE_CONTRAST = 12, 0.12  # of a side, half of which must be darker or more colorful
BOX_SUPPORT = 0.25  # of the fullest row or column: an outer one of the grid has as many nodes
BOX_FEW, BOX_DENSE = 0.2, 0.6  # of nodes around, of the usual; tables have fewer [- 0/1.5]

# Tracking: which meshes are sheets, and which of them lie flat (test_rectifier.py).
NO_CONFIDENCE, FULL_CONFIDENCE, DOUBTFUL_MM = 0.2, 0.6, 0.3  # of the box seen; halving residual
LEAST_SPARSE_CONFIDENCE = 0.8  # of heavy lines alone: moire looks like them here and there
LEAST_SPARSE_SURE = 0.6  # of linked nodes that are seen; nine in ten of true grids are
DRAWN_MM, DRAWN_DEG = 0.1, 0.1  # off an even, level sheet: only drawn pages are so straight
FLAT_MM, LEVEL_MM, FULL_SHARE = 0.7, 0.35, 0.6  # scans: with and without feed; share of picture
LEAST_AREA, MOST_SHEETS = 0.08, 8  # share of the picture of the largest sheet; sheets sought
LEAST_PART_AREA, LEAST_OTHER_AREA = 0.05, 0.15  # of the largest: a part of it, another sheet
LEAST_OTHER_CONFIDENCE, MOST_OTHER_RESIDUAL_MM = 0.5, 0.015  # text runs nearly as evenly
NOISE_SCORE = 4.0  # of seeds on tables, screens and plain paper; those on grids have 6 and more
RIM_PERIODS, BORDER_NODES = 2, 40  # around a sheet; nearest to another part, which must be in step
IN_STEP_PERIODS, PARALLEL_PERIODS = 0.1, 0.15  # off whole periods; by chance one in 25 is

# The rectifier.
MOST_MISSED_MM = 0.05  # rms that scans taken to be flat may miss their lines; most miss 0.03
HIDDEN_SHARE = 0.4  # of a ninth seen, or a note says so

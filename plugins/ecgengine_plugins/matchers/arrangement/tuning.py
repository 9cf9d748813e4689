"""What the arrangement posterior may be tuned by: priors, likelihoods and what is looked at.

Priors are choices after what carts print; likelihoods of words were set on the first 34 and those
of printed scales on some 75 pages of val-v1, of equal times on neighboring rows of 60 of them
(docs/experiments/0029), signs of hearts on these and on real pages. What names no source is a
choice. Spreads of log times are (narrow, wide, share of the wide one).
"""

from __future__ import annotations

import math

NAME_FROM_MM, NAME_TO_MM = (-14.0, -26.0), (16.0, 16.0)
"""How far (x, y) from the start of its strip the left edge and middle of a name may stand."""

# How far names stand from where the others do, and the tail of that (Student's distribution).
NAME_SPREAD_MM = (1.5, 1.5)
NAME_TAIL = 2.5
NAME_LOG_RATIO, NAME_AT_ZERO, NAME_SLOPE = (-2.0, 10.0), 6.0, 4.0
"""Log-likelihood ratio of a word at the place of names, by the highest of its logits."""

NAME_SHARPNESS, NAME_MISREAD = 2.0, 0.001
"""Which name it is: a softmax of so many times the logits, or with the rest any."""

# Places of names that are tried, and rounds of belief propagation, which 20 settle.
MOST_PLACES = 6
ORDER_ROUNDS = 20

# Spreads from the height of names within which a word is one beside a row, and from a strip's start
# beyond which it is none of a strip; likelihood of such a word, and how many count.
BESIDE_ROW, AWAY_FROM_START = 2.0, 4.0
STRAY_NAME, MOST_STRAY_NAMES = 0.1, 8.0

PRINTED = ((0.0, 0.06), (0.6, 0.24), (0.94, 0.7))
"""(Share of strips whose name is printed and seen, prior) of kinds of pages."""

MOST_RHYTHMS, MOST_COLUMNS = 3, 6

# How usual structures are, by the strips of their rows.
_STRUCTURES = {
    (4, 4, 4, 1): 0.34,
    (4, 4, 4, 1, 1, 1): 0.12,
    (4, 4, 4): 0.10,
    (4, 4, 4, 1, 1): 0.05,
    (2, 2, 2, 2, 2, 2): 0.10,
    (2, 2, 2, 2, 2, 2, 1): 0.05,
    (1,) * 12: 0.06,
    (1,) * 6: 0.05,
    (1,): 0.03,
    **{(1,) * rows: 0.015 for rows in (2, 3, 4, 5)},
}
_OTHER_STRUCTURE, _SEVERAL_IN_ONE_ROW = 0.003, 2e-6


def structure_log_prior(strips: tuple[int, ...], *, named: bool) -> float:
    """Give the log prior of a structure; carts print few of all that are possible."""
    rare = _OTHER_STRUCTURE * (2 if named else 1)
    if len(strips) == 1:
        rare = _SEVERAL_IN_ONE_ROW
    return math.log(_STRUCTURES.get(strips, rare))


# Of structures that layouts have: leads in any order, leads that nobody knows; the Cabrera order.
ANY_ORDER, NO_ORDER = 0.06, 0.04
CABRERA = 0.06

# What rhythm strips repeat.
RHYTHM_PRIOR = {"II": 0.66, "V1": 0.13, "V5": 0.09, "V2": 0.02, "V6": 0.01}
OTHER_RHYTHM = 0.01

# Logit that ink is a row: offset, and slope over its columns as a share of the fullest row's.
ROW_SEEN = (-3.5, 9.0)
ROW_OFF_GRID = -3.0
GRID_SEEN = 0.3
# So many of the least sure rows are tried with and without, and so many choices weighed.
MOST_UNSURE_ROWS, MOST_ROW_SETS, ROWS_WORTH_TRYING = 5, 8, 5.0

# Rows are smoothed, known if so much of them is seen, and compared without margins of columns.
ACTIVITY_SMOOTH_MM = 0.3
LEAST_COVERED = 0.4
MARGIN_SHARE = 0.06
# How far the correlation without a shift is below the best: scale, share of anything; the others'.
SAME_TIME, OTHER_SPREAD = (0.04, 0.06), 0.05
# Activities less alike than this tell nothing; shifts up to this are compared.
LEAST_ALIKE, SHIFT_MM = 0.25, 40.0

# How often columns show the same seconds; how long rows and such columns last: (s, spread, share).
SIMULTANEOUS = {2: 0.2, 3: 0.05, 4: 0.04, 5: 0.04, 6: 0.1}
ROW_SECONDS = ((10.0, 0.06, 0.62), (5.0, 0.08, 0.08), (2.5, 0.08, 0.03), (9.0, 0.6, 0.27))
COLUMN_SECONDS = ((10.0, 0.06, 0.35), (5.0, 0.08, 0.3), (2.5, 0.08, 0.2), (6.0, 0.8, 0.15))

# How usual speeds and gains are, in the order of paper/scales.py.
SPEED_PRIOR = (0.003, 0.95, 0.045, 0.002)
GAIN_PRIOR = (0.004, 0.035, 0.955, 0.006)
# Printed scales: share read, log-likelihood ratio by logit, and its limits.
SCALE_READ, SCALE_AT_ZERO, SCALE_SLOPE, SCALE_LOG_RATIO = 0.75, 2.0, 3.5, (-3.0, 6.0)
# Pulses at few rows, or at most, are real so often; else their size is anything within limits.
PULSE_REAL = (0.5, 0.997)
PULSE_HEIGHT_SPREAD = 0.035
PULSE_HEIGHT_MM = (2.0, 30.0)
PULSE_WIDTH_REAL, PULSE_WIDTH_SPREAD = 0.2, 0.06
PULSE_WIDTH_MM = (1.0, 13.0)

# Times of beats, steep parts of complexes, and T waves as a power of the beats' distance.
BEAT_S, BEAT_SPREAD = 0.78, (0.3, 0.9, 0.2)
QRS_S, QRS_SPREAD, SMEARED_MM = 0.05, (0.25, 0.6, 0.2), 1.8
T_S, T_POWER, T_SPREAD = 0.272, 0.45, (0.14, 0.5, 0.25)
# All are one heart's, and slow ones have wide complexes: so much of what they would tell apart.
BEATS_TOGETHER = 0.85

# Borders with a mark; pages without marks; how near a mark stands.
MARK_SEEN, NO_MARKS, MARK_MM = 0.75, 0.4, 1.5

# Rows and starts no farther apart are the same.
SAME_ROW_MM, SAME_START_MM = 3.0, 3.0
# How often rows of one strip go on from each other, by their number.
GOING_ON, GOING_ON_ELSE = {2: 0.5, 3: 0.5, 4: 0.7, 5: 0.7, 6: 0.15}, 0.03
# How often the last of several rows ends early: of rows of one time, of rows that go on.
ENDS_EARLY = (0.02, 0.3)
# How often groups of three rows follow each other, where they stand no farther apart, and where
# so many times as far as the rows of a group.
PANELS, GROUPS_APART = (0.005, 0.5), 1.2
# Likelihood of a mark where no border is, how many count, and of one at a border by chance.
STRAY_MARK, MOST_STRAY, MARK_BY_CHANCE = 0.1, 2, 0.12
# Log-likelihood of bare paper, at least so wide, within a strip, and how often it counts in a row;
# of a row that has hardly any ink where its strips lie.
GAP_WITHIN, GAP_WITHIN_MM, MOST_GAPS, BARE_ROW = -1.5, 3.0, 3, -5.0
# As ANY_ORDER where no layout has the structure.
ANY_ORDER_UNKNOWN = 0.6
# Scale, share nearly alike by resemblance, share of anything: rhythm strips, limb sums.
LIKENESS = (0.04, 0.15, 0.1)
AGREEMENT = (0.06, 0.1, 0.04)
# Hypotheses whose curves are compared: so many, no farther below the best.
MOST_WEIGHED, WORTH_WEIGHING = 12, 12.0
# A sign is the source of a scale from this log-likelihood ratio; a word is clear from this logit.
TELLING = 1.0
CLEAR_LOGIT = -0.6
# How far a strip's curve is sought, and beside it obstacles.
TALLEST_MM, REACH_ROWS, BESIDE_MM = 28.0, 1.5, 2.0
# A strip is named from this probability.
WORTH_NAMING = 0.5
# Complexes before and after their maximum of activity; scale and shares of their likeness.
COMPLEX_MM, CLOSEST_BEATS_MM, BEAT_ACTIVITY = (2.5, 4.0), 8.0, 0.6
COMPLEXES, SINGLE_COMPLEXES = (0.04, 0.2, 0.1), (0.04, 0.2, 0.4)
LEAST_RELIABLE = 0.3
# Gaps between columns; columns are longer than pulses; what so many rows show counts.
COLUMN_GAP_MM, SHORTEST_COLUMN_MM, PARTED_ROWS = (1.5, 28.0), 14.0, 0.5
UNEVEN_MM = 1.5
# Narrower columns: how well ends agree, how far they differ from the rows', how points spread and
# how many of them tell, and where gaps are sought.
SHORT_SPREAD_MM, LEAST_SHORT_MM, MOST_SHORT = 0.3, 0.4, 0.03
POINT_MM, POINTS_TELL, GAP_NEAR_MM = 0.3, 0.5, 2.0
# Marks this near are one; columns begin evenly to this.
SAME_MARK_MM, EVEN_MM = 0.8, 1.0
MOST_INSET_MM, LAST_SAMPLE_MM = 0.6, 0.05
# Pens reach beyond a strip by this.
PEN_REACH_MM = 1.0
# Scale at which activities are compared.
BEATS_PX_PER_MM = 2.5
# Signs of a heart: energy within so much of maxima, rest of so much before and after complexes.
AT_MAXIMUM_MM, REST_MM = 2.0, 1.0
# Prior logit, the most that energy may speak for a heart; (mean, spread) of hearts and others.
HEART_LOGIT, MOST_ENERGY = 6.0, 0.5
# Below this probability a page is refused.
LEAST_ECG = 0.02
HEART_ENERGY, OTHER_ENERGY, HEART_STEP = (0.8, 0.1), (0.45, 0.13), (0.15, 0.03)

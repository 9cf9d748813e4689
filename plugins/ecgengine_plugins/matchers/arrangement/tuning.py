"""What the arrangement posterior may be tuned by: priors, likelihoods and what is looked at."""

from __future__ import annotations

import math

NAME_FROM_MM, NAME_TO_MM = (-14.0, -26.0), (16.0, 16.0)
"""How far (x, y) from the start of its strip the left edge and middle of a name may stand."""

NAME_SPREAD_MM = (1.5, 1.5)
NAME_TAIL = 2.5
NAME_LOG_RATIO, NAME_AT_ZERO, NAME_SLOPE = (-2.0, 10.0), 6.0, 4.0
"""Log-likelihood ratio of a word at the place of names, by the highest of its logits."""

NAME_SHARPNESS, NAME_MISREAD = 2.0, 0.005
"""Which name it is: a softmax of so many times the logits, or with the rest any."""

MOST_PLACES = 6
ORDER_ROUNDS = 20
LIKELY_WORD = 0.1

PRINTED = ((0.0, 0.06), (0.6, 0.24), (0.94, 0.7))
"""(Share of strips whose name is printed and seen, prior) of kinds of pages."""

MOST_RHYTHMS, MOST_COLUMNS = 3, 6

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
_OTHER_STRUCTURE, _SEVERAL_IN_ONE_ROW = 0.003, 2e-5


def structure_log_prior(strips: tuple[int, ...], *, named: bool) -> float:
    """Give the log prior of a structure; carts print few of all that are possible."""
    rare = _OTHER_STRUCTURE * (2 if named else 1)
    if len(strips) == 1:
        rare = _SEVERAL_IN_ONE_ROW
    return math.log(_STRUCTURES.get(strips, rare))


KNOWN_ORDER, ANY_ORDER, NO_ORDER = 0.9, 0.06, 0.04
CABRERA = 0.06
ONE_LEAD = 0.5

RHYTHM_PRIOR = {"II": 0.66, "V1": 0.13, "V5": 0.09, "V2": 0.02, "V6": 0.01}
OTHER_RHYTHM = 0.01

ROW_SEEN = (-1.5, 7.0)
ROW_OFF_GRID = -3.0

ACTIVITY_SMOOTH_MM = 0.3
LEAST_COVERED = 0.4
MARGIN_SHARE = 0.06
SAME_TIME, OTHER_SPREAD = (0.04, 0.06), 0.05
LEAST_ALIKE, SHIFT_MM = 0.25, 40.0

SIMULTANEOUS = {2: 0.2, 3: 0.05, 4: 0.04, 5: 0.04, 6: 0.1}
ROW_SECONDS = ((10.0, 0.06, 0.62), (5.0, 0.08, 0.08), (2.5, 0.08, 0.03), (9.0, 0.6, 0.27))
COLUMN_SECONDS = ((10.0, 0.06, 0.35), (5.0, 0.08, 0.3), (2.5, 0.08, 0.2), (6.0, 0.8, 0.15))

SPEED_PRIOR = (0.003, 0.95, 0.045, 0.002)
GAIN_PRIOR = (0.004, 0.035, 0.955, 0.006)
SCALE_READ, SCALE_AT_ZERO, SCALE_SLOPE, SCALE_LOG_RATIO = 0.75, 2.0, 3.5, (-3.0, 6.0)
PULSE_REAL = (0.5, 0.997)
PULSE_HEIGHT_SPREAD = 0.035
PULSE_HEIGHT_MM = (2.0, 30.0)
PULSE_WIDTH_REAL, PULSE_WIDTH_SPREAD = 0.2, 0.06
PULSE_WIDTH_MM = (1.0, 13.0)

BEAT_S, BEAT_SPREAD = 0.78, (0.3, 0.9, 0.2)
QRS_S, QRS_SPREAD, SMEARED_MM = 0.05, (0.25, 0.6, 0.2), 1.8
T_S, T_POWER, T_SPREAD = 0.272, 0.45, (0.14, 0.5, 0.25)


MARK_SEEN, NO_MARKS, MARK_MM = 0.75, 0.4, 1.5
SURE = 0.98

SAME_ROW_MM, SAME_START_MM = 3.0, 3.0
GOING_ON, GOING_ON_ELSE = {2: 0.5, 3: 0.5, 4: 0.7, 5: 0.7, 6: 0.15}, 0.03
PAGE_S = 10.0
STRAY_MARK, MOST_STRAY, MARK_BY_CHANCE = 0.1, 2, 0.12
ANY_ORDER_UNKNOWN = 0.6
LIKENESS = (0.04, 0.15, 0.1)
AGREEMENT = (0.06, 0.1, 0.04)
MOST_WEIGHED, WORTH_WEIGHING = 12, 12.0
TELLING = 1.0
CLEAR_LOGIT = -0.6
TALLEST_MM, REACH_ROWS, BESIDE_MM = 28.0, 1.5, 2.0
WORTH_NAMING = 0.5
COMPLEX_MM, CLOSEST_BEATS_MM, BEAT_ACTIVITY = (2.5, 4.0), 8.0, 0.6
COMPLEXES = (0.04, 0.2, 0.1)
COLUMN_GAP_MM, SHORTEST_COLUMN_MM, INKED_ROWS = 1.5, 14.0, 0.34
UNEVEN_MM, UNEVEN_SHARE = 1.5, 0.06
PEN_REACH_MM = 1.0
BEATS_PX_PER_MM = 2.5
AT_MAXIMUM_MM, REST_MM = 2.0, 1.0
HEART_LOGIT, MOST_ENERGY = 6.0, 0.5
HEART_ENERGY, OTHER_ENERGY, HEART_STEP = (0.8, 0.1), (0.45, 0.13), (0.15, 0.03)

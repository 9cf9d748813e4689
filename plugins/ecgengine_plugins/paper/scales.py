"""Usual scales of ECG paper: speeds, gains, and the calibration pulse that shows both.

25 mm/s and 10 mm/mV are the standard (P. Kligfield and others, "Recommendations for the
standardization and interpretation of the electrocardiogram, part I", 2007); carts also have 50 mm/s
and 5 and 20 mm/mV, which IEC 60601-2-25 asks for, and many their halves and doubles.
"""

from __future__ import annotations

USUAL_SPEED_MM_PER_S, FAST_SPEED_MM_PER_S = 25.0, 50.0
SPEEDS_MM_PER_S = (12.5, USUAL_SPEED_MM_PER_S, FAST_SPEED_MM_PER_S, 100.0)

USUAL_GAIN_MM_PER_MV = 10.0
GAINS_MM_PER_MV = (2.5, 5.0, USUAL_GAIN_MM_PER_MV, 20.0)

PULSE_MV, PULSE_S = 1.0, 0.2
"""What every calibration pulse stands for; its duration is a custom, so widths are a weak sign."""

PULSE_WIDTH_MM = PULSE_S * USUAL_SPEED_MM_PER_S
PULSE_HEIGHT_MM = PULSE_MV * USUAL_GAIN_MM_PER_MV

USUAL_PEN_MM = 0.3
"""Width of a line of a lead, where it cannot be measured."""

_STEP_S, _NEAR_SHARE, _NEAR_S = 0.5, 0.012, 0.1


def printed_seconds(seconds: float) -> float:
    """Give how long a strip lasts that measures so many seconds: whole halves are printed.

    What lies farther than 1.2 % or 0.1 s from a half second lasts what it measures.
    """
    nearest = round(seconds / _STEP_S) * _STEP_S
    near = abs(seconds - nearest) <= min(_NEAR_SHARE * seconds, _NEAR_S)
    return nearest if near and nearest > 0 else seconds

"""Settle gain and paper speed by the user, the calibration pulse, printed text, or usage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecgengine.data.hints import Hints
from ecgengine.data.strips import Calibration, CalibrationSource
from ecgengine_plugins.paper import scales
from ecgengine_plugins.paper.pulses.beside_rows import Pulse

_GAINS = (*scales.GAINS_MM_PER_MV, 40.0)
_RARE_GAINS = (2.5, 40.0)
_TOLERANCE = 0.12
_WIDTH_TOLERANCE = 0.3
_FAST = scales.FAST_SPEED_MM_PER_S
_PULSE_S = scales.PULSE_S
_FAST_TOLERANCE = 0.1


def calibrate(
    pulses: Sequence[Pulse],
    printed: tuple[float | None, float | None],
    hints: Hints,
    x_mm: float,
    y_mm: float,
) -> tuple[Calibration, tuple[str, ...]]:
    """Settle gain and speed; `printed` is what was read as (mm/mV, mm/s). Gives notes too."""
    notes: list[str] = []
    gain, gain_source = _gain(pulses, printed[0], hints, y_mm, notes)
    speed, speed_source = _speed(pulses, printed[1], hints, x_mm, notes)
    return Calibration(gain, speed, gain_source, speed_source), tuple(notes)


def _gain(
    pulses: Sequence[Pulse],
    printed: float | None,
    hints: Hints,
    y_mm: float,
    notes: list[str],
) -> tuple[float, CalibrationSource]:
    if hints.gain_mm_per_mv is not None:
        return hints.gain_mm_per_mv, "given"
    height = float(np.median([p.foot_px - p.top_px for p in pulses])) / y_mm if pulses else None
    measured = None if height is None else _nearest(height, _GAINS)
    text = None if printed is None else _nearest(printed, _GAINS)
    if measured in _RARE_GAINS and text != measured:
        # What is so low or high is more often a wave or a letter than a pulse.
        notes.append(
            f"what looks like a calibration pulse of {height:.1f} mm was not believed; "
            "set --gain if it is meant"
        )
        measured = height = None
    if measured is not None:
        if text is not None and text != measured:
            notes.append(
                f"the page says {text:g} mm/mV, but its calibration pulse is {height:.1f} mm high; "
                "the pulse was used, set --gain to overrule"
            )
        return measured, "pulse"
    if height is not None:
        notes.append(
            f"the calibration pulse is {height:.1f} mm high, which is no usual gain; "
            "set --gain if it is meant"
        )
    if text is not None:
        return text, "text"
    return scales.USUAL_GAIN_MM_PER_MV, "default"


def _speed(
    pulses: Sequence[Pulse],
    printed: float | None,
    hints: Hints,
    x_mm: float,
    notes: list[str],
) -> tuple[float, CalibrationSource]:
    if hints.speed_mm_per_s is not None:
        return hints.speed_mm_per_s, "given"
    text = None if printed is None else _nearest(printed, scales.SPEEDS_MM_PER_S)
    speed = scales.USUAL_SPEED_MM_PER_S if text is None else text
    widths = [p.right_px - p.left_px for p in pulses if p.whole]
    if widths:
        width = float(np.median(widths)) / x_mm
        if text is None and abs(width - _PULSE_S * _FAST) < _FAST_TOLERANCE * _PULSE_S * _FAST:
            notes.append(
                f"the calibration pulse is {width:.1f} mm wide, which is {_PULSE_S:g} s at "
                f"{_FAST:g} mm/s; set --speed if the paper ran at another speed"
            )
            return _FAST, "pulse"
        if abs(width - _PULSE_S * speed) > _WIDTH_TOLERANCE * _PULSE_S * speed:
            notes.append(
                f"the calibration pulse is {width:.1f} mm wide where {speed:g} mm/s suggests "
                f"{_PULSE_S * speed:g} mm; set --speed if the paper ran at another speed"
            )
    return speed, "default" if text is None else "text"


def _nearest(value: float, usual: Sequence[float]) -> float | None:
    for one in usual:
        if abs(value - one) <= _TOLERANCE * one:
            return one
    return None

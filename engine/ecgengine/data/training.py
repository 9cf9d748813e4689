"""What a training tells while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """How far a training is and how well it does.

    Attributes:
        step: steps done.
        steps: steps in all.
        loss: mean loss since the last report.
        score: validation score, higher is better; None where it was not measured.
    """

    step: int
    steps: int
    loss: float
    score: float | None = None


Progress = Callable[[TrainingStep], None]
"""Told now and then how a training does."""

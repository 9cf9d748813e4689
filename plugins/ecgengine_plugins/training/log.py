"""Give the log of a training as CSV, and as a picture of its curves."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from ecgengine.data.training import TrainingStep

_WIDTH, _HEIGHT, _MARGIN = 640, 300, 40


def as_csv(log: Sequence[TrainingStep]) -> str:
    """Give step, loss and validation score, a row each report."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("step", "loss", "score"))
    for each in log:
        score = "" if each.score is None else f"{each.score:.5f}"
        writer.writerow((each.step, f"{each.loss:.5f}", score))
    return text.getvalue()


def as_svg(log: Sequence[TrainingStep]) -> str:
    """Draw loss (gray, against its own largest after the start) and score (blue, 0 to 1)."""
    losses = [(each.step, each.loss) for each in log]
    scores = [(each.step, each.score) for each in log if each.score is not None]
    settled = [loss for _, loss in losses[len(losses) // 10 :]]
    top = max(settled, default=1.0)
    curves = (
        _curve([(step, min(loss / top, 1.0)) for step, loss in losses], log[-1].steps, "#888"),
        _curve([(step, score) for step, score in scores], log[-1].steps, "#06c"),
    )
    last = f"step {log[-1].step}: loss {log[-1].loss:.4f}"
    if scores:
        last += f", score {scores[-1][1]:.4f}"
    frame = (
        f'<path d="M{_MARGIN} 10V{_HEIGHT - _MARGIN}H{_WIDTH - 10}" fill="none" stroke="#000"/>'
        f'<text x="{_MARGIN}" y="{_HEIGHT - 12}" font-family="sans-serif" font-size="13">'
        f"loss (gray, full height {top:.3f}) and validation score (blue, 0 to 1); {last}</text>"
    )
    body = frame + "".join(curves)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">{body}</svg>\n'
    )


def _curve(points: Sequence[tuple[int, float]], steps: int, color: str) -> str:
    wide, high = _WIDTH - _MARGIN - 10, _HEIGHT - _MARGIN - 10
    places = " ".join(
        f"{_MARGIN + wide * step / steps:.1f},{10 + high * (1 - value):.1f}"
        for step, value in points
    )
    return f'<polyline points="{places}" fill="none" stroke="{color}" stroke-width="1.5"/>'

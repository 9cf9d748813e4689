from __future__ import annotations

import sys

import numpy as np
import pytest

from ecgengine.compare.sharing import SharedSteps
from ecgengine.plugins.calling import Outcome

INK, NET = ("segmenter", "ink"), ("segmenter", "net")
FIRST, SECOND = ("extractor", "first"), ("extractor", "second")


class Counting:
    def __init__(self) -> None:
        self.runs: list[object] = []

    def __call__(self, value: object) -> Outcome[object]:
        self.runs.append(value)
        if isinstance(value, Exception):
            raise value
        return Outcome(value, 0.5)


def test_a_step_reached_the_same_way_runs_once() -> None:
    steps, count = SharedSteps(), Counting()
    for extractor in (FIRST, SECOND):
        steps.start()
        assert steps((INK,), lambda: count("map")).value == "map"
        assert steps((INK, extractor), lambda e=extractor: count(e)).value == extractor
    assert count.runs == ["map", FIRST, SECOND]


def test_the_same_step_after_another_one_runs_again() -> None:
    steps, count = SharedSteps(), Counting()
    for segmenter in (INK, NET):
        steps((segmenter,), lambda: count("map"))
        steps((segmenter, FIRST), lambda: count("trace"))
    assert count.runs == ["map", "trace", "map", "trace"]


def test_a_step_that_raised_raises_again_without_running() -> None:
    steps, count = SharedSteps(), Counting()
    for _ in range(2):
        with pytest.raises(ValueError, match="blank"):
            steps((INK,), lambda: count(ValueError("blank")))
    assert len(count.runs) == 1


def test_seconds_count_shared_steps_for_each_combination() -> None:
    steps = SharedSteps()

    def slow() -> Outcome[None]:
        deadline = np.arange(400_000).repeat(3)
        return Outcome(deadline.sort(), 0.0)

    steps((INK,), slow)
    alone = steps.seconds
    steps.start()
    assert steps.seconds == 0
    steps((INK,), slow)
    steps((INK, FIRST), slow)
    assert steps.seconds > alone > 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a stretch")
def test_the_peak_is_that_of_the_way_gone() -> None:
    steps = SharedSteps()
    steps((NET,), lambda: Outcome(float(np.ones(60_000_000, np.float32).sum()), 0.0))
    much = steps.peak_mb
    steps.start()
    steps((INK,), lambda: Outcome(1.0, 0.0))
    assert steps.peak_mb < much - 150


def test_what_is_known_is_made_of_what_came_before_and_costs_nothing() -> None:
    steps, count = SharedSteps({"extractor": lambda trace_map: f"true {trace_map}"}), Counting()
    steps((INK,), lambda: count("map"))
    seconds = steps.seconds
    assert steps((INK, FIRST), lambda: count("never")).value == "true map"
    assert steps.seconds == seconds
    assert count.runs == ["map"]

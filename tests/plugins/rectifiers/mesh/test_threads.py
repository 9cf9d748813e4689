from __future__ import annotations

import threading

import cv2
import pytest

from ecgengine_plugins.rectifiers.mesh.threads import in_threads


def test_results_come_in_the_order_of_their_jobs() -> None:
    assert in_threads(lambda number: number**2, range(20)) == [number**2 for number in range(20)]


def test_an_error_of_a_job_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda number: 1 // number, (2, 1, 0))


def test_as_many_threads_work_as_opencv_may_use() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        meeting = threading.Barrier(2, timeout=60)
        assert sorted(in_threads(lambda _: meeting.wait(), range(2))) == [0, 1]
    finally:
        cv2.setNumThreads(before)

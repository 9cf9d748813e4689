from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecgengine.compare.figures import LeadFigures, PageFigures
from ecgengine.compare.store import PageResult, Reading, Store
from ecgengine.errors import OutputExistsError

NAN = float("nan")


def result(name: str = "a") -> PageResult:
    lead = LeadFigures(20.0, 5.0, 0.05, 0.99, 0.01, NAN)
    read = PageFigures(
        name, "viterbi", "photo", "3x4", "3x4", ratio=100.0, leads={"II": lead}, seconds=1.5
    )
    failed = PageFigures(name, "ink+column", failure="blank")
    leads = {"II": np.array([0.1, np.nan], np.float32)}
    curves = (np.array([[1, 2], [np.nan, 3]], np.float32), np.zeros((0, 2), np.float32))
    return PageResult((read, failed), {"viterbi": Reading(leads, curves)})


def test_a_page_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path, "plan")
    assert store.finished() == set()
    store.save("a", result())
    again = Store(tmp_path, "plan")
    assert again.finished() == {"a"}
    first, second = again.figures("a")
    assert second == PageFigures("a", "ink+column", failure="blank", **nans(second))
    assert (first.db, first.leads["II"].pearson_r) == (20.0, 0.99)
    assert np.isnan(first.leads["II"].qrs_error_mv)
    reading = again.reading("a", "viterbi")
    assert reading is not None
    np.testing.assert_array_equal(reading.leads_mv["II"], np.float32([0.1, np.nan]))
    assert [curve.shape for curve in reading.curves_px] == [(2, 2), (0, 2)]
    assert again.reading("a", "ink+column") is None


def nans(figures: PageFigures) -> dict[str, float]:
    """NaN equals itself only as the same object."""
    names = ("heart_rate_error_bpm", "seconds", "peak_mb")
    return {name: getattr(figures, name) for name in names}


def test_pages_of_another_plan_are_not_taken_over(tmp_path: Path) -> None:
    Store(tmp_path, "plan").save("a", result())
    with pytest.raises(OutputExistsError, match="another comparison"):
        Store(tmp_path, "other plan")
    assert Store(tmp_path, "other plan", force=True).finished() == set()
    assert Store(tmp_path, "other plan").finished() == set()


def test_what_a_killed_process_left_half_written_is_no_page(tmp_path: Path) -> None:
    store = Store(tmp_path, "plan")
    store.save("a", result())
    pages = tmp_path / "pages"
    (pages / ".ecgengine-77-abc.new").write_bytes(b"half")
    (pages / "b.npz").write_bytes(b"pictures without figures")
    again = Store(tmp_path, "plan")
    assert again.finished() == {"a"}
    assert not list(pages.glob(".ecgengine-*"))
    again.save("b", result("b"))
    assert again.finished() == {"a", "b"}

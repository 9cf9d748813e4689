from __future__ import annotations

from ecgengine.data.layout import Layout
from ecgengine_plugins.matchers.fitting import Fit, cell_span, fit_layout
from ecgengine_plugins.matchers.timeline import Timeline
from ecgengine_plugins.paper.layouts import LAYOUTS
from ecgengine_plugins.paper.lettering.words import Name

X_MM = 8.0
TIMELINE = Timeline(100.0, 2100.0, 2100.0, usual=True)
BASELINES = (200.0, 400.0, 600.0, 800.0)
LAYOUT = next(layout for layout in LAYOUTS if layout.name == "3x4+1")


def name(lead: str, row: int, cell: int, below_px: float, score: float = 0.8) -> Name:
    """A name as wide as it is high, 2 mm after where its cell begins."""
    x = cell_span(LAYOUT, LAYOUT.rows[row][cell], TIMELINE)[0] + 2 * X_MM
    y = BASELINES[row] + below_px
    return Name(lead, (x, y - 12, x + 24, y + 12), score)


def names(layout: Layout, count: int, below_px: float) -> list[Name]:
    """The first names of the short leads."""
    cells = [(row, cell) for row in range(3) for cell in range(4)]
    return [
        name(layout.rows[row][cell].lead or "", row, cell, below_px) for row, cell in cells[:count]
    ]


def fit(printed: list[Name]) -> Fit:
    return fit_layout(LAYOUT, BASELINES, TIMELINE, printed, (), X_MM)


def test_names_stand_at_the_distance_where_most_agree() -> None:
    found = fit(names(LAYOUT, 9, 20.0) + names(LAYOUT, 8, -80.0))
    assert found.matches == 9


def test_a_speck_like_an_i_displaces_no_name() -> None:
    printed = names(LAYOUT, 12, 40.0)
    rhythm = name("V1", 3, 0, 40.0, score=0.6)
    for order in ([name("I", 3, 0, 42.0, score=0.9), rhythm], [rhythm, name("I", 3, 0, 42.0)]):
        assert fit(printed + order).printed[3, 0].lead == "V1"


def test_the_name_that_a_cell_should_have_counts() -> None:
    printed = [*names(LAYOUT, 12, 40.0), name("V6", 0, 0, 42.0, score=0.99)]
    found = fit(printed)
    assert found.printed[0, 0].lead == "I"
    assert (found.matches, found.conflicts) == (12, 0)

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from ecgengine.data.source import Source
from ecgengine.errors import UnreadableInputError, UsageError
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.synthetic import SyntheticDataset

FIRST_PAGE = {
    "I": 37.006,
    "aVR": -36.262,
    "V1": -27.677,
    "V4": 48.702,
    "II": 102.181,
    "aVL": 26.718,
    "V2": -21.641,
    "V5": 59.662,
    "III": -13.443,
    "aVF": 9.544,
    "V3": 2.304,
    "V6": 42.004,
}
"""Sum of the printed samples of each lead in mV."""


FREE_PAGES = {
    "6x2": (7.792, 289.604),
    "6x1-goes-on": (36.6, 1369.004),
    "3x4+1": (10.0, 417.263),
    "3x4-roll": (16.92, 490.519),
}
"""Last second and sum of all printed samples in mV of the first renders, by what they print."""


def dataset(**options: object) -> SyntheticDataset:
    return SyntheticDataset(SyntheticOptions.model_validate(options))


def test_sources_take_turns() -> None:
    names = dataset(pages=20).names()
    assert names[0] == "00000-render"
    assert len(names) == 20
    found = Counter(name.split("-", 1)[1] for name in names)
    assert set(found) == set(Source)
    assert dataset(pages=2, sources="photo, screen").names() == ("00000-photo", "00001-screen")


def test_the_validation_set_is_fixed() -> None:
    names = dataset(which="val-v1").names()
    assert len(names) == 90
    assert Counter(name.split("-", 1)[1] for name in names) == dict.fromkeys(Source, 10)
    assert names == dataset(which="val-v1", masks=True).names()
    leads = dataset(which="val-v1").load("00000-render").leads.leads_mv
    # What is printed must never change; how it is drawn may get better.
    assert {name: float(np.nansum(x)) for name, x in leads.items()} == pytest.approx(
        FIRST_PAGE, abs=0.002
    )


def test_the_validation_set_of_free_arrangements_is_fixed() -> None:
    names = dataset(which="val-v2").names()
    assert Counter(name.split("-", 1)[1] for name in names) == dict.fromkeys(Source, 10)
    renders = [name for name in names if name.endswith("render")][:4]
    found = {}
    for case in map(dataset(which="val-v2").load, renders):
        assert case.truth is not None
        ends_s = [strip.start_s + strip.duration_s for strip in case.truth.strips]
        sums_mv = [float(np.nansum(samples)) for samples in case.leads.leads_mv.values()]
        found[case.layout] = (round(max(ends_s), 3), pytest.approx(sum(sums_mv), abs=0.002))
    assert found == FREE_PAGES


def test_a_share_of_pages_is_arranged_freely() -> None:
    some, none = dataset(pages=200, free=0.5), dataset(pages=200)
    free = [some._recipe(name).free for name in some.names()]
    assert 0.4 < np.mean(free) < 0.6
    assert not any(none._recipe(name).free for name in none.names())
    # The others are the same as without.
    name = some.names()[free.index(False)]
    assert some.load(name).file == none.load(name).file


def test_layouts_are_as_common_as_on_carts() -> None:
    chosen = [dataset(pages=400)._recipe(name).layout.name for name in dataset(pages=400).names()]
    counts = Counter(chosen)
    assert 0.3 < counts["3x4+1"] / 400 < 0.5
    assert len(counts) >= 15
    only = dataset(pages=30, layouts="6x2,12x1")
    assert {only._recipe(name).layout.name for name in only.names()} == {"6x2", "12x1"}


def test_another_process_makes_the_same_page() -> None:
    code = (
        "from hashlib import sha256\n"
        "from ecgengine_plugins.datasets.options import SyntheticOptions\n"
        "from ecgengine_plugins.datasets.synthetic import SyntheticDataset\n"
        "made = SyntheticDataset(SyntheticOptions(seed=3, sources='mould-color'))\n"
        "print(sha256(made.load('00001-mould-color').file).hexdigest())\n"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = dataset(seed=3, sources="mould-color").load("00001-mould-color").file
    assert there.stdout.strip() == sha256(here).hexdigest()


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"which": "val-v0"}, UsageError, "val-v1"),
        ({"sources": "render,tapestry"}, UsageError, "tapestry"),
        ({"layouts": "4x4"}, UsageError, "3x4"),
        ({"records": "nowhere"}, UnreadableInputError, "nowhere"),
    ],
)
def test_wrong_settings_say_what_there_is(
    options: dict[str, str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        dataset(**options)


def test_records_are_found_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.csv", "deep/a.hea", "deep/note.txt"):
        (tmp_path / name).touch()
    found = dataset(records=str(tmp_path))._records
    assert [path.name for path in found] == ["b.csv", "a.hea"]

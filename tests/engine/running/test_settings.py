"""What a user says about pages, as hints and as layouts."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from ecgengine.data.layout import LEADS
from ecgengine.errors import PluginError, UsageError
from ecgengine.plugins.kinds import LAYOUT
from ecgengine.running.settings import Settings, make_pipeline

TEXT = """
[[layout]]
name = "ward"
rows = ["I II", "V1 V2"]
seconds = 10

[[layout]]
name = "3x4+1"
rows = ["V6"]
seconds = 8
"""


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    path = tmp_path / "ward.toml"
    path.write_text(TEXT)
    return path


def test_names_of_strips_travel_as_they_are_told() -> None:
    hints = Settings.of(leads=["I", "-aVR", "-", "V1"], rhythm=["II"]).hints
    assert hints.leads == ("I", "-aVR", "-", "V1")
    assert hints.rhythm == ("II",)
    assert Settings.of().hints.leads is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"leads": ["I", "V7"]}, "V7"),
        ({"leads": ["--"]}, "-"),
        ({"leads": [""]}, ""),
        ({"leads": "I,II"}, ","),
        ({"rhythm": ["V7"]}, "V7"),
        ({"rhythm": ["-"]}, "-"),
    ],
)
def test_a_lead_that_does_not_exist_is_refused(given: dict[str, list[str]], name: str) -> None:
    with pytest.raises(UsageError, match=f"there is no lead '{name}'; use {', '.join(LEADS)}"):
        Settings.of(**given)  # type: ignore[typeddict-item]


def test_own_layouts_stand_beside_the_known_ones_and_replace_their_namesakes(ward: Path) -> None:
    pipeline = make_pipeline(layout_files=[ward], layout="ward")
    known = {plugin.name for plugin in make_pipeline().manager.plugins(LAYOUT)}
    for manager in (pipeline.manager, pickle.loads(pickle.dumps(pipeline.manager))):
        found = manager.plugins(LAYOUT)
        assert [plugin.name for plugin in found[:2]] == ["3x4+1", "ward"]
        assert sorted(plugin.name for plugin in found) == sorted({"ward", *known})
        assert [cell.lead for cell in manager.select(LAYOUT, "ward").build().rows[0]] == ["I", "II"]
        assert manager.select(LAYOUT, "3x4+1").build().duration_s == 8
        assert manager.select(LAYOUT, "3x4").build().duration_s == 10


def test_layouts_are_told_before_any_page(ward: Path, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"no layout is called '5x5'; there are: 3x4.1, ward, "):
        make_pipeline(layout_files=[ward], layout="5x5")
    with pytest.raises(PluginError, match="no layout is called 'ward'"):
        make_pipeline(layout="ward")
    with pytest.raises(UsageError, match="cannot be read"):
        make_pipeline(layout_files=[tmp_path / "missing.toml"])

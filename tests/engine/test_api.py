"""The engine as a Python call."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ecgengine
from ecgengine.data.layout import LEADS
from ecgengine.errors import PluginError, QualityError, UnreadableInputError, UsageError
from ecgengine.running.settings import make_pipeline
from ecgengine.truth.sample import make_page

NAMES = """
from ecgengine import StagePlugin, hookimpl

class Names:
    def render(self, result):
        return {}

    def render_batch(self, recordings):
        return {"all.txt": str(len(recordings)).encode()}

@hookimpl
def ecgengine_writers():
    yield StagePlugin(name="names", factory=lambda options: Names(), summary="names")
"""


@pytest.fixture(scope="module")
def two_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TIFF of two pages, with and without a pulse."""
    path = tmp_path_factory.mktemp("pages") / "two.tif"
    first, second = (Image.fromarray(make_page(pulse=p).page.image) for p in (True, False))
    buffer = BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=[second], compression="tiff_lzw")
    path.write_bytes(buffer.getvalue())
    return path


def test_one_page_gives_one_recording(two_pages: Path) -> None:
    recording = ecgengine.digitize(two_pages, extractor="column", fs_hz=250)
    assert recording.name == "two"
    assert recording.fs_hz == 250
    assert [lead.name for lead in recording.standard_leads] == list(LEADS)
    assert recording.full_mv("II").shape == (2500,)
    used = {stage.kind: stage.name for stage in recording.provenance}
    assert used["extractor"] == "column"
    assert list(used) == [
        *("classifier", "preprocessor", "rectifier", "segmenter", "matcher"),
        *("extractor", "assembler"),
    ]
    with pytest.raises(UnreadableInputError, match="has no page 3"):
        ecgengine.digitize(two_pages, page=3)


def test_every_page_in_turn(two_pages: Path) -> None:
    read = ecgengine.digitize_pages(two_pages, rectifier="grid", extractor="column")
    names = [recording.name for recording in read]
    assert names == ["two", "two_p2"]


def test_files_are_written_and_a_bad_one_stops_no_other(two_pages: Path, tmp_path: Path) -> None:
    paths = [tmp_path / "missing.png", two_pages]
    formats = ["csv", "names"]
    (tmp_path / "names.py").write_text(NAMES)
    batch = ecgengine.digitize_files(
        *(paths, tmp_path / "out"),
        formats=formats,
        extractor="column",
        plugin_files=[tmp_path / "names.py"],
    )
    assert [written.recording.name for written in batch.pages] == ["two", "two_p2"]
    assert [written.page.number for written in batch.pages] == [1, 2]
    assert [path.name for path in batch.files] == ["all.txt"]
    (failure,) = batch.failures
    assert (failure.path, failure.exit_code) == (str(paths[0]), 3)
    there = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert sorted(there) == ["all.txt", "two.csv", "two_p2.csv"]
    rendered = ecgengine.render(two_pages, formats=["csv"], extractor="column")
    assert rendered == {"two.csv": there["two.csv"]}


def test_what_is_below_the_required_status_is_refused(tmp_path: Path) -> None:
    page = Image.fromarray(make_page().page.image)
    page.paste("white", (1750, 350, 2376, 1150))
    page.save(tmp_path / "page.png")
    with pytest.raises(QualityError, match="'ok' was required"):
        ecgengine.digitize(tmp_path / "page.png", require="ok", extractor="column")


def test_every_sheet_of_a_picture_in_turn(tmp_path: Path) -> None:
    page = Image.fromarray(make_page(pulse=True).page.image)
    desk = Image.new("RGB", (page.width + page.height, page.width), "dimgray")
    desk.paste(page.rotate(90, expand=True), (0, 0))
    desk.paste(page.resize((page.width - 400, page.height - 300)), (1800, 200))
    desk.save(tmp_path / "desk.png")
    given = {"extractor": "column", "layout": "3x4+1"}
    (largest,) = ecgengine.digitize_pages(tmp_path / "desk.png", **given)
    both = list(ecgengine.digitize_pages(tmp_path / "desk.png", every_sheet=True, **given))
    assert [recording.name for recording in both] == ["desk", "desk_s2"]
    first, second = ([stage.name for stage in each.provenance] for each in both)
    assert first == second
    assert first.count("mesh") == 1
    assert any("2 sheets" in note for note in largest.notes)
    np.testing.assert_array_equal(both[0].full_mv("II"), largest.full_mv("II"))
    assert np.corrcoef(both[0].full_mv("II")[50:-50], both[1].full_mv("II")[50:-50])[0, 1] > 0.95


def test_options_reach_their_plugin_and_a_known_source_needs_no_classifier(
    two_pages: Path,
) -> None:
    recording = ecgengine.digitize(
        two_pages,
        source="render",
        options={"assembler": {"bridge_s": 0.1}},
        rectifier="grid",
        extractor="column",
    )
    used = {stage.kind: stage for stage in recording.provenance}
    assert "classifier" not in used
    assert used["assembler"].options["bridge_s"] == 0.1
    assert all(stage.provider == "ecgengine 0.1.0" for stage in recording.provenance)
    assert all(stage.seconds > 0 for stage in recording.provenance)
    assert recording.seconds == sum(stage.seconds for stage in recording.provenance)


def test_a_layout_of_a_file_is_obeyed(two_pages: Path, tmp_path: Path) -> None:
    rows = '"I aVR V1 V4", "II aVL V2 V5", "III aVF V3 V6"'
    text = f'[[layout]]\nname = "ward"\nrows = [{rows}]\nrhythm = ["II"]\nseconds = 10\n'
    (tmp_path / "ward.toml").write_text(text)
    recording = ecgengine.digitize(
        two_pages,
        layout="ward",
        layout_files=[tmp_path / "ward.toml"],
        rectifier="grid",
        extractor="column",
    )
    assert recording.layout == "ward"
    assert all(lead.samples_mv.size for lead in recording.standard_leads)


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"extracter": "column"}, UsageError, "no setting called extracter"),
        ({"extractor": "magic"}, PluginError, "no extractor is called 'magic'"),
        ({"source": "fax"}, UsageError, "no source is called 'fax'"),
        ({"fs_hz": -1}, UsageError, "positive"),
        ({"px_per_mm": (8, 0)}, UsageError, "positive"),
        ({"leads": ["I", "V7"]}, UsageError, "there is no lead 'V7'"),
        ({"layout_files": ["missing.toml"]}, UsageError, "missing.toml cannot be read"),
        ({"layout": "5x5"}, PluginError, "no layout is called '5x5'"),
        ({"options": {"extractor": {"x": 1}}}, UsageError, "no extractor in use has an option"),
        ({"plugin_files": [Path("missing.py")], "strict_plugins": True}, PluginError, "missing.py"),
    ],
)
def test_wrong_settings_are_told_before_any_page(
    settings: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        make_pipeline(**settings)  # type: ignore[arg-type]

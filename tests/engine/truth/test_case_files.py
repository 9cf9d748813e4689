from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine.data.strips import Calibration
from ecgengine.ecg.signals import Signals
from ecgengine.errors import UnreadableInputError
from ecgengine.geometry.paper_map import PaperMap
from ecgengine.running.files import write_files
from ecgengine.truth.case import Case, PageTruth, PrintedStrip, PrintedWord
from ecgengine.truth.case_files import FORMAT, case_files, read_case

NUMBERS = np.random.default_rng(7)
IMAGE = NUMBERS.integers(0, 256, (90, 120, 3), dtype=np.uint8)


def encoded(image: np.ndarray, suffix: str = ".png") -> bytes:
    return cv2.imencode(suffix, image[:, :, ::-1])[1].tobytes()


def signals(fs_hz: float = 500.0, seconds: float = 2.0) -> Signals:
    leads = {name: NUMBERS.normal(0, 1, round(seconds * fs_hz)) for name in ("I", "aVR", "V6")}
    leads["aVR"][: leads["aVR"].size // 2] = np.nan
    leads["V6"][:] = np.nan
    return Signals(fs_hz, leads)


def strip(lead: str, points: int, **more: object) -> PrintedStrip:
    line = NUMBERS.normal(0, 50, (points, 2)).astype(np.float32)
    place = {"row": 1, "rhythm": False, "start_s": 0.1, "duration_s": 2.5, "x_mm": 1 / 3}
    return PrintedStrip(lead=lead, zero_mm=60.7, centerline_mm=line, **(place | more))  # type: ignore[arg-type]


def made_case() -> Case:
    truth = PageTruth(
        record="00123_hr",
        calibration=Calibration(20.0, 50.0, "given", "given"),
        paper_mm=(297.0, 210.0),
        px_per_mm=7.87,
        grid_mm=(None, 5.0),
        pen_mm=0.35,
        paper_map=PaperMap(NUMBERS.normal(100, 50, (4, 5, 2)), 31.7),
        strips=(
            strip("I", 40, name_box_mm=(1.0, 2.5, 3.1, 4.0)),
            strip("aVR", 0, inverted=True),
            strip("V6", 3, rhythm=True, row=3),
        ),
        rules_mm=(NUMBERS.normal(0, 9, (6, 2)).astype(np.float32),),
        pulses_mm=(NUMBERS.normal(0, 9, (6, 2)).astype(np.float32),),
        average_beats_mm=(NUMBERS.normal(0, 9, (9, 2)).astype(np.float32),),
        words=(
            PrintedWord("I", (1.0, 2.5, 3.1, 4.0)),
            PrintedWord("50 mm/s", (12.0, 200.5, 20.25, 203.0)),
            PrintedWord("20 mm/mV", (22.0, 200.5, 32.5, 203.0)),
        ),
        masks={
            "trace": NUMBERS.integers(0, 256, (90, 120), dtype=np.uint8),
            "grid": NUMBERS.integers(0, 256, (90, 120), dtype=np.uint8),
        },
    )
    page = Page(IMAGE, "made", "-", dpi=(200.0, 199.5))
    return Case("made", page, signals(), Source.PHOTO, "3x4+1", truth)


def round_trip(case: Case, tmp_path: Path, suffix: str = ".png") -> Case:
    page = replace(case.page, path=f"made{suffix}")
    case = replace(case, page=page, file=encoded(page.image, suffix))
    write_files(tmp_path / case.name, case_files(case))
    return read_case(tmp_path, case.name)


def test_everything_comes_back(tmp_path: Path) -> None:
    case = made_case()
    back = round_trip(case, tmp_path)
    assert (back.name, back.source, back.layout) == ("made", Source.PHOTO, "3x4+1")
    np.testing.assert_array_equal(back.page.image, IMAGE)
    assert (back.page.name, back.page.dpi) == ("made", (200.0, 199.5))
    assert back.page.path == str(tmp_path / "made" / "page.png")
    assert case.truth is not None
    assert back.truth is not None
    curves = "rules_mm", "pulses_mm", "average_beats_mm"
    plain = {"strips": (), "masks": {}} | dict.fromkeys(curves, ())
    assert replace(back.truth, paper_map=case.truth.paper_map, **plain) == replace(
        case.truth, **plain
    )
    for kind in curves:
        (curve,) = getattr(back.truth, kind)
        np.testing.assert_array_equal(curve, getattr(case.truth, kind)[0])
    assert back.truth.paper_map.step_px == 31.7
    assert back.truth.paper_map.nodes_mm.tobytes() == case.truth.paper_map.nodes_mm.tobytes()
    for found, made in zip(back.truth.strips, case.truth.strips, strict=True):
        assert found.centerline_mm.dtype == np.float32
        assert found.centerline_mm.shape == made.centerline_mm.shape
        assert found.centerline_mm.tobytes() == made.centerline_mm.tobytes()
        assert replace(found, centerline_mm=made.centerline_mm) == made
    assert list(back.truth.masks) == ["trace", "grid"]
    for kind, mask in case.truth.masks.items():
        np.testing.assert_array_equal(back.truth.masks[kind], mask)


def test_words_of_pages_that_told_of_names_and_scales_alone_are_read(tmp_path: Path) -> None:
    case = made_case()
    round_trip(case, tmp_path)
    path = tmp_path / "made" / "truth.json"
    facts = json.loads(path.read_text())
    words = facts["print"].pop("words")
    facts["print"]["scale_boxes_mm"] = [word["box_mm"] for word in words[1:]]
    path.write_text(json.dumps(facts))
    back = read_case(tmp_path, "made")
    assert case.truth is not None
    assert back.truth is not None
    assert back.truth.words == case.truth.words


@pytest.mark.parametrize("fs_hz", [100.0, 500.0, 512.0, 360.0, 1025.0])
def test_leads_come_back_to_ten_nanovolts(tmp_path: Path, fs_hz: float) -> None:
    case = replace(made_case(), leads=signals(fs_hz))
    back = round_trip(case, tmp_path).leads
    assert back.fs_hz == fs_hz
    assert list(back.leads_mv) == ["I", "aVR", "V6"]
    for name, samples in case.leads.leads_mv.items():
        np.testing.assert_allclose(back.leads_mv[name], samples, atol=5.1e-6, rtol=0)


def test_a_jpeg_page_without_geometry(tmp_path: Path) -> None:
    page = Page(IMAGE // 8 + 100, "plain", "-")
    back = round_trip(Case("plain", page, signals()), tmp_path, ".jpg")
    assert back.page.path.endswith("page.jpg")
    assert np.abs(back.page.image.astype(int) - page.image).mean() < 10
    assert (back.source, back.layout, back.truth, back.page.dpi) == (None, None, None, None)


def test_the_same_case_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    case = replace(made_case(), file=b"picture", page=Page(IMAGE, "made", "made.png"))
    first = case_files(case)
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("sys.platform", "win32")
    assert case_files(case) == first
    assert first["page.png"] == b"picture"
    assert list(first)[-1] == "truth.json"


def test_arrays_are_read_by_numpy_alone(tmp_path: Path) -> None:
    case = made_case()
    round_trip(case, tmp_path)
    assert case.truth is not None
    with np.load(tmp_path / "made" / "truth.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {
            *("paper_nodes_mm", "paper_step_px", "rule_0_mm", "pulse_0_mm", "average_beat_0_mm"),
            *(f"centerline_{index}_mm" for index in range(3)),
        }
        np.testing.assert_array_equal(arrays["paper_nodes_mm"], case.truth.paper_map.nodes_mm)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    round_trip(made_case(), tmp_path)
    path = tmp_path / "made" / "truth.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": FORMAT + 1}))
    with pytest.raises(UnreadableInputError, match="update ecgengine"):
        read_case(tmp_path, "made")


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("truth.json", b"{", "as expected"),
        ("truth.json", b"{}", "no 'format'"),
        ("truth.json", b"[]", "as expected"),
        ("truth.npz", b"junk", "as expected"),
        ("page.png", b"", "page.png is no whole picture"),
        ("page.png", encoded(IMAGE)[:9000], "page.png is no whole picture"),
        ("grid.png", b"junk", "grid.png is no whole picture"),
        ("leads.csv", b"time_s,I\n", "leads.csv"),
    ],
)
def test_damage_is_named(tmp_path: Path, file: str, content: bytes, words: str) -> None:
    round_trip(made_case(), tmp_path)
    (tmp_path / "made" / file).write_bytes(content)
    with pytest.raises(UnreadableInputError, match=words) as caught:
        read_case(tmp_path, "made")
    assert str(tmp_path / "made") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["truth.json", "truth.npz", "page.png", "grid.png", "leads.csv"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    round_trip(made_case(), tmp_path)
    (tmp_path / "made" / file).unlink()
    with pytest.raises(UnreadableInputError, match=f"{file} cannot be read"):
        read_case(tmp_path, "made")


def test_a_page_that_was_only_read_is_kept_as_png(tmp_path: Path) -> None:
    write_files(tmp_path / "made", case_files(made_case()))
    np.testing.assert_array_equal(read_case(tmp_path, "made").page.image, IMAGE)

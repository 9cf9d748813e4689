from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ecgengine.data.layout import LEADS
from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine.ecg.metrics import printed_windows
from ecgengine.ecg.signals import Signals
from ecgengine.errors import UnreadableInputError, UsageError
from ecgengine.plugins.options import DatasetOptions
from ecgengine.running.files import write_files
from ecgengine.truth.case import Case
from ecgengine.truth.case_files import case_files
from ecgengine_plugins.datasets.folder import FolderDataset
from ecgengine_plugins.paper.layouts import LAYOUTS

FS_HZ = 100
WHOLE = np.random.default_rng(3).normal(0, 1, (10 * FS_HZ, 12)).round(4)


def picture(path: Path, level: int = 200) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((80, 100, 3), level, dtype=np.uint8)).save(path)


def truth_csv(path: Path, table: np.ndarray = WHOLE, *, clock: bool = True) -> None:
    lines = [",".join((["time_s"] if clock else []) + list(LEADS))]
    for index, row in enumerate(table):
        cells = ["" if np.isnan(x) else str(x) for x in row]
        lines.append(",".join(([f"{index / FS_HZ}"] if clock else []) + cells))
    path.write_text("\n".join(lines) + "\n")


def truth_wfdb(path: Path, table: np.ndarray = WHOLE) -> None:
    path.with_suffix(".dat").write_bytes(np.rint(table * 1000).astype("<i2").tobytes())
    lines = [f"{path.stem} 12 {FS_HZ} {len(table)}"]
    lines += [f"{path.stem}.dat 16 1000(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS]
    path.write_text("\n".join(lines) + "\n")


def made(folder: Path, name: str) -> Case:
    page = Page(np.full((80, 100, 3), 50, dtype=np.uint8), name, "-")
    case = Case(name, page, Signals(100.0, {"I": np.arange(200) / 100}), Source.STAINED, "12x1")
    write_files(folder / name, case_files(case))
    return case


def dataset(folder: Path) -> FolderDataset:
    return FolderDataset(DatasetOptions(which=str(folder)))


def test_synthetic_pages(tmp_path: Path) -> None:
    case = made(tmp_path, "b")
    made(tmp_path, "a")
    (tmp_path / "c").mkdir()
    assert dataset(tmp_path).names() == ["a", "b"]
    back = dataset(tmp_path).load("b")
    assert (back.name, back.source, back.layout) == ("b", Source.STAINED, "12x1")
    np.testing.assert_array_equal(back.page.image, case.page.image)
    np.testing.assert_array_equal(back.leads.leads_mv["I"], case.leads.leads_mv["I"])


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp", "PNG"])
def test_a_picture_beside_its_csv(tmp_path: Path, suffix: str) -> None:
    picture(tmp_path / f"page é 1.{suffix}")
    truth_csv(tmp_path / "page é 1.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert dataset(tmp_path).names() == ["page é 1"]
    case = dataset(tmp_path).load("page é 1")
    assert (case.source, case.layout, case.truth) == (None, None, None)
    assert case.page.name == "page é 1"
    assert case.page.path == str(tmp_path / f"page é 1.{suffix}")
    assert case.page.image.shape == (80, 100, 3)
    assert case.leads.fs_hz == FS_HZ
    np.testing.assert_array_equal(case.leads.leads_mv["V6"], WHOLE[:, 11])


def test_the_first_page_of_a_pdf_beside_wfdb(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (100, 80), color) for color in ("black", "white")]
    pages[0].save(tmp_path / "x.pdf", save_all=True, append_images=pages[1:], resolution=100)
    truth_wfdb(tmp_path / "x.hea")
    assert dataset(tmp_path).names() == ["x"]
    case = dataset(tmp_path).load("x")
    assert case.page.image.shape == (240, 300, 3)
    assert case.page.image.mean() < 10
    np.testing.assert_allclose(case.leads.leads_mv["V6"], WHOLE[:, 11], atol=6e-4)


def test_csv_goes_before_wfdb(tmp_path: Path) -> None:
    picture(tmp_path / "x.png")
    truth_wfdb(tmp_path / "x.hea", WHOLE + 1)
    truth_csv(tmp_path / "x.csv")
    np.testing.assert_array_equal(dataset(tmp_path).load("x").leads.leads_mv["I"], WHOLE[:, 0])


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    picture(tmp_path / "x.png")
    truth_csv(tmp_path / "x.csv")
    (tmp_path / "._x.png").write_bytes(b"")
    assert dataset(tmp_path).names() == ["x"]


def test_a_manifest_says_everything(tmp_path: Path) -> None:
    picture(tmp_path / "pages/one.png", 10)
    picture(tmp_path / "unlisted.png")
    truth_csv(tmp_path / "t.csv", clock=False)
    (tmp_path / "cases.csv").write_text(
        "\ufeffpage,truth,name,source,layout,fs_hz\n"
        f"pages/one.png,t.csv,,photo,,100\n{tmp_path}/pages/one.png,t.csv,two,,12x1,50\n",
        encoding="utf-8",
    )
    data = dataset(tmp_path)
    assert data.names() == ["one", "two"]
    one, two = data.load("one"), data.load("two")
    assert (one.source, one.layout, one.leads.fs_hz) == (Source.PHOTO, None, 100)
    assert (two.source, two.layout, two.leads.fs_hz) == (None, "12x1", 50)
    assert one.page.image.max() == 10


@pytest.mark.parametrize("layout", ["3x4+1", "6x2", "6x1-chest", "3x4+3-cabrera"])
def test_a_whole_recording_is_cut_to_what_the_layout_prints(tmp_path: Path, layout: str) -> None:
    picture(tmp_path / "x.png")
    truth_csv(tmp_path / "x.csv")
    (tmp_path / "cases.csv").write_text(f"page,truth,layout\nx.png,x.csv,{layout}\n")
    leads = dataset(tmp_path).load("x").leads.leads_mv
    windows = printed_windows(next(each for each in LAYOUTS if each.name == layout))
    assert set(leads) == set(windows)
    for name, (start_s, end_s) in windows.items():
        stretch = slice(round(start_s * FS_HZ), round(end_s * FS_HZ))
        np.testing.assert_array_equal(leads[name][stretch], WHOLE[stretch, LEADS.index(name)])
        assert np.isfinite(leads[name]).sum() == stretch.stop - stretch.start


def test_a_truth_of_what_is_printed_stays_as_it_is(tmp_path: Path) -> None:
    picture(tmp_path / "x.png")
    table = WHOLE.copy()
    table[300:, 1] = np.nan
    truth_csv(tmp_path / "x.csv", table)
    (tmp_path / "cases.csv").write_text("page,truth,layout\nx.png,x.csv,a layout of our own\n")
    case = dataset(tmp_path).load("x")
    assert case.layout == "a layout of our own"
    np.testing.assert_array_equal(case.leads.leads_mv["II"], table[:, 1])
    np.testing.assert_array_equal(case.leads.leads_mv["V1"], table[:, 6])


def test_a_whole_recording_in_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "x.png")
    truth_csv(tmp_path / "x.csv")
    (tmp_path / "cases.csv").write_text("page,truth,layout\nx.png,x.csv,3x5\n")
    with pytest.raises(UnreadableInputError, match=r"x\.csv .* 3x5 .* 3x4\+1"):
        dataset(tmp_path).load("x")


def test_without_a_folder() -> None:
    with pytest.raises(UsageError, match="folder:DIR"):
        FolderDataset(DatasetOptions())


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"gone cannot be listed \(No such"):
        dataset(tmp_path / "gone").names()


def test_a_folder_without_pages(tmp_path: Path) -> None:
    truth_csv(tmp_path / "x.csv")
    with pytest.raises(UnreadableInputError, match=r"holds no pages: it needs .*cases\.csv"):
        dataset(tmp_path).names()


def test_pages_without_truth_are_named(tmp_path: Path) -> None:
    for stem in "abcde":
        picture(tmp_path / f"{stem}.png")
    truth_csv(tmp_path / "b.csv")
    with pytest.raises(UnreadableInputError, match=r"a\.png, c\.png, d\.png and 1 more: put"):
        dataset(tmp_path).names()


def test_two_pages_of_one_name(tmp_path: Path) -> None:
    picture(tmp_path / "x.png")
    picture(tmp_path / "x.jpg")
    truth_csv(tmp_path / "x.csv")
    with pytest.raises(UnreadableInputError, match="two pages called x: rename"):
        dataset(tmp_path).names()


def test_a_page_that_is_not_there(tmp_path: Path) -> None:
    made(tmp_path, "a")
    with pytest.raises(UnreadableInputError, match="no page b: it has a"):
        dataset(tmp_path).load("b")


def test_a_listed_picture_that_is_missing(tmp_path: Path) -> None:
    truth_csv(tmp_path / "x.csv")
    (tmp_path / "cases.csv").write_text("page,truth\nx.png,x.csv\n")
    assert dataset(tmp_path).names() == ["x"]
    with pytest.raises(UnreadableInputError, match=r"x\.png cannot be read \(No such"):
        dataset(tmp_path).load("x")


def test_leads_without_a_clock_ask_for_the_rate(tmp_path: Path) -> None:
    picture(tmp_path / "x.png")
    truth_csv(tmp_path / "x.csv", clock=False)
    with pytest.raises(UnreadableInputError, match=r"x\.csv .*fs_hz in .*cases\.csv"):
        dataset(tmp_path).load("x")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("page,layout\nx.png,3x4\n", "needs page and truth"),
        ("page,truth,rate\nx.png,x.csv,3\n", "columns page, truth, rate"),
        ("", "needs page and truth"),
        ("page,truth\nx.png,\n", r"line 2 .*must both be given"),
        ("page,truth\nx.png\n", r"line 2 .*must both be given"),
        ("page,truth,source\nx.png,x.csv,photo\ny.png,x.csv,fax\n", "line 3 .*'fax'.*bw-scan"),
        ("page,truth,fs_hz\nx.png,x.csv,fast\n", "line 2 .*fs_hz is 'fast'"),
        ("page,truth,fs_hz\nx.png,x.csv,-5\n", "line 2 .*fs_hz is '-5'"),
        ("page,truth,name\nx.png,x.csv,a/b\n", "line 2 .*'a/b'"),
        ("page,truth\nx.png,x.csv\ny/x.png,x.csv\n", "two pages called x"),
        ("page,truth\n", "holds no pages"),
    ],
)
def test_a_bad_manifest_is_explained(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "cases.csv").write_text(content)
    with pytest.raises(UnreadableInputError, match=words) as caught:
        dataset(tmp_path).names()
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)

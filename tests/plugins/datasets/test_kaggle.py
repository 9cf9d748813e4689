from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ecgengine.data.layout import LEADS
from ecgengine.data.source import Source
from ecgengine.errors import UnreadableInputError, UsageError
from ecgengine.plugins.options import DatasetOptions
from ecgengine_plugins.datasets.kaggle import KaggleDataset


def competition(folder: Path, parent: str = "train") -> Path:
    """Three records: one of all pages, one of two, one whose pages are missing."""
    folder.mkdir()
    (folder / "train.csv").write_text("id,fs,sig_len\n20,250,2500\n7,1025,10250\n99,500,5000\n")
    for record, numbers in (("20", range(1, 13)), ("7", (4, 1))):
        home = folder / parent / record
        home.mkdir(parents=True)
        lead_i = ["0.5" if row < 2 else "" for row in range(8)]
        rows = [",".join([lead_i[row], str(row / 10)] + [""] * 10) for row in range(8)]
        (home / f"{record}.csv").write_text("\n".join([",".join(LEADS), *rows]) + "\n")
        for number in numbers:
            picture = np.full((80, 100, 3), number * 10, dtype=np.uint8)
            Image.fromarray(picture).save(home / f"{record}-{number:04}.png")
    return folder


def dataset(folder: Path) -> KaggleDataset:
    return KaggleDataset(DatasetOptions(which=str(folder)))


@pytest.mark.parametrize("parent", ["train", "."])
def test_names_follow_the_table_and_the_disk(tmp_path: Path, parent: str) -> None:
    numbers = (1, 3, 4, 5, 6, 9, 10, 11, 12)
    expected = [f"20-{number:04}" for number in numbers] + ["7-0001", "7-0004"]
    assert dataset(competition(tmp_path / "data", parent)).names() == expected


def test_a_case(tmp_path: Path) -> None:
    folder = competition(tmp_path / "data")
    case = dataset(folder).load("7-0004")
    assert (case.name, case.source, case.layout) == ("7-0004", Source.BW_SCAN, "3x4+1")
    assert (case.page.name, case.page.path) == ("7-0004", str(folder / "train/7/7-0004.png"))
    assert (case.page.image == 40).all()
    assert case.leads.fs_hz == 1025
    assert tuple(case.leads.leads_mv) == LEADS
    np.testing.assert_array_equal(case.leads.leads_mv["II"], np.arange(8) / 10)
    np.testing.assert_array_equal(case.leads.leads_mv["I"], [0.5, 0.5] + [np.nan] * 6)


def test_each_number_has_its_source(tmp_path: Path) -> None:
    data = dataset(competition(tmp_path / "data"))
    assert [data.load(name).source for name in data.names()[:9]] == list(Source)


def test_without_a_folder() -> None:
    with pytest.raises(UsageError, match="kaggle:DIR"):
        KaggleDataset(DatasetOptions())


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match=r"train\.csv cannot be read .*holds train\.csv"):
        dataset(tmp_path).names()


def test_another_table(tmp_path: Path) -> None:
    folder = competition(tmp_path / "data")
    (folder / "train.csv").write_text("id,lead\n20,I\n")
    with pytest.raises(UnreadableInputError, match=r"no column 'fs'.*columns id and fs"):
        dataset(folder).names()


def test_no_pages(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("id,fs,sig_len\n20,250,2500\n")
    with pytest.raises(UnreadableInputError, match=r"holds no page .*unpack"):
        dataset(tmp_path).names()


@pytest.mark.parametrize("rate", ["", "fast", "0", "nan"])
def test_a_record_without_a_rate(tmp_path: Path, rate: str) -> None:
    folder = competition(tmp_path / "data")
    (folder / "train.csv").write_text(f"id,fs,sig_len\n20,{rate},2500\n")
    with pytest.raises(UnreadableInputError, match="fs of record 20: give"):
        dataset(folder).load("20-0001")


def test_a_page_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="no page 7-0005"):
        dataset(competition(tmp_path / "data")).load("7-0005")


def test_a_missing_truth_is_named(tmp_path: Path) -> None:
    folder = competition(tmp_path / "data")
    (folder / "train/7/7.csv").unlink()
    with pytest.raises(UnreadableInputError, match=r"7\.csv cannot be read"):
        dataset(folder).load("7-0001")

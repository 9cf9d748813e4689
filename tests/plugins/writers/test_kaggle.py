from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecgengine.data.layout import LEADS
from ecgengine.errors import UsageError
from ecgengine_plugins.writers.kaggle import KaggleWriter
from ecgengine_plugins.writers.options import KaggleOptions


def table(path: Path, images: tuple[str, ...], fs: int) -> Path:
    rows = ["id,lead,fs,number_of_rows"]
    for image in images:
        for lead in LEADS:
            rows.append(f"{image},{lead},{fs},{int(fs * (10 if lead == 'II' else 2.5))}")
    path.write_text("\n".join(rows) + "\n")
    return path


def submission(made_up: Any, folder: Path, fs: int, recordings: list[Any]) -> dict[str, float]:
    writer = KaggleWriter(KaggleOptions(table=table(folder / "test.csv", ("77", "88"), fs)))
    files = writer.render_batch(recordings)
    assert list(files) == ["submission.csv"]
    lines = files["submission.csv"].decode().splitlines()
    assert lines[0] == "id,value"
    return {key: float(value) for key, value in (line.split(",") for line in lines[1:])}


@pytest.mark.parametrize("fs", [250, 256, 500, 512, 1000, 1025])
def test_every_row_at_the_image_s_rate(made_up: Any, tmp_path: Path, fs: int) -> None:
    strips = made_up.strips()
    recording = made_up.digitized(strips, made_up.traces(strips)).recording
    rows = submission(made_up, tmp_path, fs, [replace(recording, name="77")])
    assert len(rows) == 2 * (11 * int(2.5 * fs) + 10 * fs)
    assert np.isfinite(list(rows.values())).all()
    for lead, start_s in (("II", 0.0), ("aVL", 2.5), ("V6", 7.5)):
        count = int(fs * (10 if lead == "II" else 2.5))
        found = [rows[f"77_{row}_{lead}"] for row in range(count)]
        truth = made_up.lead_mv(lead, start_s + np.arange(count) / fs)
        assert np.abs(found - truth).max() < 0.01
    assert not any(rows[f"88_{row}_V1"] for row in range(int(2.5 * fs)))


def test_gaps_become_lines_and_missing_leads_zeros(made_up: Any, tmp_path: Path) -> None:
    strips = made_up.strips()
    recording = made_up.digitized(strips, made_up.traces(strips)).recording
    leads = list(recording.leads)
    samples = np.linspace(0, 1, 1250, dtype=np.float32)
    samples[100:300] = np.nan
    nothing = np.zeros(0, dtype=np.float32)
    leads[6] = replace(leads[6], samples_mv=samples)
    leads[7] = replace(leads[7], samples_mv=nothing, confidence=nothing)
    recording = replace(recording, name="77", leads=tuple(leads))
    rows = submission(made_up, tmp_path, 500, [recording])
    assert rows["77_200_V1"] == pytest.approx(200 / 1249, abs=1e-3)
    assert not any(rows[f"77_{row}_V2"] for row in range(1250))


def test_a_lead_two_without_rhythm_strip_lies_where_it_is_printed(
    made_up: Any, tmp_path: Path
) -> None:
    strips = made_up.strips(())
    recording = made_up.digitized(strips, made_up.traces(strips)).recording
    rows = submission(made_up, tmp_path, 500, [replace(recording, name="88")])
    early = np.array([rows[f"88_{row}_II"] for row in range(1250)])
    assert np.abs(early - made_up.lead_mv("II", np.arange(1250) / 500)).max() < 0.01
    assert not any(rows[f"88_{row}_II"] for row in range(1251, 5000))


@pytest.mark.parametrize(
    "content", [None, "id,lead\n1,I\n", "id,lead,fs,number_of_rows\n1,I,x,2\n"]
)
def test_a_table_that_is_none(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "test.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=r"test\.csv"):
        KaggleWriter(KaggleOptions(table=path))


def test_the_table_must_be_given() -> None:
    with pytest.raises(UsageError, match=r"kaggle\.table"):
        KaggleWriter(KaggleOptions())

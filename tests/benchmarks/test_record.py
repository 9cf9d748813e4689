"""What a benchmark measured is kept with where it comes from."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest


def test_a_result_is_kept_with_its_origin(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    record = importlib.import_module("record")
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    monkeypatch.setattr("sys.argv", ["/somewhere/stroke.py", "--name", "mine"])
    page = tmp_path / "page.png"
    hashes = []
    for data in (b"ink", b"ink", b"other"):
        page.write_bytes(data)
        numbers = {"dB": 29.49999999, "limit": float("nan"), "words": ['a [1, "2"] {b}', "c"]}
        record.save("mine", numbers, "one page", [page])
        kept = json.loads((tmp_path / "results" / "mine.json").read_text())
        assert kept == json.loads(capsys.readouterr().out)
        hashes.append(kept["data"]["sha256"])
    assert hashes[0] == hashes[1] != hashes[2]
    assert kept["numbers"] == numbers | {"dB": 29.5, "limit": None}
    assert kept["command"] == "python benchmarks/stroke.py --name mine"
    assert {"processor", "cores", "load", "python", "numpy"} <= kept["machine"].keys()
    record.save("", {}, "nothing kept")
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["mine.json"]

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from ecgengine.data.model import Model
from ecgengine.errors import MissingDependencyError


def card(folder: Path, **changes: object) -> Path:
    (folder / "net.onnx").write_bytes(b"weights")
    facts = {
        "name": "net",
        "task": "Does nothing.",
        "file": "net.onnx",
        "sha256": sha256(b"weights").hexdigest(),
        "license": "MIT",
        "data": "none",
        "training": {"steps": 3},
        "scores": {"dice": 0.5},
    }
    path = folder / "net.json"
    path.write_text(json.dumps(facts | changes))
    return path


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    model = Model.from_card(card(tmp_path))
    assert model.read() == b"weights"
    assert (model.source, model.training["steps"]) == (None, 3)


def test_the_weights_for_training_are_checked_too(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match="without its weights"):
        Model.from_card(card(tmp_path)).read_source()
    checksum = sha256(b"tensors").hexdigest()
    more = {"source": "net.safetensors", "source_sha256": checksum}
    model = Model.from_card(card(tmp_path, **more))
    (tmp_path / "net.safetensors").write_bytes(b"tensors")
    assert model.read_source() == b"tensors"
    (tmp_path / "net.safetensors").write_bytes(b"tensorz")
    with pytest.raises(MissingDependencyError, match="SHA-256"):
        model.read_source()


def test_a_changed_byte_is_refused(tmp_path: Path) -> None:
    model = Model.from_card(card(tmp_path))
    model.path.write_bytes(b"weightz")
    with pytest.raises(MissingDependencyError, match="SHA-256"):
        model.read()


def test_a_missing_file_or_card_says_what_to_do(tmp_path: Path) -> None:
    model = Model.from_card(card(tmp_path))
    model.path.unlink()
    with pytest.raises(MissingDependencyError, match="install its package again"):
        model.read()
    with pytest.raises(MissingDependencyError, match="no readable model card"):
        Model.from_card(tmp_path / "other.json")
    (tmp_path / "broken.json").write_text('{"name": "x"}')
    with pytest.raises(MissingDependencyError, match="task"):
        Model.from_card(tmp_path / "broken.json")

from __future__ import annotations

import csv
import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from ecgengine.data.model import Model
from ecgengine.data.training import TrainingStep
from ecgengine.errors import OutputExistsError
from ecgengine_plugins.networks.runtime import open_network
from ecgengine_plugins.training import loop
from ecgengine_plugins.training.options import SegmenterTraining
from ecgengine_plugins.training.segmenter import SheetLesson

SMALL = {"batch": 2, "size_px": 96, "workers": 0, "device": "cpu", "bf16": False, "seed": 3}


@pytest.fixture(autouse=True)
def few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    from ecgengine_plugins.training import pages

    monkeypatch.setattr(pages, "_POOL_PAGES", 2)
    monkeypatch.setattr(loop, "_VALIDATION_BATCHES", 1)
    monkeypatch.setattr(loop, "_REPORT_STEPS", 1)
    monkeypatch.setattr(loop, "_SAVE_STEPS", 1)


def train(out: Path, steps: int, **options: object) -> list[TrainingStep]:
    said: list[TrainingStep] = []
    chosen = SegmenterTraining.model_validate({**SMALL, "steps": steps, **options})
    loop.LessonTrainer(SheetLesson, chosen).train(out, said.append)
    return said


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_training_leaves_weights_log_and_curves_and_goes_on(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", 3)
    assert [step.step for step in whole] == [1, 2, 3]
    assert all(step.score is not None and 0 <= step.score <= 1 for step in whole)
    names = {path.name for path in (tmp_path / "whole").iterdir()}
    assert names == {
        "curves.svg", "log.csv", "model.onnx", "settings.json", "state.safetensors",
        "weights.safetensors",
    }  # fmt: skip
    with (tmp_path / "whole" / "log.csv").open(newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3"]

    # The same training, cut after its second step, ends with the same weights.
    cut = tmp_path / "cut"
    with pytest.raises(KeyboardInterrupt):
        interrupted(cut)
    rest = train(cut, 3)
    assert [step.step for step in rest] == [3]
    assert rest[0].loss == pytest.approx(whole[-1].loss, rel=0.2)

    with pytest.raises(OutputExistsError, match="other options"):
        train(tmp_path / "whole", 3, seed=4)

    data = (tmp_path / "whole" / "model.onnx").read_bytes()
    model = Model(
        "net", "", tmp_path / "whole" / "model.onnx", sha256(data).hexdigest(), "MIT", "", {}, {}
    )  # fmt: skip
    coverage = open_network(model, "onnxruntime", 1)(np.zeros((1, 64, 128, 3), np.uint8))
    assert coverage.shape == (1, 3, 64, 128)


def interrupted(out: Path) -> None:
    def stop(step: TrainingStep) -> None:
        # Reports come before saving: the third report is that of the step that is lost.
        if step.step == 3:
            raise KeyboardInterrupt

    chosen = SegmenterTraining.model_validate({**SMALL, "steps": 3})
    loop.LessonTrainer(SheetLesson, chosen).train(out, stop)
    raise AssertionError(json.dumps(chosen.model_dump()))

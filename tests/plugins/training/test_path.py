from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ecgengine.data.model import MAX_MODEL_BYTES, Model  # noqa: E402
from ecgengine.data.training import TrainingStep  # noqa: E402
from ecgengine_plugins.networks.path.window import CELL_PX, CUES  # noqa: E402
from ecgengine_plugins.networks.runtime import open_network  # noqa: E402
from ecgengine_plugins.training import loop, pages  # noqa: E402
from ecgengine_plugins.training.options import PathTraining  # noqa: E402
from ecgengine_plugins.training.path import PathLesson  # noqa: E402
from ecgengine_plugins.training.path_windows import SIDE_CELLS  # noqa: E402

SMALL = PathTraining(steps=1, batch=2, workers=0, device="cpu", bf16=False, seed=3)


@pytest.fixture(autouse=True)
def few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_PAGES", 100)
    monkeypatch.setattr(pages, "_POOL_PAGES", 1)
    monkeypatch.setattr(loop, "_VALIDATION_BATCHES", 1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_training_leaves_a_network_that_all_runtimes_run_alike(tmp_path: Path) -> None:
    said: list[TrainingStep] = []
    # Named as the folder of the shipped network, so that torch finds its architecture.
    out = tmp_path / "path"
    loop.LessonTrainer(PathLesson, SMALL).train(out, said.append)
    (step,) = said
    assert step.score is not None
    assert 0 <= step.score <= 1
    onnx, weights = out / "model.onnx", out / "weights.safetensors"
    assert onnx.stat().st_size < MAX_MODEL_BYTES
    sums = [sha256(path.read_bytes()).hexdigest() for path in (onnx, weights)]
    training = {"trainer": "path"}
    model = Model("net", "", onnx, sums[0], "MIT", "", training, {}, weights, sums[1])
    # Number, height and width are free.
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (3, 96, 160, 3), dtype=np.uint8)
    cues = random.random((3, len(CUES), 24, 40), np.float32)
    chances = open_network(model, "onnxruntime", 1)(pixels, cues)
    assert chances.shape == (3, 96, 320)
    assert chances.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert open_network(model, "torch", 1)(pixels, cues) == pytest.approx(chances, abs=1e-3)


def test_batches_are_pieces_with_their_rows_and_the_same_again() -> None:
    lesson = PathLesson(SMALL, Path())
    cells, rows = next(lesson.batches(3, 5, validating=False))
    assert cells.shape[1] == 3 * CELL_PX**2 + len(CUES)
    assert cells.shape[3] == SIDE_CELLS
    assert cells.shape[2] % 4 == 0
    assert rows.shape == (2, 2 * SIDE_CELLS * CELL_PX)
    known = rows[rows.isfinite()]
    assert ((known >= 0) & (known <= cells.shape[2] * CELL_PX - 1)).all()
    again = next(lesson.batches(3, 5, validating=False))
    assert torch.equal(cells, again[0])
    torch.testing.assert_close(rows, again[1], rtol=0, atol=0, equal_nan=True)


def test_right_answers_cost_little_and_steep_columns_count_more() -> None:
    lesson = PathLesson(SMALL, Path())
    rows = torch.full((1, 12), 20.0)
    rows[0, 3], rows[0, 8] = 9.0, torch.nan
    place = torch.arange(48.0)[None, :, None]
    right = -0.5 * ((place - rows.nan_to_num(0)[:, None]) / 0.8) ** 2
    wrong = right.roll(6, 1)
    assert lesson.score(right, rows) == 1.0
    assert lesson.score(wrong, rows) == 0.0
    assert lesson.loss(right, rows) < 0.2 * lesson.loss(wrong, rows)
    costs = []
    for column in (6, 3):
        missed = right.clone()
        missed[:, :, column] = wrong[:, :, column]
        costs.append(float(lesson.loss(missed, rows)))
    assert costs[1] > 2 * costs[0]

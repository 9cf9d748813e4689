from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from ecgengine.data.model import MAX_MODEL_BYTES, Model  # noqa: E402
from ecgengine.data.training import TrainingStep  # noqa: E402
from ecgengine_plugins.networks.runtime import open_network  # noqa: E402
from ecgengine_plugins.networks.source import architecture  # noqa: E402
from ecgengine_plugins.networks.source.view import HEIGHT_PX, WIDTH_PX  # noqa: E402
from ecgengine_plugins.training import classifier, loop, pages, view_library  # noqa: E402
from ecgengine_plugins.training.classifier import (  # noqa: E402
    SourceLesson,
    best_temperature,
)
from ecgengine_plugins.training.options import ClassifierTraining  # noqa: E402

SMALL = ClassifierTraining(
    steps=2, batch=2, workers=0, device="cpu", bf16=False, calibration_batches=1, pages=3
)


@pytest.fixture
def few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_POOL_PAGES", 2)
    monkeypatch.setattr(view_library, "_CHUNK_PAGES", 2)
    monkeypatch.setattr(loop, "_VALIDATION_BATCHES", 1)
    monkeypatch.setattr(loop, "_SAVE_STEPS", 2)


@pytest.mark.usefixtures("few_pages")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_training_leaves_a_network_that_fits_the_package(tmp_path: Path) -> None:
    said: list[TrainingStep] = []
    # Named as the folder of the shipped network, so that torch finds its architecture.
    out = tmp_path / "source"
    loop.LessonTrainer(SourceLesson, SMALL).train(out, said.append)
    assert [step.step for step in said] == [2]
    assert len(list((out / "views").iterdir())) == 2
    onnx, weights = out / "model.onnx", out / "weights.safetensors"
    assert onnx.stat().st_size < MAX_MODEL_BYTES
    assert weights.stat().st_size < MAX_MODEL_BYTES
    sums = [sha256(path.read_bytes()).hexdigest() for path in (onnx, weights)]
    training = {"trainer": "classifier"}
    model = Model("net", "", onnx, sums[0], "MIT", "", training, {}, weights, sums[1])
    views = np.random.default_rng(1).integers(0, 256, (3, HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8)
    probabilities = open_network(model, "onnxruntime", 1)(views)
    assert probabilities.shape == (3, 9)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    # Both files hold the same rounded weights and the same temperature.
    assert open_network(model, "torch", 1)(views) == pytest.approx(probabilities, abs=1e-4)


class _Brightness(nn.Module):
    """Answers with a view's mean level: a network small enough to see through."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(1, 9)

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.line(views.mean((1, 2, 3))[:, None])
        return answer


def test_export_stores_the_temperature_of_fresh_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def batches(self: SourceLesson, seed: int, first: int, *, validating: bool) -> Iterator:
        assert validating
        seen.append(seed)
        while True:
            yield torch.zeros(4, 3, 8, 8), torch.tensor([0, 0, 0, 1])

    def exported(running: nn.Module, *_: object) -> dict[str, bytes]:
        return {"answer": running(torch.full((1, 8, 8, 3), 127.5)).detach().numpy().tobytes()}

    for module in (classifier, architecture):
        monkeypatch.setattr(module, "new_network", _Brightness)
    monkeypatch.setattr(classifier, "export_onnx", exported)
    monkeypatch.setattr(classifier, "stored_in_half", lambda files: files)
    monkeypatch.setattr(SourceLesson, "batches", batches)
    net = _Brightness()
    with torch.no_grad():
        net.line.weight.zero_()
        net.line.bias.copy_(torch.tensor([8.0, 0.0] + [-400.0] * 7))
    files = SourceLesson(SMALL, Path()).export(net.state_dict(), [])
    probabilities = np.frombuffer(files["answer"], np.float32)
    # It was right in three of four cases, however sure it was.
    assert probabilities[:2] == pytest.approx([0.75, 0.25], abs=0.01)
    assert seen != [SMALL.seed]


@pytest.mark.parametrize("true", [0.4, 1.0, 3.0])
def test_the_temperature_is_found_again(true: float) -> None:
    random = np.random.default_rng(4)
    sound = random.normal(0, 2, (20_000, 9))
    gumbel = random.gumbel(size=sound.shape)
    targets = torch.from_numpy((sound + gumbel).argmax(1))
    found = best_temperature(torch.from_numpy(true * sound), targets)
    assert float(found) == pytest.approx(true, rel=0.05)


def test_a_network_that_is_always_right_has_a_temperature_too() -> None:
    found = best_temperature(torch.eye(9) * 5, torch.arange(9))
    assert 0.05 <= float(found) < 0.3


def test_loss_and_score() -> None:
    lesson = SourceLesson(SMALL, Path())
    answers, targets = 20 * torch.eye(9)[[0, 1, 2, 2]], torch.tensor([0, 1, 2, 3])
    assert lesson.score(answers, targets) == 0.75
    assert lesson.loss(answers, torch.tensor([0, 1, 2, 2])) < lesson.loss(answers, targets)

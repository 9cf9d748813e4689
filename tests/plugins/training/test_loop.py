from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load, save  # noqa: E402

from ecgengine.data.training import TrainingStep  # noqa: E402
from ecgengine.errors import OutputExistsError, UnreadableInputError  # noqa: E402
from ecgengine_plugins.training import loop  # noqa: E402
from ecgengine_plugins.training.options import TrainingOptions  # noqa: E402

SMALL = {"batch": 2, "workers": 0, "device": "cpu", "bf16": False, "learning_rate": 0.1, "seed": 3}


class Doubling(loop.Lesson[TrainingOptions]):
    """One weight and one offset are to learn that every pixel is given back twice as bright."""

    def network(self) -> torch.nn.Module:
        return torch.nn.Conv2d(1, 1, 1)

    def batches(self, seed: int, first: int, *, validating: bool) -> Iterator[loop.Batch]:
        for number in count(first):
            drawn = torch.Generator().manual_seed(1000 * seed + number)
            x = torch.rand((self.options.batch, 1, 4, 4), generator=drawn)
            yield x, 2 * x

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return ((outputs - targets) ** 2).mean()

    def score(self, outputs: torch.Tensor, targets: torch.Tensor) -> float:
        return 1 / (1 + float(self.loss(outputs, targets)))

    def export(
        self, weights: Mapping[str, torch.Tensor], validation: Sequence[loop.Batch]
    ) -> dict[str, bytes]:
        return {"model.onnx": b"", "weights.safetensors": save(dict(weights))}


@pytest.fixture(autouse=True)
def every_step_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_VALIDATION_BATCHES", 1)
    monkeypatch.setattr(loop, "_REPORT_STEPS", 1)
    monkeypatch.setattr(loop, "_SAVE_STEPS", 1)


def train(out: Path, steps: int, stop: int = 0, **options: object) -> list[TrainingStep]:
    """Train; the step `stop` is reported and then lost, for reports come before saving."""
    said: list[TrainingStep] = []

    def hear(step: TrainingStep) -> None:
        if step.step == stop:
            raise KeyboardInterrupt
        said.append(step)

    chosen = TrainingOptions.model_validate({**SMALL, "steps": steps, **options})
    loop.LessonTrainer(Doubling, chosen).train(out, hear)
    return said


def weights(out: Path) -> dict[str, torch.Tensor]:
    return load((out / "weights.safetensors").read_bytes())


def test_a_training_learns_and_leaves_weights_log_and_curves(tmp_path: Path) -> None:
    said = train(tmp_path, 40)
    assert [step.step for step in said] == list(range(1, 41))
    assert said[-1].loss < 0.2 * said[0].loss
    first, last = said[0].score, said[-1].score
    assert first is not None
    assert last is not None
    assert 0 <= first < last <= 1
    assert {path.name for path in tmp_path.iterdir()} == {
        "curves.svg", "log.csv", "model.onnx", "settings.json", "state.safetensors",
        "weights.safetensors",
    }  # fmt: skip
    with (tmp_path / "log.csv").open(newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == [str(n) for n in range(1, 41)]
    assert f"score {last:.4f}" in (tmp_path / "curves.svg").read_text()


def test_a_training_that_was_cut_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    said = train(whole, 6)
    with pytest.raises(KeyboardInterrupt):
        train(cut, 6, stop=4)
    assert not (cut / "weights.safetensors").exists()
    rest = train(cut, 6)
    assert [step.step for step in rest] == [4, 5, 6]
    assert rest == said[3:]
    for name, value in weights(whole).items():
        torch.testing.assert_close(weights(cut)[name], value, rtol=0, atol=0)
    assert (cut / "log.csv").read_text() == (whole / "log.csv").read_text()


def test_a_training_goes_on_with_other_steps_alone(tmp_path: Path) -> None:
    train(tmp_path, 2)
    assert [step.step for step in train(tmp_path, 4, workers=1)] == [3, 4]
    kept = weights(tmp_path)
    (tmp_path / "weights.safetensors").unlink()
    # With no more steps to do it exports what it has.
    assert train(tmp_path, 1) == []
    for name, value in weights(tmp_path).items():
        torch.testing.assert_close(kept[name], value, rtol=0, atol=0)
    with pytest.raises(OutputExistsError, match="other options"):
        train(tmp_path, 4, seed=4)


def test_weights_to_begin_with_are_taken_where_they_fit(tmp_path: Path) -> None:
    given = tmp_path / "given.safetensors"
    given.write_bytes(
        save(
            {"weight": torch.full((1, 1, 1, 1), 2.0), "bias": torch.zeros(3), "more": torch.ones(1)}
        )
    )
    fitting = train(tmp_path / "begun", 1, begin=str(given), learning_rate=1e-6)
    plain = train(tmp_path / "plain", 1, learning_rate=1e-6)
    # The bias does not fit and begins by chance, as it does without the file.
    begun, other = weights(tmp_path / "begun"), weights(tmp_path / "plain")
    assert float(begun["weight"]) == pytest.approx(2, abs=1e-4)
    assert float(begun["bias"]) == pytest.approx(float(other["bias"]), abs=1e-4)
    assert fitting[0].loss < plain[0].loss
    given.write_bytes(b"no weights")
    with pytest.raises(UnreadableInputError, match="no weights that can be read"):
        train(tmp_path / "again", 1, begin=str(given))

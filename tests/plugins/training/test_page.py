from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ecgengine.data.model import MAX_MODEL_BYTES, Model  # noqa: E402
from ecgengine.data.training import TrainingStep  # noqa: E402
from ecgengine_plugins.networks.page.architecture import SIZE_MM, ZERO_MM, PageNet  # noqa: E402
from ecgengine_plugins.networks.page.reader import look_of  # noqa: E402
from ecgengine_plugins.networks.page.window import (  # noqa: E402
    CHANNELS,
    FINE,
    FINE_MM,
    PACKED,
    WORDS,
)
from ecgengine_plugins.networks.runtime import open_network  # noqa: E402
from ecgengine_plugins.training import loop, page, sheet_library  # noqa: E402
from ecgengine_plugins.training.options import PageTraining  # noqa: E402
from ecgengine_plugins.training.page import PageLesson, packed_targets  # noqa: E402
from ecgengine_plugins.training.page_sheets import Line, MarkedSheet  # noqa: E402

SMALL = PageTraining(
    steps=1, batch=2, size_mm=48, workers=0, device="cpu", bf16=False, pages=2, seed=3
)
NOWHERE = np.full((2, 2), np.nan, np.float32)


def marked(side_mm: int = 60) -> MarkedSheet:
    """Two rows of triangles, a pulse, a separator and a name."""
    x = np.linspace(12, 50, 300)
    lines = [
        Line("pulse", np.array([[4, 20], [4, 10], [8, 10], [8, 20]], np.float32), NOWHERE),
        Line("separator", np.array([[30, 5], [30, 9]], np.float32), NOWHERE),
    ]
    for zero in (20.0, 45.0):
        y = zero - np.abs(x % 10 - 5)
        level = np.array([[0, zero], [60, zero]], np.float32)
        lines.append(Line("strip", np.stack([x, y], axis=1).astype(np.float32), level))
    words = np.array([[WORDS.index("aVF"), 12, 5, 17, 8]], np.float32)
    side = 4 * side_mm
    image = np.full((side, side, 3), 230, np.uint8)
    return MarkedSheet(image, np.ones((side // 2, side // 2), bool), tuple(lines), words)


@pytest.fixture
def one_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(self: object, number: int, count: int, random: object) -> list[MarkedSheet]:
        return [marked()] * count

    def sheets(seed: int, first: int) -> Iterator[MarkedSheet]:
        while True:
            yield marked()

    monkeypatch.setattr(sheet_library.SheetLibrary, "draw", draw)
    monkeypatch.setattr(page, "sheets", sheets)
    monkeypatch.setattr(loop, "_VALIDATION_BATCHES", 1)


@pytest.mark.usefixtures("one_sheet")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_training_leaves_a_network_that_all_runtimes_run_alike(tmp_path: Path) -> None:
    said: list[TrainingStep] = []
    # Named as the folder of the shipped network, so that torch finds its architecture.
    out = tmp_path / "page"
    loop.LessonTrainer(PageLesson, SMALL).train(out, said.append)
    assert [step.step for step in said] == [1]
    onnx, weights = out / "model.onnx", out / "weights.safetensors"
    assert onnx.stat().st_size < MAX_MODEL_BYTES
    sums = [sha256(path.read_bytes()).hexdigest() for path in (onnx, weights)]
    model = Model("net", "", onnx, sums[0], "MIT", "", {"trainer": "page"}, {}, weights, sums[1])
    pixels = np.random.default_rng(1).integers(0, 256, (1, 96, 144, 3), dtype=np.uint8)
    answer = open_network(model, "onnxruntime", 1)(pixels)
    assert answer.shape == (1, CHANNELS, 24, 36)
    assert open_network(model, "torch", 1)(pixels) == pytest.approx(answer, abs=1e-3)
    # A training with no more steps to do exports what it has.
    (out / "model.onnx").unlink()
    loop.LessonTrainer(PageLesson, SMALL.model_copy(update={"workers": 1})).train(out, said.append)
    assert len(said) == 1
    assert onnx.stat().st_size > 0


@pytest.mark.usefixtures("one_sheet")
def test_batches_are_crops_with_their_targets_and_the_same_again() -> None:
    lesson = PageLesson(SMALL, Path())
    images, targets = next(lesson.batches(3, 5, validating=False))
    assert images.shape == (2, 3, 192, 192)
    assert targets.shape[0] == 2
    assert targets.shape[2:] == (48, 48)
    again = next(lesson.batches(3, 5, validating=False))
    assert torch.equal(images, again[0])
    assert torch.equal(targets, again[1])
    plain, _ = next(lesson.batches(3, 5, validating=True))
    assert torch.equal(plain, torch.full_like(plain, 230 / 255))


def right_outputs(sheet: MarkedSheet) -> torch.Tensor:
    """What a network would give that knew the targets: logits and shares of lengths."""
    fine = page._fine(packed_targets(sheet)[None], page.FINE_TARGETS)
    units = {"zero": ZERO_MM, "right": FINE_MM, "below": FINE_MM}
    maps = []
    for name in FINE:
        layer = fine[name]
        if name in {"start", "end"}:
            layer = (layer == 1).float()
        maps.append(layer / units[name] if name in units else (layer * 16 - 8))
    packed = torch.nn.functional.pixel_unshuffle(torch.stack(maps, 1), 2)
    words = packed_targets(sheet)[None, -(CHANNELS - PACKED) :]
    logits = (words[:, : len(WORDS)] == 1).float() * 16 - 8
    return torch.cat([packed, logits, words[:, len(WORDS) :] / SIZE_MM], 1)


def test_right_answers_cost_little_and_score_full() -> None:
    lesson, sheet = PageLesson(SMALL, Path()), marked()
    targets, right = packed_targets(sheet)[None], right_outputs(sheet)
    # Each kind of wrong answer costs more.
    cost = float(lesson.loss(right, targets))
    assert cost < 2
    assert lesson.score(right, targets) > 0.9
    for name in FINE:
        wrong = right.clone()
        part = slice(4 * FINE.index(name), 4 * FINE.index(name) + 4)
        wrong[:, part] = 1 - wrong[:, part]
        assert lesson.loss(wrong, targets) > cost + 0.1, name
    for part in (slice(PACKED, PACKED + len(WORDS)), slice(PACKED + len(WORDS), CHANNELS)):
        wrong = right.clone()
        wrong[:, part] = 1 - wrong[:, part]
        assert lesson.loss(wrong, targets) > cost + 0.1
    assert lesson.score(-right, targets) < 0.1


def test_the_network_as_it_is_run_gives_probabilities_and_mm() -> None:
    net = PageNet().eval()
    assert sum(each.numel() for each in net.parameters()) < 900_000
    pixels = torch.randint(0, 256, (1, 64, 96, 3), dtype=torch.uint8)
    with torch.no_grad():
        answer = page.running(net.state_dict())(pixels).numpy()[0]
        raw = net(pixels.permute(0, 3, 1, 2).float() / 255)
    found = look_of(answer, 32, 48)
    fine = page._fine(raw, FINE)
    assert found.trace == pytest.approx(torch.sigmoid(fine["trace"])[0].numpy(), abs=1e-5)
    assert found.zero_mm == pytest.approx(ZERO_MM * fine["zero"][0].numpy(), abs=1e-4)
    assert found.pulses.max() < 0.5
    assert len(found.starts) == len(found.ends) == 0

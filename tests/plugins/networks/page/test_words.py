from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from ecgengine_plugins.networks.page.window import SIZES, WORDS  # noqa: E402
from ecgengine_plugins.networks.page.words import WordTower  # noqa: E402


def test_it_answers_for_cells_of_four_pixels_and_begins_with_few_words() -> None:
    torch.manual_seed(1)
    tower = WordTower().eval()
    assert sum(each.numel() for each in tower.parameters()) < 400_000
    with torch.no_grad():
        answer = tower(torch.rand(2, 3, 32, 64))
    assert answer.shape == (2, len(WORDS) + len(SIZES), 8, 16)
    assert torch.sigmoid(answer[:, : len(WORDS)]).mean() < 0.05
    # Sizes are no probabilities.
    assert answer[:, len(WORDS) :].abs().mean() < 1.5


def test_what_it_answers_hangs_on_a_few_millimeters_around() -> None:
    torch.manual_seed(1)
    tower = WordTower().eval()
    sheet = torch.rand(1, 3, 160, 160)
    other = sheet.clone()
    other[:, :, 80, 80] += 1
    with torch.no_grad():
        changed = (tower(other) - tower(sheet)).abs().amax(1)[0] > 1e-6
    rows, columns = torch.nonzero(changed, as_tuple=True)
    assert changed[20, 20]
    for places in (rows, columns):
        assert 8 < int(places.min()) <= int(places.max()) < 32

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ecgengine.data.layout import LEADS
from ecgengine.data.look import Words
from ecgengine_plugins.matchers.arrangement.naming import (
    UNREAD,
    any_order,
    lead_indices,
    name_evidence,
)

STARTS_MM = np.array([[10.0, 40.0], [70.0, 40.0], [10.0, 80.0], [70.0, 80.0]])


def every_order(logs: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """The same as `any_order`, one order after the other."""
    count, leads = logs.shape
    orders = list(permutations(range(leads), count))
    weights = np.exp([logs[np.arange(count), order].sum() for order in orders])
    posterior = np.zeros((count, leads))
    for order, weight in zip(orders, weights, strict=True):
        posterior[np.arange(count), order] += weight
    return float(np.log(weights.mean())), posterior / weights.sum()


@given(st.integers(0, 10**6), st.integers(2, 5), st.floats(0.0, 2.0))
def test_any_order_is_near_the_sum_over_all_orders(seed: int, count: int, spread: float) -> None:
    logs = np.random.default_rng(seed).normal(0, spread, (count, 6))
    total, posterior = any_order(logs)
    exact, exact_posterior = every_order(logs)
    # Bethe's permanent is below the true one, by at most the square root of 2 a row.
    assert exact - 0.5 * np.log(2) * 6 - 1e-6 <= total <= exact + 0.05
    # Its marginals lean to the likeliest order, the more the strips say.
    assert np.abs(posterior - exact_posterior).max() < 0.1 + 0.2 * spread
    assert posterior[exact_posterior > 0.9].min(initial=1.0) > 0.85
    assert posterior.sum(axis=1) == pytest.approx(np.ones(count))


def test_clear_names_in_any_order_are_sure() -> None:
    order = np.random.default_rng(4).permutation(12)
    logs = np.full((12, 12), -3.0)
    logs[np.arange(12), order] = 9.0
    _, posterior = any_order(logs)
    assert posterior.argmax(axis=1).tolist() == order.tolist()
    assert posterior.max(axis=1).min() > 0.999


def test_many_orders_are_weighed_at_once() -> None:
    logs = np.random.default_rng(1).normal(0, 2, (3, 5, 12))
    totals, posteriors = any_order(logs)
    for one, total, posterior in zip(logs, totals, posteriors, strict=True):
        assert any_order(one)[0] == pytest.approx(total)
        assert any_order(one)[1] == pytest.approx(posterior)


def words(*printed: tuple[str, float, float], logit: float = 3.0) -> Words:
    """Words 5 mm wide and 3 mm high, by what they say, left edge and middle."""
    logits = np.full((len(printed), 12), -4.0)
    for row, (lead, _, _) in enumerate(printed):
        logits[row, LEADS.index(lead)] = logit
    boxes = [(x, y - 1.5, x + 5.0, y + 1.5) for _, x, y in printed]
    return Words(np.array(boxes).reshape(-1, 4), logits)


def test_a_word_counts_for_the_strip_beside_which_it_stands_as_others_do() -> None:
    seen = words(("V1", 11, 34), ("V2", 71, 34), ("V3", 11, 74), ("V4", 75.0, 60.0))
    best = max(name_evidence(seen, STARTS_MM), key=lambda one: float(one.log_ratio.max(1).sum()))
    v1, v2, v3, v4 = lead_indices(["V1", "V2", "V3", "V4"])
    assert best.log_ratio[[0, 1, 2], [v1, v2, v3]].min() > 8
    assert best.word[[0, 1, 2], [v1, v2, v3]].tolist() == [0, 1, 2]
    # The fourth stands elsewhere: hardly evidence for a name.
    assert best.log_ratio[3, v4] < best.log_ratio[2, v3] - 5
    # A word that looks like one lead speaks little for another.
    assert best.log_ratio[0, v2] < best.log_ratio[0, v1] - 5


def test_a_word_names_the_strip_at_whose_place_it_stands_and_no_other() -> None:
    close = np.array([[10.0, 40.0], [10.0, 46.0], [10.0, 52.0]])
    seen = words(("V1", 11, 34), ("V3", 11, 46))
    v1, v3 = lead_indices(["V1", "V3"])
    every = name_evidence(seen, close)
    # Two words name at most two of the strips; beside the others nothing was read.
    for one in every:
        unread = np.isneginf(one.log_ratio).all(axis=1)
        assert unread.any()
        assert (one.word[unread] == UNREAD).all()
        assert one.seen(0.94)[unread] == pytest.approx(np.log(0.06))
        assert np.isfinite(one.log_ratio[~unread]).all()
    best = max(every, key=lambda one: float(one.seen(0.94).max(axis=1).sum()))
    assert best.word[:, 0].tolist() == [0, UNREAD, 1]
    _, posterior = any_order(best.seen(0.94))
    assert posterior[[0, 2], [v1, v3]].min() > 0.95


def test_first_names_of_rows_may_stand_left_of_them_and_the_others_above() -> None:
    close = np.array([[x, y] for y in (40.0, 49.0, 58.0) for x in (20.0, 80.0, 140.0, 200.0)])
    names = LEADS
    printed = [
        (name, x + (-10.0 if x == 20 else 1.0), y + (0.0 if x == 20 else -6.0))
        for name, (x, y) in zip(names, close.tolist(), strict=True)
    ]
    best = max(
        name_evidence(words(*printed), close), key=lambda one: float(one.seen(0.94).max(1).sum())
    )
    assert best.word[np.arange(12), np.arange(12)].tolist() == list(range(12))
    assert best.log_ratio[np.arange(12), np.arange(12)].min() > 8
    assert best.stray == 0


def test_names_beside_a_row_at_no_strip_s_start_are_stray() -> None:
    at_strips = [("V1", 11, 34), ("V2", 71, 34), ("V3", 11, 74), ("V4", 71, 74)]
    others = [("I", 41, 34), ("II", 101, 74)]
    far = ("III", 41, 55)
    best = max(
        name_evidence(words(*at_strips, *others, far), STARTS_MM),
        key=lambda one: float(one.log_ratio.max(axis=1).sum()),
    )
    # Each counts as far as it is surely a word.
    assert best.stray == pytest.approx(2 / (1 + np.exp(-3.0)), abs=0.01)
    assert all(one.stray == 0 for one in name_evidence(words(*at_strips[:1]), STARTS_MM))
    faint = [
        one.stray
        for one in name_evidence(words(*others, logit=-2.0), np.array([[10.0, 40.0], [10.0, 80.0]]))
    ]
    assert max(faint) < 1.0


def test_faint_words_tell_less_and_none_tell_nothing() -> None:
    clear, faint = (
        name_evidence(words(("II", 11, 34), logit=logit), STARTS_MM)[0].log_ratio.max()
        for logit in (3.0, -1.5)
    )
    assert clear > 8
    assert faint < 3
    nothing = name_evidence(words(), STARTS_MM)
    assert len(nothing) == 1
    assert (nothing[0].word == UNREAD).all()
    assert nothing[0].seen(0.0) == pytest.approx(np.zeros((4, 12)))
    assert nothing[0].seen(0.94) == pytest.approx(np.full((4, 12), np.log(0.06)))


def test_upside_down_leads_are_named_as_upright_ones() -> None:
    assert lead_indices(["-aVR", "V6"]) == [3, 11]

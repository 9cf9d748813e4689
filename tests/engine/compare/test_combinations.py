from __future__ import annotations

from ecgengine.compare.combinations import combine


def labels(**named: list[str]) -> list[str]:
    return [c.label for c in combine(named)]


def test_every_combination_is_called_after_what_varies() -> None:
    assert labels(extractor=["viterbi", "column"]) == ["viterbi", "column"]
    assert labels(segmenter=["ink"], extractor=["viterbi", "column"]) == ["viterbi", "column"]
    assert labels(segmenter=["ink", "unet"], extractor=["viterbi", "column"]) == [
        "ink+viterbi",
        "ink+column",
        "unet+viterbi",
        "unet+column",
    ]


def test_nothing_named_is_the_default() -> None:
    (only,) = combine({})
    assert (only.label, only.choices) == ("default", {})
    assert labels(segmenter=["ink"], extractor=["column"]) == ["ink+column"]


def test_a_name_given_twice_counts_once() -> None:
    assert labels(extractor=["column", "column"]) == ["column"]

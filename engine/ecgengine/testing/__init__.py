"""Conformance checks for plugins: plain functions, results as data, inside pytest or outside it.

    from ecgengine.testing import check_plugin, faults

    results = check_plugin("extractor", my_plugin, known_failures={"one pixel": "not yet"})
    assert not faults(results), "\n".join(map(str, faults(results)))

Checks come in three groups. `api`: the record is sound, importing it is light, its factory needs no
network. `behavior`: blank, full, tiny and odd inputs get a sound answer or an error of the engine,
inputs stay untouched, answers repeat. `accuracy`: the sample page, which has no noise, is
read within a floor.
"""

from ecgengine.testing.api import check_hooks
from ecgengine.testing.kinds import (
    check_assembler,
    check_classifier,
    check_dataset,
    check_extractor,
    check_layout,
    check_matcher,
    check_model,
    check_plugin,
    check_preprocessor,
    check_reader,
    check_rectifier,
    check_segmenter,
    check_trainer,
    check_writer,
)
from ecgengine.testing.results import CheckResult, Fault, faults

__all__ = [
    "CheckResult",
    "Fault",
    "check_assembler",
    "check_classifier",
    "check_dataset",
    "check_extractor",
    "check_hooks",
    "check_layout",
    "check_matcher",
    "check_model",
    "check_plugin",
    "check_preprocessor",
    "check_reader",
    "check_rectifier",
    "check_segmenter",
    "check_trainer",
    "check_writer",
    "faults",
]

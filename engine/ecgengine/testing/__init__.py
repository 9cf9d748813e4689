"""Conformance checks for plugins: plain functions, inside pytest or outside it.

    import pytest
    from ecgengine.testing import checks

    @pytest.mark.parametrize("check", checks("extractor", my_plugin), ids=str)
    def test_it_conforms(check):
        check.run()

Without pytest, `check_plugin` runs them all and gives what came of each as data.

Checks come in three groups. `api`: the record is sound, importing it is light, its factory needs no
network. `behavior`: blank, full, tiny and odd inputs get a sound answer or an error of the engine,
inputs stay untouched, answers repeat. `accuracy`: the sample page, which has no noise, is
read within a floor.
"""

from ecgengine.testing.api import hook_checks
from ecgengine.testing.kinds import check_plugin, checks
from ecgengine.testing.results import Check, CheckResult, Fault, faults, run_checks

__all__ = [
    "Check",
    "CheckResult",
    "Fault",
    "check_plugin",
    "checks",
    "faults",
    "hook_checks",
    "run_checks",
]

"""What checks found, as data."""

from __future__ import annotations

import pytest

from ecgengine.testing import Check, Fault, run_checks


def refuse() -> None:
    raise Fault("it refuses")


def divide() -> None:
    raise ZeroDivisionError("by zero")


CHECKS = (
    Check("matcher planted", "api", "sound record", lambda: None),
    Check("matcher planted", "behavior", "blank", refuse),
    Check("matcher planted", "behavior", "sample", divide),
)


def test_every_check_is_run_and_tells_what_came_of_it() -> None:
    assert [str(result) for result in run_checks(CHECKS)] == [
        "matcher planted: api: sound record: passed",
        "matcher planted: behavior: blank: failed it refuses",
        "matcher planted: behavior: sample: failed ZeroDivisionError: by zero",
    ]


def test_known_failures_are_declared_with_a_reason_and_must_fail() -> None:
    declared = {"sample": "to do", "sound record": "no longer", "no such check": "?"}
    results = {result.check: result for result in run_checks(CHECKS, declared)}
    assert str(results["sample"]) == "matcher planted: behavior: sample: known to do"
    assert results["sound record"].outcome == "failed"
    assert results["no such check"].outcome == "failed"
    assert "no such check" in results["no such check"].message


def test_a_check_is_named_and_raises_what_it_finds() -> None:
    assert str(CHECKS[1]) == "matcher planted: blank"
    with pytest.raises(Fault, match="it refuses"):
        CHECKS[1].run()

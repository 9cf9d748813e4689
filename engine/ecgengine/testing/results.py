"""A check, running checks, and their results as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Group = Literal["api", "behavior", "accuracy"]
Outcome = Literal["passed", "failed", "known"]


class Fault(Exception):  # noqa: N818  it is what a check found, not an error of the kit
    """Raised by a check that a plugin does not meet; its text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to try; `str(check)` says of whom and what, as an id of a test does.

    Attributes:
        subject: what is checked, such as `extractor viterbi`.
        group: api, behavior or accuracy.
        name: what is tried, the key of `known_failures`.
        run: raises (a `Fault` or anything else) when the plugin fails.
    """

    subject: str
    group: Group
    name: str
    run: Callable[[], object]

    def __str__(self) -> str:
        return f"{self.subject}: {self.name}"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of one check.

    Attributes:
        subject: what was checked, such as `extractor viterbi`.
        group: api, behavior or accuracy.
        check: the check's name, the key of `known_failures`.
        outcome: passed, failed, or known when it fails as declared.
        message: what is wrong, or the declared reason; empty when passed.
    """

    subject: str
    group: Group
    check: str
    outcome: Outcome
    message: str = ""

    def __str__(self) -> str:
        return f"{self.subject}: {self.group}: {self.check}: {self.outcome} {self.message}".rstrip()


def run_checks(
    checks: Iterable[Check], known_failures: Mapping[str, str] | None = None
) -> tuple[CheckResult, ...]:
    """Run every check; a declared failure that passes, or does not exist, is a failure itself."""
    known = dict(known_failures or {})
    results = []
    for check in checks:
        reason = known.pop(check.name, None)
        try:
            check.run()
        except Exception as error:
            text = str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
            found: tuple[Outcome, str] = ("failed", text) if reason is None else ("known", reason)
        else:
            found = ("passed", "")
            if reason is not None:
                found = ("failed", "declared as a known failure, but it passes; declare it no more")
        results.append(CheckResult(check.subject, check.group, check.name, *found))
    for name in known:
        message = "declared as a known failure, but there is no such check"
        results.append(CheckResult("known failures", "api", name, "failed", message))
    return tuple(results)


def faults(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Give the failed ones."""
    return [result for result in results if result.outcome == "failed"]


def expect(condition: object, message: str) -> None:
    """Raise a Fault with `message` unless `condition` holds."""
    if not condition:
        raise Fault(message)

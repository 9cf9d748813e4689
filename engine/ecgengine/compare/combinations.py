"""List the combinations of stages that are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

DEFAULT_LABEL = "default"


@dataclass(frozen=True, slots=True)
class Combination:
    """One choice of stages.

    Attributes:
        label: what tables call it: the names that tell it from the others.
        choices: plugin name by stage kind; other kinds are selected as usual.
    """

    label: str
    choices: dict[str, str]


def combine(named: Mapping[str, Sequence[str]]) -> tuple[Combination, ...]:
    """Give every combination of the plugins named for each stage kind, in the order named.

    A combination is called after the kinds of which more than one plugin is named; when there is
    no such kind, after all that are named.
    """
    kinds = [kind for kind, names in named.items() if names]
    varied = [kind for kind in kinds if len(set(named[kind])) > 1] or kinds
    found = []
    for names in product(*(dict.fromkeys(named[kind]) for kind in kinds)):
        choices = dict(zip(kinds, names, strict=True))
        label = "+".join(choices[kind] for kind in varied) or DEFAULT_LABEL
        found.append(Combination(label, choices))
    return tuple(found)

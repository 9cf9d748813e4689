"""The networks that this distribution ships."""

from __future__ import annotations

from pathlib import Path

from ecgengine.data.model import CARD_SUFFIX, Model

ROW_NET = "rows-v1"

SOURCE_NET = "source-v1"

PAGE_NET = "page-v1"

SHIPPED = (ROW_NET, SOURCE_NET, PAGE_NET)


def shipped(name: str) -> Model:
    """Read the card of a shipped network; raises MissingDependencyError when it is not there."""
    return Model.from_card(Path(__file__).parent / name.rpartition("-")[0] / (name + CARD_SUFFIX))

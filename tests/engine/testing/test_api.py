"""Each planted fault of a record or of a module of hooks is found, and told in words."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ecgengine.plugins.hooks import StagePlugin
from ecgengine.testing import faults, hook_checks, run_checks

Offer = Callable[..., StagePlugin[Any]]
Found = Callable[[str, StagePlugin[Any]], dict[str, str]]


def calls_home(options: object) -> None:
    socket.create_connection(("127.0.0.1", 9))


def test_faults_of_records(offer: Offer, found: Found) -> None:
    problems = found("trainer", offer(factory=calls_home, name="Two Words", summary=""))
    assert problems["no network"] == "it opens a network connection"
    assert "not lower case" in problems["sound record"]


def test_a_heavy_import_is_found(offer: Offer, found: Found) -> None:
    module = "ecgengine.running.debug_pictures"
    problems = found("trainer", offer(module=module))
    assert problems["light import"].startswith(f"importing {module} imports cv2, numpy")


def test_faults_of_hooks(offer: Offer) -> None:
    module = ModuleType("planted_hooks")
    names = iter("abcdefgh")

    def ecgengine_writers() -> list[StagePlugin[Any]]:
        print("loading")
        return [offer(name=next(names))]

    module.ecgengine_writers = ecgengine_writers  # type: ignore[attr-defined]
    module.ecgengine_wirters = ecgengine_writers  # type: ignore[attr-defined]
    problems = {each.check: each.message for each in faults(run_checks(hook_checks(module)))}
    assert "ecgengine_wirters" in problems["known hook names"]
    assert problems["hooks without side effects"] == "its hooks print"
    assert "other records" in problems["hooks repeat"]

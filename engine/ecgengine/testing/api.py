"""Checks of the group `api`: what holds for a plugin of any kind."""

from __future__ import annotations

import importlib.util
import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from types import ModuleType
from typing import Any, NoReturn

from ecgengine.plugins.hooks import StagePlugin
from ecgengine.plugins.kinds import KINDS, StageT
from ecgengine.plugins.manager import LOCAL_MODULE, PluginManager
from ecgengine.plugins.options import Options
from ecgengine.testing.results import Check, Fault, expect

HEAVY = frozenset(
    {"cv2", "numba", "numpy", "onnxruntime", "openvino", "pandas", "scipy", "timm", "torch"}
)
"""Libraries that cost more than the command line may wait for."""


def api_checks(
    subject: str, plugin: StagePlugin[Any], make: Callable[[], object]
) -> tuple[Check, ...]:
    """Give the checks of a record and of its factory, which `make` calls."""

    def no_network() -> None:
        with _offline():
            make()

    return (
        Check(subject, "api", "sound record", lambda: _sound_record(plugin)),
        Check(subject, "api", "options explain themselves", lambda: _options(plugin)),
        Check(subject, "api", "light import", lambda: _light_import(plugin.factory.__module__)),
        Check(subject, "api", "no network", no_network),
    )


def hook_checks(module: ModuleType) -> tuple[Check, ...]:
    """List the checks of a module of hooks: right names, no side effects, steady records."""
    names = [kind.hook for kind in KINDS]
    hooks = [getattr(module, name) for name in names if hasattr(module, name)]

    def known_names() -> None:
        expect(hooks, f"none of its functions is called {', '.join(names)}")
        strange = sorted({n for n in vars(module) if n.startswith("ecgengine_")} - set(names))
        strange = [name for name in strange if callable(getattr(module, name))]
        expect(not strange, f"there is no hook called {', '.join(strange)}")

    def quiet() -> None:
        before = (dict(os.environ), threading.active_count(), set(sys.modules))
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said), _offline():
            for hook in hooks:
                list(hook())
        expect(dict(os.environ) == before[0], "its hooks change environment variables")
        expect(threading.active_count() == before[1], "its hooks start threads")
        heavy = sorted(HEAVY & (set(sys.modules) - before[2]))
        expect(not heavy, f"its hooks import {', '.join(heavy)}")
        expect(not said.getvalue(), "its hooks print")

    def steady() -> None:
        for hook in hooks:
            first, second = ([(p.name, p.priority) for p in hook()] for _ in range(2))
            expect(first == second, f"{hook.__name__} gives other records when it is called again")

    subject = f"hooks {module.__name__}"
    return (
        Check(subject, "api", "known hook names", known_names),
        Check(subject, "api", "hooks without side effects", quiet),
        Check(subject, "api", "hooks repeat", steady),
        Check(subject, "api", "light import", lambda: _light_import(module.__name__)),
    )


def _sound_record(plugin: StagePlugin[Any]) -> None:
    expect(isinstance(plugin, StagePlugin), f"{plugin!r} is no StagePlugin")
    expect(plugin.name == plugin.name.lower(), f"the name {plugin.name!r} is not lower case")
    expect(" " not in plugin.name and "." not in plugin.name, f"{plugin.name!r} is no plain name")
    expect(plugin.summary.strip(), "it has no summary")
    expect("\n" not in plugin.summary, "its summary has more than one line")
    expect(isinstance(plugin.sources, frozenset), "its sources are no frozenset")


def _options(plugin: StagePlugin[Any]) -> None:
    expect(issubclass(plugin.options, Options), "its options are no subclass of Options")
    plugin.options()
    for name, field in plugin.options.model_fields.items():
        expect(field.description, f"its option {name} has no description")


@cache
def _light_import(module: str) -> None:
    """Import the module in a new process and look what came along; local files have no name."""
    if module.startswith(LOCAL_MODULE) or importlib.util.find_spec(module) is None:
        return
    code = f"import sys, {module}; print(*sorted(set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    expect(found.returncode == 0, f"{module} does not import: {found.stderr.strip()[-300:]}")
    heavy = sorted(HEAVY & set(found.stdout.split()))
    expect(not heavy, f"importing {module} imports {', '.join(heavy)}; do so in the factory")


def build(plugin: StagePlugin[StageT], options: Options | None = None) -> StageT:
    """Build a plugin's stage, with its default options or others, and what it needs."""
    needed = [_installed().select(kind, name).build() for kind, name in plugin.needs]
    return plugin.factory(options or plugin.options(), *needed)


@cache
def _installed() -> PluginManager:
    return PluginManager()


@contextmanager
def _offline() -> Iterator[None]:
    """Let every attempt to open a socket fail."""

    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise Fault("it opens a network connection")

    original = socket.socket.connect, socket.getaddrinfo
    socket.socket.connect, socket.getaddrinfo = refuse, refuse  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.socket.connect, socket.getaddrinfo = original  # type: ignore[method-assign]

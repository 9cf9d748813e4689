"""The map and the walks of docs/architecture.md: drawn from what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOTS = ("engine/ecgengine", "plugins/ecgengine_plugins", "kernels/ecgengine_kernels")


def the_map(root: Path) -> str:
    """Every room with the first line of its docstring, indented by how deep it lies."""
    lines = []
    for top in ROOTS:
        for package in sorted((root / top).rglob("__init__.py")):
            folder = package.parent.relative_to(root / top)
            name = f"{top}/" if not folder.parts else f"{'    ' * len(folder.parts)}{folder.name}/"
            words = ast.get_docstring(ast.parse(package.read_text()))
            assert words, f"{package} says nothing"
            lines.append(f"{name:<29} {words.splitlines()[0]}")
    return "\n".join(lines)


@pytest.fixture
def text(root: Path) -> str:
    return (root / "docs" / "architecture.md").read_text()


def test_the_map_is_what_is_there(root: Path, text: str) -> None:
    assert the_map(root) in text


def test_every_stop_of_a_walk_is_a_file_with_that_name(root: Path, text: str) -> None:
    stops = re.findall(r"\| `([\w/]+\.py)` \| `?([\w.]*)", text)
    assert len(stops) > 30
    for path, name in stops:
        (found,) = [file for top in ROOTS for file in [root / top / path] if file.is_file()]
        if name:
            assert re.search(rf"\b{name.rsplit('.')[-1]}\b", found.read_text()), (path, name)

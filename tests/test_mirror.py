"""Tests mirror the rooms, so that a file's test is found by its name."""

from __future__ import annotations

from pathlib import Path

ROOMS = {
    "engine": Path("engine/ecgengine"),
    "plugins": Path("plugins/ecgengine_plugins"),
    "kernels": Path("kernels/ecgengine_kernels"),
    "benchmarks": Path("benchmarks"),
}
OF_NO_MODULE = {
    "engine/cli/test_bad_input.py": "what every command says to broken files",
    "engine/test_public_names.py": "the package itself: what plugin authors import",
    "plugins/test_conformance.py": "the public checks, run for every built-in plugin",
    "test_architecture.py": "the map and the walks in docs/architecture.md",
    "test_example_plugin.py": "the example that is no part of the package",
    "test_mirror.py": "this one",
    "test_packaging.py": "what is shipped and documented",
}


def test_every_test_has_the_name_and_the_place_of_what_it_tests(root: Path) -> None:
    lost = []
    for path in sorted((root / "tests").rglob("test_*.py")):
        test = path.relative_to(root / "tests")
        room, *rest = test.parts
        tested = root / ROOMS.get(room, Path("nowhere")).joinpath(*rest[:-1], path.stem[5:])
        if not (tested.is_dir() or tested.with_suffix(".py").is_file()):
            lost.append(test.as_posix())
    assert lost == sorted(OF_NO_MODULE), "a test stands where nothing of its name is"

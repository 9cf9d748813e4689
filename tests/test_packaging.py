"""What is shipped: three top-level names, a docs page for every hook, commands that exist."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from ecgengine import errors
from ecgengine.plugins.kinds import KINDS, StageKind


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing stale gets in and nothing is left behind."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("engine", "plugins", "kernels"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(root / name, copy)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", "dist", "."],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    return next((copy / "dist").glob("*.whl"))


def test_the_wheel_holds_exactly_three_names(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {
        "ecgengine",
        "ecgengine_kernels",
        "ecgengine_plugins",
    }
    for package in ("ecgengine", "ecgengine_kernels", "ecgengine_plugins"):
        assert f"{package}/py.typed" in names


def test_the_wheel_holds_every_module(root: Path, wheel: Path) -> None:
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}
    sources = {
        path.relative_to(root / room).as_posix()
        for room in ("engine", "plugins", "kernels")
        for path in (root / room).rglob("*.py")
    }
    assert shipped == sources


def test_the_wheel_holds_what_modules_read(root: Path, wheel: Path) -> None:
    shipped = set(zipfile.ZipFile(wheel).namelist())
    endings = (".toml", ".json", ".onnx", ".safetensors", ".pyi")
    read = {
        path.relative_to(root / room).as_posix()
        for room in ("engine", "plugins", "kernels")
        for path in (root / room).rglob("*")
        if path.suffix in endings
    }
    assert "ecgengine_plugins/paper/layouts.toml" in read
    assert read <= shipped


def test_every_entry_point_imports_and_every_kind_has_one(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["ecgengine"]
    assert set(points) == {f"{kind}s" for kind in KINDS}
    folders = {path.parent.name for path in (root / "plugins").rglob("hooks.py")}
    assert {value.split(".")[1] for value in points.values()} == folders


def test_constraints_pin_everything_that_is_needed(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = project["dependencies"] + [each for group in extras.values() for each in group]
    needed = [each for each in needed if not each.startswith("ecgengine[")]
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)==", (root / "constraints.txt").read_text(), re.M)
    plain = {name.lower().replace("_", "-") for name in pinned}
    for requirement in needed:
        name = re.split(r"[<>=~! ]", requirement)[0].lower()
        assert name in plain, f"{name} is not pinned in constraints.txt"


@pytest.mark.parametrize("kind", KINDS)
def test_every_hook_is_documented(root: Path, kind: StageKind[object]) -> None:
    text = (root / "docs" / "plugins.md").read_text()
    shown = f"def {kind.hook}() -> Iterable[StagePlugin[{kind.capitalize()}]]"
    assert shown in text, f"docs/plugins.md lacks `{shown}`"


def test_every_error_is_documented_with_its_code(root: Path) -> None:
    text = (root / "docs" / "errors.md").read_text()
    for name, error in vars(errors).items():
        if inspect.isclass(error) and issubclass(error, errors.EcgEngineError):
            assert re.search(rf"\| {error.exit_code} \|[^\n]*`{name}`", text), name


def test_the_readme_names_only_targets_that_exist(root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.M))
    told = re.findall(r"make ([a-z]+)", (root / "README.md").read_text())
    assert {"demo", "test"} <= set(told) <= targets
    assert "make test" in (root / ".ci" / "run").read_text()


def test_links_in_the_docs_lead_somewhere(root: Path) -> None:
    for page in [root / "README.md", *(root / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"

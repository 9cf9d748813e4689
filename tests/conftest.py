"""What all tests share: a cache for kernels, real data when there is some, fake distributions."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]


def _kernel_cache() -> Path:
    """Give a folder for compiled kernels that is another one when any kernel changes.

    Numba itself looks only at the file of the kernel it needs, not at those that this one calls.
    """
    key = sha256()
    for path in sorted((_ROOT / "kernels").rglob("*.py")):
        key.update(path.read_bytes())
    kept = _ROOT / ".pytest_cache" / f"kernels-{key.hexdigest()[:16]}"
    for old in set(kept.parent.glob("kernels-*")) - {kept}:
        # Those of today may be in use.
        if time.time() - old.stat().st_mtime > 24 * 3600:
            shutil.rmtree(old, ignore_errors=True)
    return kept


# Before anything imports numba; parallel workers and started commands inherit it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = str(_kernel_cache())
# A kernel that reads or writes beside an array raises here instead of breaking the heap.
os.environ["NUMBA_BOUNDSCHECK"] = "1"
# As many threads as cores in each of as many workers only wait for each other.
os.environ["OMP_NUM_THREADS"] = "1"
for _name in ("ECGENGINE_PLUGINS", "ECGENGINE_CONFIG", "ECGENGINE_DEBUG"):
    os.environ.pop(_name, None)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return _ROOT


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real pages with truth; tests that need it are skipped where there is none."""
    for folder in (os.environ.get("ECGENGINE_DATA"), _ROOT.parent / "shared" / "data"):
        if folder and (Path(folder) / "index.csv").is_file():
            return Path(folder)
    pytest.skip("no real data here (set ECGENGINE_DATA)")


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Fake an installed distribution: `install("ecgengine-foo", module source)`."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    modules: list[str] = []

    def add(distribution: str, source: str, version: str = "1.0") -> None:
        module = distribution.replace("-", "_") + "_hooks"
        modules.append(module)
        (site / f"{module}.py").write_text(textwrap.dedent(source))
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        )
        (info / "entry_points.txt").write_text(f"[ecgengine]\nhooks = {module}\n")

    yield add
    for module in modules:
        sys.modules.pop(module, None)

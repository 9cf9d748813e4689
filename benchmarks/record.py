"""Keep what a benchmark measured, with all that says where it comes from.

A run replaces `benchmarks/results/NAME.json`; `python benchmarks/report.py` makes the pages in
docs/ from those files. Only the standard library is used here, so that the report needs no engine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecgengine_plugins.datasets.synthetic import SyntheticDataset

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DATA = Path(os.environ.get("ECGENGINE_DATA", ROOT.parent / "shared" / "data"))
"""Folder of real pages, described by its own index.csv."""
LIBRARIES = ("numpy", "numba", "opencv-python-headless", "onnxruntime")
CODE = ("engine", "plugins", "kernels", "benchmarks/*.py")


def parser(description: str | None) -> argparse.ArgumentParser:
    """Give a parser with what all benchmarks ask for: the name of the result."""
    name = Path(sys.argv[0]).stem.replace("_", "-")
    made = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    made.add_argument("--name", default=name, help="name of the result, empty to keep nothing")
    return made


def synthetic(**options: Any) -> tuple[str, SyntheticDataset]:
    """Give synthetic pages, and the words that stand for their bytes."""
    from ecgengine_plugins.datasets.options import SyntheticOptions
    from ecgengine_plugins.datasets.synthetic import SyntheticDataset

    made = SyntheticDataset(SyntheticOptions(**options))
    words = ", ".join(f"{key} {value}" for key, value in sorted(options.items()))
    return f"synthetic: {words}", made


def save(name: str, numbers: Any, dataset: str, files: Iterable[Path] = ()) -> None:
    """Print a result, and write it unless its name is empty.

    The hash is over the name of the data set and the bytes of its files in order.
    """
    total = hashlib.sha256(dataset.encode())
    for path in files:
        total.update(path.read_bytes())
    result = {
        "name": name,
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _git("rev-parse", "--short=10", "HEAD"),
        "dirty": bool(_git("status", "--porcelain", "--", *CODE)),
        "command": shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
        "machine": _machine(),
        "data": {"name": dataset, "sha256": total.hexdigest()[:16]},
        "numbers": numbers,
    }
    result = json.loads(
        json.dumps(result, default=float),
        parse_float=lambda digits: float(f"{float(digits):.6g}"),
        parse_constant=lambda _: None,
    )
    text = _compact(result)
    if name:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
    print(text)


def _git(*arguments: str) -> str:
    answer = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )
    return answer.stdout.strip()


def _machine() -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    words = info.read_text(encoding="utf-8") if info.exists() else ""
    model = re.search(r"model name\s*: (.*)", words)
    return {
        "processor": model[1] if model else platform.processor(),
        "cores": os.cpu_count(),
        "load": [round(each, 1) for each in os.getloadavg()],
        "python": platform.python_version(),
        **{library: metadata.version(library) for library in LIBRARIES},
    }


def _compact(result: dict[str, Any]) -> str:
    """Give JSON with every innermost list and object on one line."""
    text = json.dumps(result, indent=1, ensure_ascii=False)
    return re.sub(r'[\[{][^\[\]{}"]*(?:"[^"\n]*"[^\[\]{}"]*)*[\]}]', _line, text) + "\n"


def _line(found: re.Match[str]) -> str:
    return " ".join(line.strip() for line in found[0].splitlines())

"""Run `ecgengine compare` on the fixed set of synthetic pages and keep its tables.

    python benchmarks/val.py [--out FOLDER] [OPTION OF COMPARE ...]
    python benchmarks/val.py --name val-true --true-geometry --rectifier grid

Stages that are not named are the default ones. A run that was interrupted goes on in its folder.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

from record import ROOT, parser, save

DATASET = "synthetic:val-v1"


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--out", type=Path, help="folder of the comparison (default: build/NAME)")
    arguments, others = given.parse_known_args()
    out = arguments.out or ROOT / "build" / arguments.name
    command = [sys.executable, "-m", "ecgengine", "compare", "--dataset", DATASET, *others]
    subprocess.run([*command, "--output", str(out)], check=True, stdout=subprocess.DEVNULL)
    tables = json.loads((out / "tables.json").read_text(encoding="utf-8"))["tables"]
    with (out / "pages.csv").open(newline="", encoding="utf-8") as file:
        pages = list(csv.DictReader(file))
    numbers = {f"by {key}": {row[key]: row for row in tables[key]} for key in ("source", "layout")}
    save(arguments.name, numbers | {"all": tables["combination"][0], "pages": pages}, DATASET)


if __name__ == "__main__":
    main()

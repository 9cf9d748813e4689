"""Lay out the real pages that have truth as a dataset folder, for `ecgengine compare`.

    python benchmarks/real_folder.py --data ../shared/data --out /tmp/real_pages
    ecgengine compare --dataset folder:/tmp/real_pages

The pictures stay where they are; the folder holds a `cases.csv` that points at them, and the
printed part of every truth as CSV at its own rate.
"""

from __future__ import annotations

import argparse
import csv
import os
from io import StringIO
from pathlib import Path

import numpy as np
from real_pages import Case, cases

from ecgengine.data.source import Source
from ecgengine.ecg.signals import Signals, leads_csv
from ecgengine.running.files import write_files

_SOURCES = {
    "saraes_real_scans": Source.COLOR_SCAN,
    "paper2pulse_phone_photos": Source.PHOTO,
}


def source(case: Case) -> Source:
    """Tell what kind of picture a page is; all but photos and scans were drawn by programs."""
    if case.path.stem.endswith("-0004"):
        return Source.BW_SCAN
    return _SOURCES.get(case.path.parent.name, Source.RENDER)


def layout(case: Case, truth: Signals) -> str:
    """Give the engine's name of a page's layout.

    A page that prints a whole recording in short rows has none: what it prints must not be cut.
    """
    if case.layout == "6x1" and "V1" in truth.leads_mv:
        return "6x1-chest"
    whole = all(np.isfinite(samples).all() for samples in truth.leads_mv.values())
    return "" if whole else case.layout


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("ECGENGINE_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder with index.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    arguments = parser.parse_args()

    table = StringIO()
    manifest = csv.writer(table, lineterminator="\n")
    manifest.writerow(["page", "truth", "name", "source", "layout"])
    files = {}
    for case in cases(arguments.data):
        truth = case.truth()
        name = f"{case.path.parent.name}_{case.path.stem}"
        files[f"{name}.csv"] = leads_csv(truth, 5)
        page = os.path.relpath(case.path, arguments.out)
        manifest.writerow([page, f"{name}.csv", name, source(case).value, layout(case, truth)])
    files["cases.csv"] = table.getvalue().encode()
    write_files(arguments.out, files, force=True)
    print(f"{len(files) - 1} pages in {arguments.out / 'cases.csv'}")


if __name__ == "__main__":
    main()

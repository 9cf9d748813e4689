"""Draw the sample page and write it with what is printed on it.

python examples/sample_page.py build/sample
ecgengine digitize build/sample/sample.png -o build/sample
ecgengine score build/sample/sample.csv build/sample/sample_truth.csv
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from ecgengine.running.files import write_files
from ecgengine.truth.sample import Sample, make_page


def picture(sample: Sample) -> bytes:
    """Give the page as PNG."""
    buffer = BytesIO()
    Image.fromarray(sample.page.image).save(buffer, "PNG", dpi=sample.page.dpi)
    return buffer.getvalue()


def truth(sample: Sample) -> bytes:
    """Give the printed leads as CSV, in the columns that ecgengine itself writes."""
    leads = sample.truth.leads_mv
    lines = [",".join(["time_s", *leads])]
    for index, row in enumerate(zip(*leads.values(), strict=True)):
        cells = ("" if np.isnan(value) else f"{value:.4f}" for value in row)
        lines.append(f"{index / sample.truth.fs_hz:.3f},{','.join(cells)}")
    return ("\n".join(lines) + "\n").encode()


def main() -> None:
    """Write `sample.png` and `sample_truth.csv` into the folder given."""
    sample = make_page()
    files = {"sample.png": picture(sample), "sample_truth.csv": truth(sample)}
    for path in write_files(Path(sys.argv[1]), files, force=True):
        print(path)


if __name__ == "__main__":
    main()

"""Digitize real pictures without truth: which layouts are found, and docs/img/photos.jpg.

    python benchmarks/photos.py

The picture lays the overlays of those photos side by side whose license lets them be shown.
"""

from __future__ import annotations

import csv
from contextlib import suppress

import cv2
import numpy as np
from montage import tile
from real_pages import listed_layout
from record import DATA, ROOT, parser, save

from ecgengine.api import make_pipeline
from ecgengine.errors import EcgEngineError
from ecgengine_plugins.datasets.pictures import first_page
from ecgengine_plugins.writers.options import OverlayOptions
from ecgengine_plugins.writers.overlay import OverlayWriter

TILE = 440, 300
ACROSS = 4


def main() -> None:
    arguments = parser(__doc__).parse_args()
    with (DATA / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["item"].startswith("images_only")]
    pipeline, writer = make_pipeline(), OverlayWriter(OverlayOptions())
    found, tiles = [], []
    for row in rows:
        path = DATA / row["item"]
        layout = "failed"
        with suppress(EcgEngineError):
            digitized = pipeline.digitize(first_page(path, path.stem))
            layout = digitized.recording.layout or "unnamed"
            if "photo" in row["source_type"] and row["licence"] != "no licence":
                encoded = np.frombuffer(next(iter(writer.render(digitized).values())), np.uint8)
                picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
                tiles.append(tile(picture, f"{path.stem}: {layout}", TILE))
        found.append({"page": path.name, "listed": listed_layout(row["layout"]), "found": layout})
        print(found[-1], flush=True)
    named = [each for each in found if each["listed"]]
    right = sum(each["found"] == each["listed"] for each in named)
    summed = {"pages": len(found), "listed": len(named), "right": right}
    numbers = {"layouts": {"real pictures": summed}, "pages": found}
    save(arguments.name, numbers, "real pictures without truth", [DATA / r["item"] for r in rows])
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % ACROSS)
    lines = [np.hstack(tiles[i : i + ACROSS]) for i in range(0, len(tiles), ACROSS)]
    out = ROOT / "docs" / "img" / "photos.jpg"
    cv2.imwrite(str(out), np.vstack(lines), [cv2.IMWRITE_JPEG_QUALITY, 72])


if __name__ == "__main__":
    main()

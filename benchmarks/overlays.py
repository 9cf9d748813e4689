"""Lay the overlays of digitized pages side by side: docs/img/photos.jpg.

    ecgengine digitize DATA/images_only/*/*.jpg -o OUT -f overlay,json
    python benchmarks/overlays.py OUT docs/img/photos.jpg

Below each picture stand its name and the layout found; a page that failed has no overlay.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

TILE_PX = 440, 300
LABEL_PX = 26
ACROSS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("overlays", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    tiles = [_tile(path) for path in sorted(arguments.overlays.glob("*_overlay.png"))]
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % ACROSS)
    rows = [np.hstack(tiles[i : i + ACROSS]) for i in range(0, len(tiles), ACROSS)]
    cv2.imwrite(str(arguments.out), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 72])


def _tile(path: Path) -> NDArray[np.uint8]:
    """Fit an overlay into a tile with its words below."""
    image = cv2.imread(str(path))
    assert image is not None
    scale = min(TILE_PX[0] / image.shape[1], TILE_PX[1] / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((TILE_PX[1] + LABEL_PX, TILE_PX[0], 3), 255, np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    name = path.name.removesuffix("_overlay.png")
    report = json.loads(path.with_name(f"{name}.json").read_text())
    words = f"{name}: {report['layout']['name'] or 'unnamed'}"
    place = 4, TILE_PX[1] + LABEL_PX - 8
    cv2.putText(tile, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


if __name__ == "__main__":
    main()

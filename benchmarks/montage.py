"""Lay the nine synthetic sources beside real pages: docs/img/sources.jpg.

    python benchmarks/montage.py --data ../shared/data --out docs/img/sources.jpg

Real pages are those whose licenses allow it; where there is none of a kind, its place stays empty.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.data.source import Source
from ecgengine_plugins.datasets.options import SyntheticOptions
from ecgengine_plugins.datasets.pictures import first_page
from ecgengine_plugins.datasets.synthetic import SyntheticDataset

SEED, ROUND = 21, 1
TILE = 560, 420
CROP_PX = 420
REAL = {
    Source.RENDER: "pairs/kit_samples_distorted/clean__00002_hr-0.png",
    Source.COLOR_SCAN: "images_only/kit_sample_data/ecg00012.jpg",
    Source.BW_SCAN: "pairs/saraes_real_scans/90036__ptbxl_01612.png",
    Source.PHOTO: "pairs/paper2pulse_phone_photos/01408_hr-0.jpg",
    Source.DAMAGED: "images_only/paper2pulse_unpaired/03424_hr-0.jpg",
}
LABEL_PX = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    made = SyntheticDataset(SyntheticOptions(seed=SEED, pages=9 * (ROUND + 1)))
    rows = []
    for source in Source:
        name = next(n for n in made.names()[9 * ROUND :] if n.endswith(f"-{source}"))
        synthetic = made.load(name).page.image
        real = _real(arguments.data, source)
        tiles = [(f"{source}: synthetic", synthetic), (f"{source}: real", real)]
        rows.append([_tile(words, image) for words, image in tiles])
        rows[-1] += [_crop(image) for _, image in tiles]
    pairs = [np.hstack(row) for row in rows]
    cv2.imwrite(str(arguments.out), np.vstack(pairs)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 68])


def _real(data: Path, source: Source) -> NDArray[np.uint8] | None:
    if source not in REAL:
        return None
    path = data / REAL[source]
    if path.is_dir():
        path = sorted(path.iterdir())[0]
    return first_page(path, path.stem).image


def _tile(words: str, image: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    width, height = TILE
    tile = np.full((height + LABEL_PX, width, 3), 255, np.uint8)
    if image is None:
        words += " (none to be had)"
    else:
        scale = min(width / image.shape[1], height / image.shape[0])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        tile[LABEL_PX : LABEL_PX + small.shape[0], : small.shape[1]] = small
    cv2.putText(tile, words, (6, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


def _crop(image: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Cut a piece from the middle of a page, at the scale of a page 2200 pixels wide."""
    tile = np.full((TILE[1] + LABEL_PX, CROP_PX, 3), 255, np.uint8)
    if image is not None:
        scale = 2200 / image.shape[1]
        side = round(CROP_PX / scale)
        y, x = (max((n - side) // 2, 0) for n in image.shape[:2])
        piece = image[y : y + side, x : x + side]
        piece = cv2.resize(piece, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)
        tile[LABEL_PX : LABEL_PX + CROP_PX] = piece
    return tile


if __name__ == "__main__":
    main()

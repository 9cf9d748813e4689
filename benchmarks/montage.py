"""Lay the nine synthetic sources beside real pages: docs/img/sources.jpg.

    python benchmarks/montage.py

Real pages are those whose licenses allow it; where there is none of a kind, its place stays empty.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from record import DATA, ROOT, synthetic

from ecgengine.data.source import Source
from ecgengine_plugins.datasets.pictures import first_page

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
    _, made = synthetic(seed=SEED, pages=9 * (ROUND + 1))
    rows = []
    for source in Source:
        name = next(n for n in made.names()[9 * ROUND :] if n.endswith(f"-{source}"))
        drawn, real = made.load(name).page.image, _real(source)
        words = f"{source}: real" + (" (none to be had)" if real is None else "")
        tiles = [tile(drawn, f"{source}: synthetic", TILE), tile(real, words, TILE)]
        rows.append([*tiles, _crop(drawn), _crop(real)])
    picture = np.vstack([np.hstack(row) for row in rows])[:, :, ::-1]
    out = ROOT / "docs" / "img" / "sources.jpg"
    cv2.imwrite(str(out), picture, [cv2.IMWRITE_JPEG_QUALITY, 68])


def _real(source: Source) -> NDArray[np.uint8] | None:
    path = DATA / REAL.get(source, "")
    return first_page(path, path.stem).image if path.is_file() else None


def tile(image: NDArray[np.uint8] | None, words: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Fit a picture into a tile of a size, its words above."""
    width, height = size
    made = np.full((height + LABEL_PX, width, 3), 255, np.uint8)
    if image is not None:
        scale = min(width / image.shape[1], height / image.shape[0])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        made[LABEL_PX : LABEL_PX + small.shape[0], : small.shape[1]] = small
    cv2.putText(made, words, (6, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA)
    return made


def _crop(image: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Cut a piece from the middle of a page, at the scale of a page 2200 pixels wide."""
    made = np.full((TILE[1] + LABEL_PX, CROP_PX, 3), 255, np.uint8)
    if image is not None:
        scale = 2200 / image.shape[1]
        side = round(CROP_PX / scale)
        y, x = (max((n - side) // 2, 0) for n in image.shape[:2])
        piece = image[y : y + side, x : x + side]
        piece = cv2.resize(piece, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)
        made[LABEL_PX : LABEL_PX + CROP_PX] = piece
    return made


if __name__ == "__main__":
    main()

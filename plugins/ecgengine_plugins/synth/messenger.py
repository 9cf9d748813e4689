"""Send a picture as messengers do: small, and compressed hard."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_plugins.synth.picture import Shot

_SIDES_PX = (800, 1600)
_QUALITIES = (40, 80)


def send(shot: Shot, random: np.random.Generator) -> Shot:
    """Make a picture's longer side 800 to 1600 pixels, by areas, and a JPEG of quality 40 to 80.

    Smaller pictures keep their size.
    """
    quality = int(random.integers(_QUALITIES[0], _QUALITIES[1] + 1))
    height, width = shot.image.shape[:2]
    share = min(int(random.integers(_SIDES_PX[0], _SIDES_PX[1] + 1)) / max(height, width), 1.0)
    small = max(round(width * share), 1), max(round(height * share), 1)
    image = cv2.resize(shot.image, small, interpolation=cv2.INTER_AREA)
    shrink = np.array([small[0] / width, small[1] / height])
    return Shot(
        np.asarray(image, dtype=np.uint8), _shrunk(shot.paper_map, shrink), quality, shot.missing
    )


def _shrunk(paper_map: PaperMap, shrink: NDArray[np.float64]) -> PaperMap:
    """Give the map from the smaller picture's pixels, on a lattice as fine on the paper."""
    rows, columns = paper_map.nodes_mm.shape[:2]
    step_px = paper_map.step_px * float(shrink.max())
    y, x = np.mgrid[:rows, :columns]
    nodes_px = np.stack([x.ravel(), y.ravel()], axis=1) * step_px
    # Pixel centers lie half a pixel from the edges of both pictures.
    nodes_mm = paper_map.to_paper((nodes_px + 0.5) / shrink - 0.5)
    return PaperMap(nodes_mm.reshape(rows, columns, 2), step_px)

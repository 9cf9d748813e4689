"""Stains: how deep each point lies in one, and the colors that a depth gives to paper."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.wear import raise_spots, stain_image
from ecgengine_plugins.synth.picture import Color
from ecgengine_plugins.synth.texture import Field, enlarge, grain

CELL_MM = 0.5
"""Size of the elements of depth fields."""

_DEEPEST_MM = 36.0
_SHALLOWEST_MM = -5.0
_STEP_MM = 0.02
_FAR_MM = 20.0
_GRAIN_SIDE_PX = 512

_DENSITY_STEPS = 1000
_LIGHT = np.rint(255 * np.exp(-np.arange(4 * _DENSITY_STEPS) / _DENSITY_STEPS)).astype(np.uint8)
"""What passes through an optical density of so many steps."""

DEPTHS_MM: NDArray[np.float64] = np.arange(_SHALLOWEST_MM, _DEEPEST_MM, _STEP_MM)
"""Depths at which ramps are given; negative outside of a stain's line."""


@dataclass(frozen=True, slots=True)
class Box:
    """Part of a picture, in pixels, that stains are laid over.

    Attributes:
        left: first column.
        top: first row.
        width: columns.
        height: rows.
        px_per_mm: pixels per millimeter.
    """

    left: int
    top: int
    width: int
    height: int
    px_per_mm: float

    @classmethod
    def whole(cls, image: NDArray[np.uint8], px_per_mm: float) -> Box:
        """Take all of a picture."""
        return cls(0, 0, image.shape[1], image.shape[0], px_per_mm)

    @classmethod
    def around(
        cls,
        image: NDArray[np.uint8],
        px_per_mm: float,
        center_mm: tuple[float, float],
        far_mm: float,
    ) -> Box:
        """Take what lies within `far_mm` of a point, as far as it is on the picture."""
        low = [int(max((side - far_mm) * px_per_mm, 0)) for side in center_mm]
        high = [int((side + far_mm) * px_per_mm) + 1 for side in center_mm]
        width, height = (
            max(min(end, side) - begin, 0)
            for begin, end, side in zip(low, high, image.shape[1::-1], strict=True)
        )
        return cls(low[0], low[1], width, height, px_per_mm)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a depth field over this box."""
        cell_px = CELL_MM * self.px_per_mm
        return max(round(self.height / cell_px), 1), max(round(self.width / cell_px), 1)

    def grid_mm(self) -> tuple[Field, Field]:
        """Give x (1, C) and y (R, 1) of a depth field's elements, in millimeters of the sheet."""
        rows, columns = self.shape
        x = self.left + (np.arange(columns, dtype=np.float32) + 0.5) * (self.width / columns)
        y = self.top + (np.arange(rows, dtype=np.float32) + 0.5) * (self.height / rows)
        return (x / self.px_per_mm)[None, :], (y / self.px_per_mm)[:, None]

    def depth_in_spots(self, spots_mm: NDArray[np.float64], reach_mm: float) -> Field:
        """Measure how deep each point lies in round spots, in millimeters.

        Args:
            spots_mm: (N, 3) x and y on the sheet, and radius.
            reach_mm: how far outside of spots depth (negative there) is measured.

        Returns:
            (R, C) depth, over the box.
        """
        rows, columns = self.shape
        depth = np.full((rows, columns), -_FAR_MM / CELL_MM, dtype=np.float32)
        at = spots_mm[:, :2] * self.px_per_mm - (self.left, self.top)
        # The middle of element 0 lies half an element inside.
        at = at * (columns / max(self.width, 1), rows / max(self.height, 1)) - 0.5
        spots = np.column_stack([at, spots_mm[:, 2] / CELL_MM])
        raise_spots(depth, spots.astype(np.float32), reach_mm / CELL_MM)
        return depth * np.float32(CELL_MM)


@dataclass(frozen=True, slots=True)
class Ramp:
    """What a stain does to colors at each of `DEPTHS_MM`.

    Attributes:
        passes: (N, C) share of the light below that passes through.
        adds: (N, C) light 0..255 that the stain itself gives back.
    """

    passes: NDArray[np.float64]
    adds: NDArray[np.float64]

    @classmethod
    def dye(cls, density: NDArray[np.float64], absorbance: Color) -> Ramp:
        """Make a clear dye of (N,) density: the law of Beer and Lambert."""
        passes = np.exp(-density[:, None] * np.array(absorbance))
        return cls(passes, np.zeros_like(passes))

    @classmethod
    def coat(
        cls, cover: NDArray[np.float64], color: tuple[float, ...] | NDArray[np.float64]
    ) -> Ramp:
        """Make a coat of paint that hides an (N,) share of what lies below, in one (C,) color."""
        clear = np.ones((cover.size, len(color)))
        return cls(clear, np.zeros_like(clear)).under(cover, color)

    def under(
        self, cover: NDArray[np.float64], color: tuple[float, ...] | NDArray[np.float64]
    ) -> Ramp:
        """Lay a coat over this ramp that hides an (N,) share of it, in one or (N, 3) colors."""
        hides = cover[:, None]
        return Ramp(self.passes * (1 - hides), self.adds * (1 - hides) + np.asarray(color) * hides)


class Painter:
    """Lays stains on one picture, in place."""

    def __init__(
        self, image: NDArray[np.uint8], px_per_mm: float, random: np.random.Generator
    ) -> None:
        self.image = image
        self.px_per_mm = px_per_mm
        self._grain = grain(random, _GRAIN_SIDE_PX, max(0.8 * px_per_mm, 2.0), 4)

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the picture."""
        height, width = self.image.shape[:2]
        return width / self.px_per_mm, height / self.px_per_mm

    def onto(self, image: NDArray[np.uint8]) -> Painter:
        """Give a painter of another (H, W, C) picture whose edges are ragged in the same places."""
        other = copy(self)
        other.image = image
        return other

    def tint(self, optical: Field) -> None:
        """Dye the whole picture smoothly.

        Args:
            optical: (R, C, 3) optical density (natural logarithm), over the whole picture.
        """
        index = np.clip(optical * np.float32(_DENSITY_STEPS), 0, len(_LIGHT) - 1)
        light = enlarge(_LIGHT[index.astype(np.uint16)], self.image.shape[:2])
        cv2.multiply(self.image, light, dst=self.image, scale=1 / 255)

    def lay(
        self,
        box: Box,
        depth_mm: Field,
        ramp: Ramp,
        strength: Field | float = 1.0,
        ragged_mm: float = 0.05,
    ) -> None:
        """Stain a box.

        Args:
            box: where.
            depth_mm: (R, C) depth in the stain, over the box.
            ramp: what each depth does.
            strength: (R, C) or one share 0..1 of the stain that takes hold.
            ragged_mm: deviation by which fine grain moves the depth.
        """
        offset = np.rint(ramp.adds)
        loss = np.maximum(np.rint((1 - ramp.passes) * 256), np.ceil(offset * (256 / 255)))
        active = DEPTHS_MM[loss.any(axis=1)]
        if box.width <= 0 or box.height <= 0 or active.size == 0:
            return
        margin_mm = 4 * ragged_mm + 2 * CELL_MM
        near = depth_mm > active[0] - margin_mm
        if active[-1] < DEPTHS_MM[-1]:
            near &= depth_mm < active[-1] + margin_mm
        share = np.where(near, np.clip(strength, 0, 1) * np.float32(255), np.float32(0))
        stain_image(
            self.image,
            (box.left, box.top, box.width, box.height),
            (depth_mm - np.float32(_SHALLOWEST_MM)) * np.float32(1 / _STEP_MM),
            share.astype(np.float32),
            np.rint(self._grain * np.float32(ragged_mm / _STEP_MM)).astype(np.int16),
            np.stack([loss, offset], axis=1).astype(np.uint16),
        )


def depth_in(inside: NDArray[np.bool_]) -> Field:
    """Measure how deep each element lies inside a mask, in millimeters; negative outside.

    At most 100 mm, also where the mask has no edge.
    """
    mask = inside.astype(np.uint8)
    within = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    without = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    depth = np.clip(within, 0, 100 / CELL_MM) - np.clip(without, 0, 100 / CELL_MM)
    return np.asarray(depth * CELL_MM, dtype=np.float32)

"""Bend a leaf: add shapes to the one that it has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ecgengine.geometry.lattice import read_lattice
from ecgengine_plugins.synth.picture import Leaf, Relief
from ecgengine_plugins.synth.texture import Field

STEP_MM = 1.0
"""Distance of the nodes of the shapes that `bend` adds."""


def relief_shape(leaf: Leaf) -> tuple[int, int]:
    """Give the rows and columns of a lattice of `STEP_MM` that holds a leaf."""
    height, width = leaf.image.shape[:2]
    rows, columns = (int(np.ceil(px / leaf.px_per_mm / STEP_MM)) + 1 for px in (height, width))
    return rows, columns


def bend(leaf: Leaf, lift_mm: Field, shift_mm: Field) -> Leaf:
    """Add (R, C) lift and (R, C, 2) shift, on the lattice of `relief_shape`, to a leaf's relief."""
    old = leaf.relief
    if old is not None:
        rows, columns = lift_mm.shape
        y, x = np.mgrid[:rows, :columns] * STEP_MM
        nodes = np.dstack([old.lift_mm, old.shift_mm]).astype(np.float64)
        points = np.stack([x.ravel(), y.ravel()], axis=1)
        there = read_lattice(nodes, old.step_mm, old.step_mm, points).reshape(rows, columns, 3)
        both = there.astype(np.float32)
        lift_mm, shift_mm = lift_mm + both[:, :, 0], shift_mm + both[:, :, 1:]
    return replace(leaf, relief=Relief(lift_mm, shift_mm, STEP_MM))

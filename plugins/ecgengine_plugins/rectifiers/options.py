"""Options of the rectifiers `grid` and `mesh`."""

from __future__ import annotations

from pydantic import Field

from ecgengine.plugins.options import Options


class GridOptions(Options):
    """What can be set about finding the grid and laying the paper flat."""

    max_angle_deg: float = Field(
        16.0, gt=0, le=40, description="largest rotation of the paper that is searched, degrees"
    )
    min_confidence: float = Field(
        0.35, ge=0, le=1, description="a grid found with less confidence is not believed"
    )
    max_px_per_mm: float = Field(
        16.0, ge=6, description="pages sampled finer than this are reduced to 12 px/mm"
    )


class MeshOptions(Options):
    """What can be set about linking the grid's crossings and laying the paper flat."""

    min_confidence: float = Field(
        0.3, ge=0, le=1, description="a grid found with less confidence is not believed"
    )
    max_px_per_mm: float = Field(
        12.0, ge=6, description="no sheet is sampled finer than this, however fine the picture"
    )

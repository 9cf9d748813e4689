"""Fit the lattice of a grid to a page: millimeters of paper as functions of page pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecgengine_plugins.rectifiers.grid import tuning
from ecgengine_plugins.rectifiers.grid.angle import find_angle
from ecgengine_plugins.rectifiers.grid.choice import GridLines, LineHypotheses, choose_periods
from ecgengine_plugins.rectifiers.grid.period import cut_bands
from ecgengine_plugins.rectifiers.grid.phase import Phases, measure_lines
from ecgengine_plugins.rectifiers.grid.upright import Upright, turn_upright
from ecgengine_plugins.rectifiers.grid.warp import WarpedPlane, fit_feed, fit_plane, fit_warp
from ecgengine_plugins.rectifiers.gridness import measure_gridness

SMALLEST_PX = 48


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where the grid lies on a page.

    Attributes:
        u_mm: millimeters to the right along the paper, 0 on a heavy line.
        v_mm: millimeters downward, 0 on a heavy line.
        minor_mm: distance of the light lines, or None.
        major_mm: distance of the heavy lines, or None.
        confidence: 0 to 1, from the share of the page whose lines agree with the fit.
        residual_mm: root mean square distance of those lines from the fit.
        is_flat: whether the lines are the page's own rows and columns, evenly spaced.
    """

    u_mm: WarpedPlane
    v_mm: WarpedPlane
    minor_mm: float | None
    major_mm: float | None
    confidence: float
    residual_mm: float
    is_flat: bool

    @property
    def px_per_mm(self) -> NDArray[np.float64]:
        """Page pixels per millimeter along the paper's (x, y), by the planes."""
        inverse = np.linalg.inv(np.array([self.u_mm.plane[:2], self.v_mm.plane[:2]]))
        return np.asarray(np.linalg.norm(inverse, axis=0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class StraightLines:
    """Both families of the grid lines of a page, and the planes that most of them agree with.

    Attributes:
        upright: the gridness in which they were measured.
        families: the lines of constant x, and those of constant y.
        planes: millimeters along the paper's x and y.
    """

    upright: Upright
    families: tuple[GridLines, GridLines]
    planes: tuple[WarpedPlane, WarpedPlane]

    @property
    def is_drawn(self) -> bool:
        """Whether they are the page's own rows and columns, as only a program draws them."""
        return all(
            abs(float(mm.plane[1 - axis] / mm.plane[axis])) * mm.size_px[1 - axis] < tuning.FLAT_PX
            for axis, mm in enumerate(self.planes)
        )

    def left_mm(self, axis: int, mm: WarpedPlane) -> NDArray[np.float64]:
        """(R, C) how far the lines in each tile are from a fit; whole periods may be slips."""
        family = self.families[axis]
        return _left_mm(mm, self.upright, family, axis).reshape(family.phases.count.shape)


def find_lattice(
    image: NDArray[np.uint8],
    max_angle_deg: float,
    spans: int,
    px_per_mm: tuple[float, float] | None = None,
) -> Lattice | None:
    """Find the grid of a page, or None; near a scale (x, y) where one is given.

    A warp is fitted in `spans` smooth pieces each way.
    """
    lines = find_lines(image, max_angle_deg, px_per_mm)
    return None if lines is None else fit_lattice(lines, spans)


def find_lines(
    image: NDArray[np.uint8], max_angle_deg: float, px_per_mm: tuple[float, float] | None = None
) -> StraightLines | None:
    """Find the grid lines of a page as if paper were flat, or None."""
    if min(image.shape[:2]) < SMALLEST_PX:
        return None
    gridness = measure_gridness(image)
    upright = turn_upright(gridness, find_angle(gridness.values, max_angle_deg))
    given = None
    if px_per_mm is not None:
        given = (px_per_mm[0] / gridness.px_per_px, px_per_mm[1] / gridness.px_per_px)
    families = choose_periods(
        LineHypotheses(cut_bands(upright.values)),
        LineHypotheses(cut_bands(upright.values, axis=1)),
        float(max(gridness.values.shape)),
        given,
    )
    if families is None:
        return None
    planes = [_fit_plane(upright, family, axis) for axis, family in enumerate(families)]
    if not _crosses_square(planes, px_per_mm):
        return None
    size = (float(image.shape[1]), float(image.shape[0]))
    return StraightLines(
        upright, families, (WarpedPlane(planes[0], size), WarpedPlane(planes[1], size))
    )


def fit_lattice(lines: StraightLines, spans: int) -> Lattice:
    """Fit the lattice of a page's grid, warped in `spans` smooth pieces each way where it needs it.

    Lines that are straight, upright rows and columns are those of a render or export: their
    scatter is rounding to pixels. Only where they are turned is paper taken to warp as well.
    """
    flat = lines.is_drawn
    fits = [_fit_family(lines, axis, not flat, spans) for axis in (0, 1)]
    residual = float(np.sqrt(np.mean(np.square([fit.rms_mm for fit in fits]))))
    none, full = tuning.NO_CONFIDENCE, tuning.FULL_CONFIDENCE
    confidence = float(np.clip((min(fit.share for fit in fits) - none) / (full - none), 0.0, 1.0))
    uneven = _unevenness([mm.plane for mm in lines.planes]) / tuning.DOUBTFUL_RATIO
    confidence /= 1 + (residual / tuning.DOUBTFUL_MM) ** 2 + uneven**2
    minor = any(family.period_mm == 1.0 or family.per_period == 5 for family in lines.families)
    major = all(family.period_mm == 5.0 for family in lines.families)
    return Lattice(
        fits[0].mm,
        fits[1].mm,
        1.0 if minor else None,
        5.0 if major else None,
        confidence,
        residual,
        flat,
    )


class _Fit(NamedTuple):
    """Millimeters along one axis, how much of the page agrees with them, and how closely."""

    mm: WarpedPlane
    share: float
    rms_mm: float


def _fit_family(lines: StraightLines, axis: int, paper: bool, spans: int) -> _Fit:
    """Judge a plane; on paper also with a warp and an uneven feed, where these explain more."""
    plane, family = lines.planes[axis], lines.families[axis]
    straight = _Fit(plane, *_judge(plane, lines.upright, family, axis))
    most = float(np.clip(family.phases.match, 0.0, 1.0).mean())
    if not paper or not _may_explain_more(straight, most):
        return straight
    steady = straight.share > tuning.STEADY_SHARE
    mm = _bend(plane, lines.upright, family, axis, steady, spans)
    bent = _Fit(mm, *_judge(mm, lines.upright, family, axis))
    return bent if _explains_more(straight, bent) else straight


def _trust(phases: Phases) -> NDArray[np.float64]:
    """Weights of tiles: 1 where lines are as clear as in the clearest, 0 far below that."""
    most = max(1e-3, float(np.quantile(phases.match, 0.9)))
    return np.clip((phases.match.ravel() / most - 0.6) / 0.4, 0.0, 1.0) ** 2


def _fit_plane(upright: Upright, family: GridLines, axis: int) -> NDArray[np.float64]:
    """The plane that most lines agree with.

    Lines followed from tile to tile may slip where ink hides them, so the even lines that the
    whole page adds up to best are tried as well.
    """
    phases, period_mm = family.phases, family.period_mm
    points, trust = upright.on_page(phases, axis), _trust(phases)
    slip = phases.count - phases.even
    steady = phases.even + slip - np.round(slip)
    planes = [
        fit_plane(points, count.ravel() * period_mm, trust * near)
        for count, near in (
            (phases.count, np.ones(points.shape[0])),
            (steady, (np.abs(steady - phases.even) < tuning.STEADY_PERIODS).ravel()),
        )
        if (trust * near).sum() > 3
    ]
    size = (1.0, 1.0)
    return max(planes, key=lambda plane: _judge(WarpedPlane(plane, size), upright, family, axis)[0])


def _unevenness(planes: list[NDArray[np.float64]]) -> float:
    """How far the scales along the paper differ, as the absolute logarithm of their ratio."""
    across, down = np.linalg.norm(np.linalg.inv([plane[:2] for plane in planes]), axis=0)
    return abs(float(np.log(across / down)))


def _crosses_square(
    planes: list[NDArray[np.float64]], px_per_mm: tuple[float, float] | None
) -> bool:
    """Tell whether two families cross at nearly right angles, at the scales given if any."""
    inverse = np.linalg.pinv(np.array([planes[0][:2], planes[1][:2]]))
    scales = np.linalg.norm(inverse, axis=0)
    if scales.min() <= 0:
        return False
    if abs(float(inverse[:, 0] @ inverse[:, 1])) > tuning.LARGEST_SKEW * float(scales.prod()):
        return False
    return px_per_mm is None or float(np.abs(np.log(scales / px_per_mm)).max()) < tuning.GIVEN_SLACK


def _bend(
    bent: WarpedPlane, upright: Upright, family: GridLines, axis: int, steady: bool, spans: int
) -> WarpedPlane:
    """Add the smooth warp and the uneven feed that the single lines show.

    Lines of a steady page are never off by half a period, so whole periods are slips.
    """
    lines = measure_lines(family.bands, family.phases)
    points, trust = upright.on_page(lines, axis), _trust(lines)
    places = points[:, axis].reshape(lines.count.shape).mean(axis=0)
    values = lines.count.ravel() * family.period_mm
    if steady:
        left = values - bent(points)
        values -= np.round(left / family.period_mm) * family.period_mm
    for _ in range(2):
        left = values - replace(bent, feed=None)(points)
        bent = replace(bent, feed=fit_feed(points, left, trust, axis, places, tuning.KINK_COST))
        left = values - replace(bent, knots=None)(points)
        bent = replace(bent, knots=fit_warp(points, left, trust, bent.size_px, spans))
    return bent


def _explains_more(straight: _Fit, bent: _Fit) -> bool:
    """Tell whether bending is worth it: noise is to make no warp."""
    closer = straight.rms_mm > tuning.BENT_MM and bent.rms_mm < 0.75 * straight.rms_mm
    return bent.share > _many_more(straight) or (closer and bent.share > 0.95 * straight.share)


def _may_explain_more(straight: _Fit, most: float) -> bool:
    """Tell whether bending could be worth it, were all lines seen to agree with it."""
    return straight.rms_mm > tuning.BENT_MM or most > _many_more(straight)


def _many_more(straight: _Fit) -> float:
    """The share of the page that must agree with a bent sheet that lies no closer to its lines."""
    return 1.15 * straight.share + 0.02


def _judge(
    bent: WarpedPlane, upright: Upright, family: GridLines, axis: int
) -> tuple[float, float]:
    """Share of the page whose lines agree with the fit, and their rms distance from it, mm."""
    left = _left_mm(bent, upright, family, axis)
    near = np.abs(left) < tuning.NEAR_PERIODS * family.period_mm
    weights = _trust(family.phases) * near
    share = float((near * np.clip(family.phases.match.ravel(), 0.0, 1.0)).mean())
    rms = float(np.sqrt((weights * left**2).sum() / max(1e-9, float(weights.sum()))))
    return share, rms


def _left_mm(
    bent: WarpedPlane, upright: Upright, family: GridLines, axis: int
) -> NDArray[np.float64]:
    """How far the lines in each tile are from the fit, in what is no whole period."""
    left = family.phases.count.ravel() * family.period_mm - bent(
        upright.on_page(family.phases, axis)
    )
    return np.asarray(left - np.round(left / family.period_mm) * family.period_mm)

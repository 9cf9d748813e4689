"""The nine kinds of picture, each a chain of what happens to a sheet on its way to a file."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ecgengine.data.source import Source
from ecgengine.geometry.paper_map import PaperMap
from ecgengine_plugins.synth.camera import photograph
from ecgengine_plugins.synth.damage import damage
from ecgengine_plugins.synth.flatbed import scan
from ecgengine_plugins.synth.folding import fold_up
from ecgengine_plugins.synth.mould import mould
from ecgengine_plugins.synth.picture import Print, Shot
from ecgengine_plugins.synth.printing import print_out
from ecgengine_plugins.synth.screen import photograph_screen
from ecgengine_plugins.synth.soaking import soak, stain
from ecgengine_plugins.synth.warping import compose

Taking = Callable[[Print, np.random.Generator], Shot]

_WIDTH_PX = 2200


def take_picture(
    sheet: Print, source: Source, random: np.random.Generator, *, folded: float = 0.0
) -> Shot:
    """Let a print become a picture of a given kind, about 2200 pixels wide.

    A share `folded` of photos shows a sheet that was folded and opened again.
    """
    if source is Source.PHOTO:
        return _photo(sheet, random, folded)
    return _TAKINGS[source](sheet, random)


def _render(sheet: Print, random: np.random.Generator) -> Shot:
    side, _ = sheet.size_px
    corners_px = np.array([[[0, 0], [side, 0]], [[0, side], [side, side]]], dtype=np.float64)
    paper_map = PaperMap((corners_px + 0.5) / sheet.px_per_mm, float(side))
    return Shot(compose(sheet), paper_map)


def _color_scan(sheet: Print, random: np.random.Generator) -> Shot:
    return scan(print_out(sheet, random), random, px_per_mm=_scan_scale(sheet, random))


def _bw_scan(sheet: Print, random: np.random.Generator) -> Shot:
    leaf = print_out(sheet, random, black_and_white=True)
    return scan(leaf, random, px_per_mm=_scan_scale(sheet, random), black_and_white=True)


def _photo(sheet: Print, random: np.random.Generator, folded: float) -> Shot:
    # Nothing is drawn where none is folded: published sets never change.
    folds = folded > 0 and random.random() < folded
    leaf = print_out(sheet, random)
    return photograph(fold_up(leaf, random) if folds else leaf, random, width_px=_WIDTH_PX)


def _screen(sheet: Print, random: np.random.Generator) -> Shot:
    return photograph_screen(compose(sheet), sheet.px_per_mm, random, width_px=_WIDTH_PX)


def _stained(sheet: Print, random: np.random.Generator) -> Shot:
    leaf = stain(print_out(soak(sheet, random), random), random)
    return photograph(leaf, random, width_px=_WIDTH_PX)


def _damaged(sheet: Print, random: np.random.Generator) -> Shot:
    return photograph(damage(print_out(sheet, random), random), random, width_px=_WIDTH_PX)


def _mould_color(sheet: Print, random: np.random.Generator) -> Shot:
    leaf = mould(print_out(sheet, random), random)
    return scan(leaf, random, px_per_mm=_scan_scale(sheet, random))


def _mould_bw(sheet: Print, random: np.random.Generator) -> Shot:
    leaf = mould(print_out(sheet, random, black_and_white=True), random)
    return scan(leaf, random, px_per_mm=_scan_scale(sheet, random), black_and_white=True)


def _scan_scale(sheet: Print, random: np.random.Generator) -> float:
    """Choose the scanner's resolution: 200 dpi as often as not, else somewhat less or more."""
    return 7.874 if random.random() < 0.5 else float(random.uniform(6.0, 8.2))


_TAKINGS: dict[Source, Taking] = {
    Source.RENDER: _render,
    Source.COLOR_SCAN: _color_scan,
    Source.BW_SCAN: _bw_scan,
    Source.SCREEN: _screen,
    Source.STAINED: _stained,
    Source.DAMAGED: _damaged,
    Source.MOULD_COLOR: _mould_color,
    Source.MOULD_BW: _mould_bw,
}

"""Pixel loops of ink separation: projection, medians along lines, unmixing, bridging, runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgengine_kernels.jit import kernel

LEVELS_PER_UNIT = 160.0
LEVEL_ZERO = 48.0
"""Darkness d (0 paper, 1 ink) is level `LEVEL_ZERO + LEVELS_PER_UNIT * d` of 256 in histograms."""

MOST_COVER = 4.0
"""Coverage is cut off here: more than 1 says that some ink is darker than was assumed."""

INKED, TRACED, SOLID = 0.3, 0.15, 1.6
"""Bands are bridged from ink of coverage `INKED`, followed out of them down to `TRACED`; what
reaches further than `SOLID` pens runs along the band or slants through it."""

TOP, BOTTOM, LEFT, RIGHT = range(4)
"""Columns of boxes (rows TOP to BOTTOM - 1 and so on) and of bars (BOTTOM and RIGHT included)."""


@kernel
def project(
    image: NDArray[np.uint8], weights: NDArray[np.float32], offset: float
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Map colors to darkness: offset - weights . rgb, as float32 and as uint8 levels.

    image (H, W, 3); both results (H, W).
    """
    height, width = image.shape[0], image.shape[1]
    dark = np.empty((height, width), np.float32)
    levels = np.empty((height, width), np.uint8)
    w0, w1, w2 = weights[0], weights[1], weights[2]
    start = np.float32(offset)
    for y in range(height):
        for x in range(width):
            value = start - w0 * image[y, x, 0] - w1 * image[y, x, 1] - w2 * image[y, x, 2]
            dark[y, x] = value
            level = value * np.float32(LEVELS_PER_UNIT) + np.float32(LEVEL_ZERO + 0.5)
            levels[y, x] = np.uint8(min(max(level, np.float32(0)), np.float32(255)))
    return dark, levels


@kernel
def row_medians(
    levels: NDArray[np.uint8], wanted: NDArray[np.bool_], tile_px: int
) -> NDArray[np.float32]:
    """Median darkness of each wanted row within tiles of columns; NaN for rows not wanted.

    levels (H, W), wanted (H,); the result is (H, ceil(W / tile_px)). Ties of a level are spread
    over its width, so that the median of many quantized values is finer than a level.
    """
    height, width = levels.shape
    tiles = (width + tile_px - 1) // tile_px
    medians = np.full((height, tiles), np.nan, np.float32)
    counts = np.zeros(256, np.int32)
    for y in range(height):
        if not wanted[y]:
            continue
        for tile in range(tiles):
            counts[:] = 0
            start, stop = tile * tile_px, min((tile + 1) * tile_px, width)
            for x in range(start, stop):
                counts[levels[y, x]] += 1
            medians[y, tile] = _darkness_of(counts, 0.5 * (stop - start))
    return medians


@kernel
def _darkness_of(counts: NDArray[np.int32], rank: float) -> float:
    """Give the darkness of a rank in a histogram of levels, finer than a level."""
    below, level = 0, 0
    while below + counts[level] < rank:
        below += counts[level]
        level += 1
    fine: float = level - 0.5 + (rank - below) / counts[level]
    return (fine - LEVEL_ZERO) / LEVELS_PER_UNIT


@kernel
def tile_quantiles(
    levels: NDArray[np.uint8],
    rows: NDArray[np.bool_],
    columns: NDArray[np.bool_],
    tile_px: int,
    quantile: float,
) -> NDArray[np.float32]:
    """Quantile of darkness in square tiles, of the pixels in both masks only; NaN where none is.

    levels (H, W), rows (H,), columns (W,); the result is (ceil(H / tile), ceil(W / tile)).
    """
    height, width = levels.shape
    down, across = (height + tile_px - 1) // tile_px, (width + tile_px - 1) // tile_px
    values = np.full((down, across), np.nan, np.float32)
    counts = np.zeros(256, np.int32)
    for j in range(down):
        for i in range(across):
            counts[:] = 0
            total = 0
            for y in range(j * tile_px, min((j + 1) * tile_px, height)):
                if not rows[y]:
                    continue
                for x in range(i * tile_px, min((i + 1) * tile_px, width)):
                    if columns[x]:
                        counts[levels[y, x]] += 1
                        total += 1
            if total > 0:
                values[j, i] = _darkness_of(counts, quantile * total)
    return values


@kernel
def _tiles_at(
    pixels: int, tile_px: int, tiles: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Give for each pixel the tile whose middle comes before it, and its way to the next one's."""
    first, weight = np.empty(pixels, np.int32), np.empty(pixels, np.float32)
    for x in range(pixels):
        place = min(max((x + 0.5) / tile_px - 0.5, 0.0), tiles - 1.0)
        first[x] = int(place)
        weight[x] = place - int(place)
    return first, weight


@kernel
def unmix(
    dark: NDArray[np.float32],
    paper: NDArray[np.float32],
    row_lines: NDArray[np.float32],
    column_lines: NDArray[np.float32],
    paper_tile_px: int,
    line_tile_px: int,
    opacity: float,
    limit: float,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Give ink coverage, and where lines are too dark to tell.

    Coverage is (dark - ground) / (1 - paper - opacity * line): opaque ink (1) replaces the line
    under it, and the darkness of translucent ink (0) adds to it.

    The ground is the paper (tile values, read bilinearly) plus the stronger of the horizontal
    line (row_lines (H, tiles)) and the vertical line (column_lines (tiles, W)) at the pixel, read
    linearly along the line. Where what is left for the ink is less than `limit`, coverage is 0
    and the second result True.
    """
    height, width = dark.shape
    cover = np.zeros((height, width), np.float32)
    unseen = np.zeros((height, width), np.bool_)
    one, zero, most = np.float32(1), np.float32(0), np.float32(MOST_COVER)
    solid = np.float32(opacity)
    paper_at, paper_weight = _tiles_at(width, paper_tile_px, paper.shape[1])
    line_at, line_weight = _tiles_at(width, line_tile_px, row_lines.shape[1])
    paper_row, paper_row_weight = _tiles_at(height, paper_tile_px, paper.shape[0])
    line_row, line_row_weight = _tiles_at(height, line_tile_px, column_lines.shape[0])
    level = np.empty(paper.shape[1] + 1, np.float32)
    line = np.empty(row_lines.shape[1] + 1, np.float32)
    for y in range(height):
        j, f = paper_row[y], paper_row_weight[y]
        j1 = min(j + 1, paper.shape[0] - 1)
        for i in range(paper.shape[1]):
            level[i] = paper[j, i] * (one - f) + paper[j1, i] * f
        level[paper.shape[1]] = level[paper.shape[1] - 1]
        # Item by item: assigning a slice compiles five seconds of words for its error.
        for i in range(row_lines.shape[1]):
            line[i] = row_lines[y, i]
        line[row_lines.shape[1]] = row_lines[y, row_lines.shape[1] - 1]
        k, g = line_row[y], line_row_weight[y]
        k1 = min(k + 1, column_lines.shape[0] - 1)
        for x in range(width):
            i, s = paper_at[x], paper_weight[x]
            ground = level[i] + (level[i + 1] - level[i]) * s
            i, s = line_at[x], line_weight[x]
            across = line[i] + (line[i + 1] - line[i]) * s
            down = column_lines[k, x] * (one - g) + column_lines[k1, x] * g
            stroke = max(across, down)
            left = one - ground - solid * stroke
            if left < limit:
                unseen[y, x] = True
            else:
                value = (dark[y, x] - ground - stroke) / left
                cover[y, x] = min(max(value, zero), most)
    return cover, unseen


@kernel
def clear_rows(
    cover: NDArray[np.float32],
    cleared: NDArray[np.bool_],
    starts: NDArray[np.intp],
    stops: NDArray[np.intp],
    least_px: float,
    long_px: int,
) -> None:
    """Clear what is left of horizontal lines in place, and mark long stretches as dark as ink.

    Band k is rows starts[k] to stops[k] - 1. In a column where no ink reaches out of the band and
    what lies in it is less than `least_px` thick, it may be the line's own unevenness, or the tip
    of a trace. It is a tip where a stretch of less than `long_px` such columns touches other ink.
    """
    height, width = cover.shape
    loose = np.empty(width, np.bool_)
    inked = np.empty(width, np.bool_)
    for k in range(starts.size):
        start, stop = starts[k], stops[k]
        for x in range(width):
            total = 0.0
            for y in range(start, stop):
                total += cover[y, x]
            out = (start > 0 and cover[start - 1, x] > 0.25) or (
                stop < height and cover[stop, x] > 0.25
            )
            inked[x] = total > 0.1
            loose[x] = inked[x] and total < least_px and not out
        x = 0
        while x < width:
            if not loose[x]:
                x += 1
                continue
            first = x
            while x < width and loose[x]:
                x += 1
            touches = (first > 0 and inked[first - 1]) or (x < width and inked[x])
            if touches and x - first < long_px:
                continue
            for column in range(first, x):
                for y in range(start, stop):
                    cleared[y, column] |= cover[y, column] > 0.5 and x - first >= long_px
                    cover[y, column] = 0


@kernel
def bridge_rows(
    cover: NDArray[np.float32],
    unseen: NDArray[np.bool_],
    starts: NDArray[np.intp],
    stops: NDArray[np.intp],
    pen_px: float,
    least_px: float,
) -> None:
    """Fill unseen pixels of horizontal bands in place from the ink above and below them.

    Band k is rows starts[k] to stops[k] - 1; in each column its unseen run is bridged. Ink on both
    sides: interpolated. Ink on one side whose vertical extent is less than the pen: continued
    until it is as thick as the pen. Ink on one side of more than 1.6 pens runs along or slants
    through the band: fades over it, which keeps the mean of sheared strokes. Ink on one side of
    less than `least_px` is a speck.
    """
    for k in range(starts.size):
        for x in range(cover.shape[1]):
            first, last = stops[k], starts[k] - 1
            for y in range(starts[k], stops[k]):
                if unseen[y, x]:
                    first, last = min(first, y), y
            if first <= last:
                _bridge(cover, x, first, last, pen_px, least_px)


@kernel
def _bridge(
    cover: NDArray[np.float32], x: int, first: int, last: int, pen_px: float, least_px: float
) -> None:
    """Fill rows first to last of column x from the ink above and below them."""
    height, none = cover.shape[0], np.float32(0)
    above = cover[first - 1, x] if first > 0 else none
    below = cover[last + 1, x] if last + 1 < height else none
    if above <= INKED and below <= INKED:
        return
    if above <= INKED or below <= INKED:
        step = -1 if above > INKED else 1
        y = first - 1 if step < 0 else last + 1
        extent = 0.0
        while 0 <= y < height and cover[y, x] > TRACED and extent <= SOLID * pen_px:
            extent += cover[y, x]
            y += step
        if extent <= SOLID * pen_px:
            rest = pen_px - extent if extent >= least_px else 0.0
            y = first if step < 0 else last
            while rest > 0 and first <= y <= last:
                cover[y, x] = min(rest, 1.0)
                rest -= 1.0
                y -= step
            return
        above, below = (above, none) if step < 0 else (none, below)
    for y in range(first, last + 1):
        f = (y - first + 1) / (last - first + 2)
        cover[y, x] = above * (1 - f) + below * f


@kernel
def run_thickness(
    cover: NDArray[np.float32],
    labels: NDArray[np.int32],
    kept: NDArray[np.bool_],
    skipped: NDArray[np.bool_],
    kinds: NDArray[np.int8],
    limit_px: float,
    bins_per_px: int,
) -> NDArray[np.int64]:
    """Histograms of the vertical thickness of kept components, one for each kind of column.

    labels (H, W) index `kept`; runs that touch rows of `skipped` (H,) are left out; kinds (W,)
    are 0 or 1, or less for columns left out. A run is a stretch of coverage above 0.1 that holds
    a labeled pixel; its thickness is the sum of its coverage. Thicker than `limit_px` is not
    counted. The result is (2, bins).
    """
    height, width = cover.shape
    histogram = np.zeros((2, int(limit_px * bins_per_px) + 1), np.int64)
    total = np.zeros(width, np.float64)
    good = np.zeros(width, np.bool_)
    spoiled = np.zeros(width, np.bool_)
    for y in range(height + 1):
        for x in range(width):
            if kinds[x] < 0:
                continue
            if y < height and cover[y, x] > 0.1:
                total[x] += cover[y, x]
                good[x] |= kept[labels[y, x]]
                spoiled[x] |= skipped[y]
            elif total[x] > 0:
                if good[x] and not spoiled[x] and total[x] <= limit_px:
                    histogram[kinds[x], int(total[x] * bins_per_px)] += 1
                total[x] = 0.0
                good[x] = False
                spoiled[x] = False
    return histogram


@kernel
def with_fringe(cover: NDArray[np.float32], core: NDArray[np.intp]) -> NDArray[np.float32]:
    """Coverage of core pixels and of two pixels around them that fall outward.

    cover (H, W); core (N,) are flat positions. The pixels next to the core are its gray edge;
    those after them belong to it only as far as they are no darker than the pixel between.
    """
    height, width = cover.shape
    result = np.zeros((height, width), np.float32)
    for reach in range(1, 3):
        for position in core:
            y, x = position // width, position % width
            for v in range(max(y - reach, 0), min(y + reach + 1, height)):
                for u in range(max(x - reach, 0), min(x + reach + 1, width)):
                    value = cover[v, u]
                    if reach > 1:
                        between_y = y + min(max(v - y, -1), 1)
                        between_x = x + min(max(u - x, -1), 1)
                        value = min(value, result[between_y, between_x])
                    result[v, u] = max(result[v, u], value)
    return result


@kernel
def kept_nearby(
    labels: NDArray[np.int32], kept: NDArray[np.bool_], boxes: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Tell for each box whether it holds a pixel of a kept component.

    labels (H, W) index `kept`; boxes (N, 4) are first row, end row, first column and end column,
    cut at the borders.
    """
    height, width = labels.shape
    found = np.zeros(len(boxes), np.bool_)
    for b in range(len(boxes)):
        for y in range(max(boxes[b, TOP], 0), min(boxes[b, BOTTOM], height)):
            for x in range(max(boxes[b, LEFT], 0), min(boxes[b, RIGHT], width)):
                if kept[labels[y, x]]:
                    found[b] = True
                    break
            if found[b]:
                break
    return found


@kernel
def meets_kept(
    labels: NDArray[np.int32],
    kept: NDArray[np.bool_],
    unseen: NDArray[np.bool_],
    boxes: NDArray[np.int32],
    step_y: int,
    step_x: int,
    gap_px: int,
    hidden_px: int,
) -> NDArray[np.bool_]:
    """Tell for each box whether a straight walk out of one of its sides meets a kept component.

    labels (H, W) index `kept`; boxes (N, 4) are first row, end row, first column and end column.
    The walk goes along (step_y, step_x), one of which is 0 and the other 1 or -1, from every pixel
    of that side, over at most `gap_px` pixels that are seen and `hidden_px` that are `unseen`.
    """
    height, width = labels.shape
    met = np.zeros(len(boxes), np.bool_)
    for b in range(len(boxes)):
        top, bottom, left, right = boxes[b]
        for start in range(bottom - top if step_x != 0 else right - left):
            if step_x != 0:
                y, x = top + start, (right if step_x > 0 else left - 1)
            else:
                y, x = (bottom if step_y > 0 else top - 1), left + start
            gap, hidden = 0, 0
            while 0 <= y < height and 0 <= x < width:
                if kept[labels[y, x]]:
                    met[b] = True
                    break
                if unseen[y, x]:
                    hidden += 1
                else:
                    gap += 1
                if gap > gap_px or hidden > hidden_px:
                    break
                y += step_y
                x += step_x
            if met[b]:
                break
    return met


@kernel
def straight_bars(
    core: NDArray[np.bool_], least_px: int, tolerance_px: int, most: int
) -> NDArray[np.int32]:
    """Find level bars: stretches of rows whose runs of ink begin and end alike.

    core (H, W). The result is (N, 4): first row, last row, first column and last column, of bars
    whose runs are at least `least_px` long and move by at most `tolerance_px` at either end from
    row to row; at most `most` bars. For upright bars pass the transposed array.
    """
    height, width = core.shape
    bars = np.empty((most, 4), np.int32)
    count = 0
    open_first = 0
    for y in range(height):
        x = 0
        while x < width:
            if not core[y, x]:
                x += 1
                continue
            start = x
            while x < width and core[y, x]:
                x += 1
            if x - start < least_px:
                continue
            stop = x - 1
            found = False
            for b in range(open_first, count):
                if (
                    bars[b, BOTTOM] == y - 1
                    and abs(bars[b, LEFT] - start) <= tolerance_px
                    and abs(bars[b, RIGHT] - stop) <= tolerance_px
                ):
                    bars[b, BOTTOM] = y
                    found = True
                    break
            if not found and count < most:
                bars[count, TOP] = bars[count, BOTTOM] = y
                bars[count, LEFT], bars[count, RIGHT] = start, stop
                count += 1
        while open_first < count and bars[open_first, BOTTOM] < y:
            open_first += 1
    return bars[:count].copy()

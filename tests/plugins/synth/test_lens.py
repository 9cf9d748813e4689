from __future__ import annotations

import numpy as np
import pytest

from ecgengine.geometry.paper_map import PaperMap
from ecgengine_plugins.synth.lens import aim, read_sheet, rest, see_sheet
from ecgengine_plugins.synth.picture import Relief

SHEET_MM = (280.0, 215.0)
SIZE_PX = (1100, 850)


def pose_of(seed, **options):
    return aim(np.random.default_rng(seed), SHEET_MM, SIZE_PX, **options)


def straight(pose):
    return type(pose)(
        pose.axes, pose.eye_mm, pose.focal_px, pose.center_px, (0.0, 0.0), pose.reach_px
    )


def project(pose, points):
    """Take (N, 3) points (x, y, up) to pixels through a pinhole."""
    seen = (points - pose.eye_mm) @ pose.axes.T
    return seen[:, :2] / seen[:, 2:] * pose.focal_px + np.array(pose.center_px)


@pytest.mark.parametrize("seed", range(6))
def test_a_camera_is_held_as_asked(seed):
    pose = pose_of(seed, tilt_deg=17.0, turn_deg=5.0, fill=0.9)
    np.testing.assert_allclose(pose.axes @ pose.axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(pose.axes) < 0, "x right, y down, up toward the eye is left-handed"
    assert -pose.axes[2, 2] == pytest.approx(np.cos(np.radians(17)))
    assert pose.eye_mm[2] > 100
    corners = np.array([[0, 0, 0], [280, 0, 0], [280, 215, 0], [0, 215, 0.0]])
    sides = np.ptp(project(pose, corners), axis=0) / SIZE_PX
    assert 0.7 * sides.max() + 0.3 * sides.min() == pytest.approx(0.9, abs=0.02)


def test_by_default_the_sheet_fills_the_picture_and_stays_upright():
    for seed in range(40):
        pose = pose_of(seed)
        left, right = project(pose, np.array([[20, 107, 0], [260, 107, 0.0]]))
        assert 0.6 * SIZE_PX[0] < np.hypot(*(right - left)) < 1.05 * SIZE_PX[0]
        assert abs(np.degrees(np.arctan2(*(right - left)[::-1]))) < 20


@pytest.mark.parametrize("seed", range(4))
def test_pixels_see_the_points_that_a_pinhole_projects_there(seed):
    pose = straight(pose_of(seed, tilt_deg=20.0))
    random = np.random.default_rng(seed)
    relief = rest(random, SHEET_MM)
    nodes_mm = random.uniform(0.05, 0.95, (300, 2)) * SHEET_MM
    body = np.dstack([relief.lift_mm, relief.shift_mm])
    read = read_sheet(body, relief.step_mm, nodes_mm[None], SHEET_MM)[0]
    solid = np.c_[nodes_mm + read[:, 1:], read[:, 0]]
    pixels = project(pose, solid)
    paper_map = see_sheet(pose, SIZE_PX, relief, SHEET_MM)
    inside = np.all((pixels > 0) & (pixels < np.array(SIZE_PX) - 1), axis=1)
    assert inside.sum() > 200
    miss = paper_map.to_paper(pixels[inside]) - nodes_mm[inside]
    # The lattice rounds off the creases within a node or two.
    assert np.percentile(np.abs(miss), 95) < 0.2
    assert np.abs(miss).max() < 1.5


def test_a_flat_sheet_seen_straight_from_above_is_a_scaling():
    pose = straight(pose_of(3, tilt_deg=0.0, turn_deg=0.0))
    flat = Relief(np.zeros((3, 3), np.float32), np.zeros((3, 3, 2), np.float32), 150.0)
    for relief in (None, flat):
        nodes = see_sheet(pose, SIZE_PX, relief, SHEET_MM).nodes_mm
        steps = np.diff(nodes[:, :, 0], axis=1)
        np.testing.assert_allclose(steps, 16 * pose.eye_mm[2] / pose.focal_px, rtol=1e-9)
        np.testing.assert_allclose(np.diff(nodes[:, :, 1], axis=1), 0, atol=1e-9)
        assert (np.diff(nodes[:, :, 1], axis=0) > 0).all()


def test_a_lens_bends_straight_lines_as_much_as_its_coefficients_say():
    pose = straight(pose_of(3, tilt_deg=0.0, turn_deg=0.0))
    bent = type(pose)(
        pose.axes, pose.eye_mm, pose.focal_px, pose.center_px, (0.02, 0.0), pose.reach_px
    )
    middle = np.array(pose.center_px)
    edge = middle + np.array([[pose.reach_px, 0]])
    plain, curved = pose.rays(edge)[0], bent.rays(edge)[0]
    off = (pose.axes @ plain)[0], (pose.axes @ curved)[0]
    assert off[1] / off[0] == pytest.approx(1.02)
    np.testing.assert_allclose(bent.rays(middle), pose.rays(middle))


def test_the_lattice_reaches_over_the_whole_picture():
    for size in ((1100, 850), (1089, 817), (1090, 834)):
        paper_map = see_sheet(pose_of(1), size, None, SHEET_MM)
        rows, columns = paper_map.nodes_mm.shape[:2]
        assert size[0] - 1 <= (columns - 1) * 16 < size[0] + 16
        assert size[1] - 1 <= (rows - 1) * 16 < size[1] + 16


def test_resting_sheets_bend_mildly_and_fold_nowhere():
    for seed in range(20):
        relief = rest(np.random.default_rng(seed), SHEET_MM)
        assert relief.lift_mm.min() == 0
        assert relief.lift_mm.max() < 40
        assert np.abs(np.gradient(relief.lift_mm, relief.step_mm)).max() < 0.6
        rows, columns = relief.lift_mm.shape
        assert (columns - 1) * relief.step_mm >= SHEET_MM[0]
        assert (rows - 1) * relief.step_mm >= SHEET_MM[1]
        paper_map = see_sheet(pose_of(seed), SIZE_PX, relief, SHEET_MM)
        assert one_to_one(paper_map)


def one_to_one(paper_map: PaperMap) -> bool:
    right = np.diff(paper_map.nodes_mm, axis=1)[:-1]
    down = np.diff(paper_map.nodes_mm, axis=0)[:, :-1]
    return bool((right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0] > 0).all())


def test_bending_takes_from_the_sheets_extent_what_its_slope_adds():
    shorter = 0
    for seed in range(10):
        relief = rest(np.random.default_rng(seed), SHEET_MM)
        middle = relief.lift_mm.shape[0] // 2
        x = np.arange(relief.lift_mm.shape[1]) * relief.step_mm + relief.shift_mm[middle, :, 0]
        y = relief.shift_mm[middle, :, 1].astype(float)
        steps = np.stack([np.diff(x), np.diff(y), np.diff(relief.lift_mm[middle])])
        length = np.sqrt((steps**2).sum(axis=0)).sum()
        assert length == pytest.approx((x.size - 1) * relief.step_mm, rel=0.01)
        shorter += x[-1] - x[0] < (x.size - 1) * relief.step_mm
    assert shorter == 10

from __future__ import annotations

import cv2
import numpy as np

from ecgengine_plugins.paper.boxes import component_boxes


def test_each_component_has_a_box_and_holes_have_none() -> None:
    ink = np.zeros((60, 90), np.uint8)
    ink[3:8, 10:30] = 1
    ink[20:50, 40:80] = 1
    ink[25:45, 45:75] = 0
    ink[30:33, 50:52] = 1
    found = sorted(component_boxes(ink).tolist())
    assert found == [[10, 3, 20, 5], [40, 20, 40, 30], [50, 30, 2, 3]]


def test_boxes_are_those_of_labeled_components() -> None:
    ink = (np.random.default_rng(0).random((80, 120)) < 0.2).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    assert sorted(component_boxes(ink).tolist()) == sorted(stats[1:, :4].tolist())


def test_without_ink_there_is_no_box() -> None:
    assert component_boxes(np.zeros((5, 5), np.uint8)).shape == (0, 4)

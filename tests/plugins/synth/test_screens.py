from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgengine_plugins.synth.screens import clustered, scattered

SCREENS = [lambda r: scattered(r, 96, 1.6), lambda r: clustered(r, 96, 6.0)]


@pytest.mark.parametrize("make", SCREENS)
def test_thresholds_are_evenly_spread(make):
    screen = make(np.random.default_rng(1))
    counts = np.bincount(screen.ravel(), minlength=256)
    assert counts[255] == 0
    assert np.all(np.abs(counts[:255] - 96 * 96 / 255) < 1)


@pytest.mark.parametrize("make", SCREENS)
def test_screens_repeat_without_a_seam(make):
    screen = make(np.random.default_rng(2)).astype(float)
    inside = np.abs(np.diff(screen, axis=1)).mean()
    assert np.abs(screen[:, 0] - screen[:, -1]).mean() < 1.25 * inside
    assert np.abs(screen[0] - screen[-1]).mean() < 1.25 * inside


def test_scattered_dots_keep_apart():
    random = np.random.default_rng(3)
    noise = np.tile(random.standard_normal((96, 96)), (3, 3))
    blots = cv2.GaussianBlur(noise, (0, 0), 0.64)[96:192, 96:192]

    def clumps(dots):
        return dots.reshape(8, 12, 8, 12).mean(axis=(1, 3)).std()

    near = clumps(blots < np.quantile(blots, 0.2))
    assert clumps(scattered(random, 96, 1.6) < 51) < 0.75 * near


def test_clustered_dots_stand_on_a_lattice():
    dots = clustered(np.random.default_rng(4), 96, 6.0) < 60
    spectrum = np.abs(np.fft.fft2(dots - dots.mean()))
    y, x = np.unravel_index(spectrum.argmax(), spectrum.shape)
    frequency = np.hypot(np.fft.fftfreq(96)[y], np.fft.fftfreq(96)[x])
    assert 1 / frequency == pytest.approx(6.0, rel=0.06)

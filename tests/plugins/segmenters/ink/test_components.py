import numpy as np

from ecgengine_plugins.segmenters.ink.components import separate

BLACK = (0, 0, 0)
RED = ((250, 215, 215), (235, 60, 60))
SCALE = 4.0
PEN_PX = 1.4


def sort(cover):
    nowhere = np.zeros(cover.shape, np.bool_)
    return separate(cover, nowhere, nowhere, nowhere, SCALE, PEN_PX)


def level_trace(first=5, stop=195):
    cover = np.zeros((80, 200), np.float32)
    cover[60, first:stop] = 1.0
    return cover


def test_the_pieces_of_a_steep_thin_stroke_belong_to_the_trace():
    cover = level_trace(stop=102)
    cover[60, 104:195] = 1.0
    for x, top, bottom in ((102, 51, 57), (103, 37, 49), (102, 20, 35)):
        cover[top:bottom, x] = 0.8
    cover[22:60, 101:105] = np.maximum(cover[22:60, 101:105], 0.2)
    found = sort(cover)
    assert (found.trace[cover > 0.5] > 0).all()
    assert not found.text.any()


def test_a_letter_apart_from_the_trace_is_a_character():
    cover = level_trace()
    cover[20:32, 50:52] = 1.0
    found = sort(cover)
    assert (found.text[20:32, 50:52] > 0).all()
    assert not found.trace[20:32, 50:52].any()


def test_a_long_thin_piece_in_a_line_of_letters_stays_a_trace():
    cover = np.zeros((80, 200), np.float32)
    cover[60, 40:110] = 1.0
    cover[59, 60:80] = cover[61, 82:100] = 1.0
    for x in (30, 34, 114, 118, 122):
        cover[56:63, x : x + 2] = 1.0
    found = sort(cover)
    assert (found.trace[60, 40:110] > 0).all()


def test_characters_are_text(painter, segmenter):
    painted = painter().grid(*RED).curve(200).text("aVR 25mm/s", 300, 60)
    found = segmenter.segment(painted.sheet(BLACK))
    assert found.text[painted.other > 0.9].mean() > 0.9
    assert found.trace[0][painted.other > 0].sum() < 0.03 * painted.other.sum()
    assert found.text[painted.trace > 0.5].mean() < 0.01


def test_faint_dashes_stay_trace(painter, segmenter):
    painted = painter().grid(*RED)
    x = np.arange(20.0, 680, 0.25)
    y = 180 + 4 * np.sin(x / 60)
    for start in range(20, 670, 30):
        part = (x >= start) & (x < start + 18)
        painted.polyline(np.stack([x[part], y[part]], axis=1), pen_px=1.6)
    found = segmenter.segment(painted.sheet((90, 90, 110)))
    assert np.abs(found.trace[0] - painted.trace)[painted.trace > 0.02].mean() < 0.08

"""Layout files: what they say, and what is said of faulty ones."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecgengine.data.layout import LEADS, Cell, Layout
from ecgengine.data.layout_files import load_layouts, read_layouts
from ecgengine.errors import UsageError
from ecgengine.testing.sound import sound_layout

WARD = """
[[layout]]
name = "ward"
rows = ["I -aVR", "II, V1"]
rhythm = ["V5"]
seconds = 10
"""


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """A layout that a file can say: rows of some leads, each lead once, then rhythm strips."""
    leads = draw(st.permutations(LEADS).flatmap(lambda x: st.integers(1, 12).map(lambda n: x[:n])))
    cuts = sorted(draw(st.sets(st.integers(1, len(leads)))) | {0, len(leads)})
    seconds, together = draw(st.floats(0.5, 60)), draw(st.booleans())
    rows: list[tuple[Cell, ...]] = []
    for first, stop in pairwise(cuts):
        share = seconds / (stop - first)
        signed = [draw(st.sampled_from(("", "-"))) + lead for lead in leads[first:stop]]
        starts = [0.0 if together else at * share for at in range(len(signed))]
        rows.append(tuple(Cell(n, s, share) for n, s in zip(signed, starts, strict=True)))
    rhythm = tuple(draw(st.lists(st.sampled_from(LEADS), max_size=3)))
    strips = ((Cell(None, 0.0, seconds),),) * len(rhythm)
    name = draw(st.from_regex(r"[a-z0-9+_-]+", fullmatch=True))
    # TOML and JSON differ in how they write what lies beyond the basic plane.
    summary = draw(st.text(st.characters(max_codepoint=0xFF, exclude_categories=("Cc",))))
    return Layout(name, (*rows, *strips), len(rhythm), rhythm, summary)


def written(layout: Layout) -> str:
    """Write a layout as a user would."""
    short = layout.rows[: len(layout.rows) - layout.rhythm_rows]
    rows = [" ".join(str(cell.lead) for cell in row) for row in short]
    together = any(len(row) > 1 and row[1].start_s == 0 for row in short)
    seconds = short[0][0].duration_s * len(short[0])
    return "\n".join(
        [
            "[[layout]]",
            f"name = {json.dumps(layout.name)}",
            f"summary = {json.dumps(layout.summary)}",
            f"rows = {json.dumps(rows)}",
            f"rhythm = {json.dumps(layout.default_rhythm)}",
            f"seconds = {seconds!r}",
            f"together = {json.dumps(together)}\n",
        ]
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(layouts(), min_size=1, max_size=3, unique_by=lambda layout: layout.name))
def test_what_is_written_is_read(made: list[Layout]) -> None:
    read = read_layouts("\n".join(map(written, made)), "all.toml")
    for one, other in zip(made, read, strict=True):
        sound_layout(other)
        assert (one.name, one.summary) == (other.name, other.summary)
        assert (one.rhythm_rows, one.default_rhythm) == (other.rhythm_rows, other.default_rhythm)
        for row, again in zip(one.rows, other.rows, strict=True):
            assert [cell.lead for cell in row] == [cell.lead for cell in again]
            starts = [cell.start_s for cell in row]
            assert [cell.start_s for cell in again] == pytest.approx(starts)
            assert [c.duration_s for c in again] == pytest.approx([c.duration_s for c in row])


def test_columns_follow_each_other_or_show_the_same_seconds() -> None:
    (ward,) = read_layouts(WARD, "ward.toml")
    assert ward.rows == (
        (Cell("I", 0.0, 5.0), Cell("-aVR", 5.0, 5.0)),
        (Cell("II", 0.0, 5.0), Cell("V1", 5.0, 5.0)),
        (Cell(None, 0.0, 10.0),),
    )
    assert (ward.rhythm_rows, ward.default_rhythm) == (1, ("V5",))
    (together,) = read_layouts(f"{WARD}together = true", "ward.toml")
    assert together.rows[0] == (Cell("I", 0.0, 5.0), Cell("-aVR", 0.0, 5.0))
    assert together.rows[2:] == ward.rows[2:]


def test_the_example_of_the_docs_is_read(root: Path) -> None:
    text = (root / "docs" / "layouts.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    read = {layout.name: layout for layout in read_layouts(example, "docs")}
    assert list(read) == ["ward", "ward-together"]
    for layout in read.values():
        sound_layout(layout)
    assert [cell.lead for cell in read["ward"].rows[0]] == ["V1", "V4", "I", "aVR"]
    assert read["ward"].default_rhythm == ("II", "V1")
    assert {cell.start_s for row in read["ward-together"].rows for cell in row} == {0.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[layout]\n", r"x\.toml is no TOML: .*line 1.*docs/layouts\.md"),
        ("", r"x\.toml holds no layout; begin each layout with the line \[\[layout\]\]"),
        (WARD.replace("[[layout]]", ""), r"x\.toml has name, rhythm, rows, seconds; begin each"),
        (WARD.replace("[[layout]]", "[layout]"), r"x\.toml has layout; begin each"),
        (f"seconds = 5\n{WARD}", r"x\.toml has layout, seconds; begin each"),
        ("layout = [1]", r"x\.toml: layout 1: it: .*dictionary"),
        (WARD + WARD, r"x\.toml: layout 'ward' stands there twice; give one .* another name"),
        (WARD + '[[layout]]\nrows = ["I"]', r"layout 2: name: Field required; a layout has name"),
        (WARD.replace('"ward"', "7"), r"layout 1: name: .*valid string"),
        (WARD.replace('"ward"', '"my ward"'), r"layout 'my ward': its name is one word"),
        (WARD.replace('"ward"', '""'), r"layout '': its name is one word"),
        (WARD.replace("seconds = 10", ""), r"layout 'ward': seconds: Field required"),
        (WARD.replace("10", "0"), r"seconds: Input should be greater than 0"),
        (WARD.replace("10", "nan"), r"seconds: Input should be a finite number"),
        (WARD.replace("10", "true"), r"seconds: Input should be a valid number"),
        (WARD.replace("10", '"10 s"'), r"seconds: Input should be a valid number"),
        (f"{WARD}together = 1", r"together: Input should be a valid boolean"),
        (WARD.replace("seconds", "second"), r"second: Extra inputs"),
        (f"{WARD}hight = 1", r"hight: Extra inputs .*; a layout has .*together"),
        (WARD.replace('"I -aVR"', "7"), r"rows 0: Input should be a valid string"),
        (WARD.replace('["I -aVR", "II, V1"]', "[]"), r"rows: List should have at least 1 item"),
        (WARD.replace("II, V1", " "), r"row 2 has no lead; write the leads in it"),
        (WARD.replace("II, V1", "II V7"), r"layout 'ward': there is no lead 'V7'; use I, II, "),
        (WARD.replace("II, V1", "II --I"), r"there is no lead '-I'"),
        (WARD.replace("II, V1", "II I"), r"lead I has two places; name rhythm strips under"),
        (WARD.replace("II, V1", "II aVR"), r"lead aVR has two places"),
        (WARD.replace('"V5"', '"-"'), r"there is no lead '-'"),
    ],
)
def test_a_faulty_file_is_named_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read_layouts(text, "x.toml")
    assert str(caught.value).startswith("x.toml")
    assert "\n" not in str(caught.value)


def test_later_files_go_before_earlier_ones(tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text(WARD + WARD.replace('"ward"', '"other"'))
    # As the editor of Windows writes it.
    second.write_bytes(WARD.replace("10", "5").replace("\n", "\r\n").encode("utf-8-sig"))
    found = {layout.name: layout.duration_s for layout in load_layouts([first, str(second)])}
    assert found == {"ward": 5.0, "other": 10.0}


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.toml cannot be read .*check its name"):
        load_layouts([tmp_path / "missing.toml"])
    (tmp_path / "old.toml").write_bytes('summary = "Kardiologie Süd"'.encode("latin-1"))
    with pytest.raises(UsageError, match=r"old\.toml cannot be read .*save it as UTF-8"):
        load_layouts([tmp_path / "old.toml"])

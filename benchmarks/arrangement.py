"""Say how often strips of synthetic pages are named, timed and scaled rightly, and how surely.

    python benchmarks/arrangement.py [--seed 4242] [--pages 60] [--free 0.5] [--processes 1]

No curve is read: pages go as far as the matcher. A strip that was found is the printed one that
begins nearest on paper, as far as the picture shows it; where hardly any begins near one, as on a
sheet that is upside down, rows and columns are compared in their order and the geometry counts as
wrong. A lead is `ok` as far as
sheet and matcher say, by the judgment of the assembler, and right if name, time, speed, gain and
millimeters are. A page of several sheets is taken sheet by sheet. Draws docs/img/reliability.svg.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from record import ROOT, parser, save, synthetic

from ecgengine.api import make_pipeline
from ecgengine.compare.markup import Markup, tag
from ecgengine.data.page import Page
from ecgengine.data.sheet import Sheet
from ecgengine.data.strips import Strip, Strips
from ecgengine.errors import EcgEngineError
from ecgengine.running.workers import work_on
from ecgengine.truth.case import Case, PageTruth, PrintedStrip
from ecgengine_plugins.assemblers.judging import match_reasons, page_reasons
from ecgengine_plugins.datasets.synthetic import SyntheticDataset

NEAR_MM, ALONE_MM, LEAST_MM, START_S = 6.0, 20.0, 5.0, 0.1
SCALE_OFF = 0.03
EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.995, 1.0)
KINDS = ("any-order", "together", "goes-on", "strip", "roll", "pocket", "panels")
"""How the layouts of free arrangements end; all others are usual ones."""
STATED = ("name", "order", "speed", "gain")
COLORS = ("#0072b2", "#d55e00", "#009e73", "#aa4499")


@dataclass(frozen=True)
class Judged:
    """A strip that is printed, or that was found where none is.

    Attributes:
        lead: what it is; empty where nothing is printed.
        said: its name as found; None where nobody could name it.
        found: whether it was found.
        legible: whether its name is printed, at this strip or another of its lead.
        probability: of the name.
        ok: whether nothing casts doubt on it.
        wrong: what of it is wrong.
    """

    lead: str
    said: str | None = None
    found: bool = False
    legible: bool = True
    probability: float = 0.0
    ok: bool = False
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = f" as {self.said}" if self.said != self.lead else ""
        return f"{self.lead or 'nothing'}{said}: {', '.join(self.wrong)}"


@dataclass(frozen=True)
class Stated:
    """A probability that was stated of something, and whether that was so."""

    of: str
    probability: float
    right: bool


@dataclass
class Compared:
    """What came of a page: its strips, and what was stated of it."""

    strips: list[Judged] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    geometry: bool = True
    said: str = ""


def kind_of(case: Case) -> str:
    """Say what is printed on a page."""
    assert case.truth is not None
    if case.truth.average_beats_mm:
        return "average beats"
    return next((kind for kind in KINDS if str(case.layout).endswith(f"-{kind}")), "usual")


def in_picture(truth: PageTruth, page: Page) -> PageTruth:
    """Give the strips as far as the picture shows them, those without `LEAST_MM` left out."""
    height, width = page.image.shape[:2]
    speed = truth.calibration.speed_mm_per_s

    def shown(points_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        points = truth.paper_map.to_page(points_mm)
        return np.asarray(
            np.isfinite(points).all(axis=1)
            & np.all((points >= 0) & (points <= (width - 1, height - 1)), axis=1)
        )

    strips = []
    for strip in truth.strips:
        length_mm = strip.duration_s * speed
        along = np.linspace(0, length_mm, max(round(length_mm), 2))
        zero = np.full(along.size, strip.zero_mm)
        seen = along[shown(np.stack([strip.x_mm + along, zero], axis=1))]
        if not seen.size or np.ptp(seen) < LEAST_MM:
            continue
        box = strip.name_box_mm
        legible = box is not None and shown(np.array([box[:2], box[2:]])).all()
        strips.append(
            replace(
                strip,
                x_mm=strip.x_mm + seen[0],
                start_s=strip.start_s + seen[0] / speed,
                duration_s=float(np.ptp(seen)) / speed,
                name_box_mm=box if legible else None,
            )
        )
    return replace(truth, strips=tuple(strips))


def compare(truth: PageTruth, sheets: Sequence[tuple[Sheet, Strips]]) -> Compared:
    """Compare what was found on the sheets of a page with what is printed there."""
    made = Compared()
    pairs = [_pairs(truth, sheet, strips) for sheet, strips in sheets]
    seen = {printed for one, _ in pairs for printed in one}
    named = {strip.lead for strip in truth.strips if strip.name_box_mm}
    for index, strip in enumerate(truth.strips):
        if index not in seen:
            made.strips.append(Judged(strip.lead, legible=strip.lead in named))
    for (sheet, strips), (one, by_place) in zip(sheets, pairs, strict=True):
        made.geometry &= by_place
        whole = len(seen) == len(truth.strips)
        _compare_sheet(made, truth, sheet, strips, one, whole=whole, by_place=by_place)
    made.said = ", ".join(strips.layout or "unnamed" for _, strips in sheets)
    return made


def _compare_sheet(
    made: Compared,
    truth: PageTruth,
    sheet: Sheet,
    strips: Strips,
    pairs: dict[int, int],
    *,
    whole: bool,
    by_place: bool,
) -> None:
    said, printed = strips.calibration, truth.calibration
    speed = said.speed_mm_per_s == printed.speed_mm_per_s
    gain = said.gain_mm_per_mv == printed.gain_mm_per_mv
    shared = [
        *([] if speed else ["speed"]),
        *([] if gain else ["gain"]),
        *([] if _scale_is_right(truth, sheet) else ["millimeters"]),
    ]
    named = {strip.lead for strip in truth.strips if strip.name_box_mm}
    doubts = page_reasons(sheet, strips)
    made.doubts += doubts
    late = _late(truth, strips, pairs)
    found = {index: printed for printed, index in pairs.items()}
    for index, strip in enumerate(strips.strips):
        place = found.get(index)
        ok = not doubts and not match_reasons(strip)
        if place is None:
            no_strip = Judged("", strip.lead, ok=ok, wrong=("no such strip",))
            made.strips.append(no_strip)
            right_name = False
        else:
            true = truth.strips[place]
            right_name = (strip.lead, strip.inverted) == (true.lead, true.inverted)
            wrong = [] if right_name else ["name" if strip.lead else "unnamed"]
            wrong += ["time"] if late[place] else []
            wrong += [] if by_place else ["place"]
            wrong += [] if not by_place or _ends_rightly(truth, sheet, strip, true) else ["end"]
            made.strips.append(
                Judged(
                    true.lead, strip.lead, True, true.lead in named, strip.lead_probability, ok,
                    (*wrong, *shared),
                )
            )  # fmt: skip
        if strip.lead is not None:
            made.stated.append(Stated("name", strip.lead_probability, right_name))
    order = by_place and whole and len(pairs) == len(strips.strips) and not any(late.values())
    made.stated += [
        Stated("order", strips.confidence, order),
        Stated("speed", said.speed_probability, speed),
        Stated("gain", said.gain_probability, gain),
    ]


def _late(truth: PageTruth, strips: Strips, pairs: dict[int, int]) -> dict[int, bool]:
    """Say of each printed strip that was found whether its time is wrong.

    Times are compared as if the paper speed were right, from the page's first instant or else from
    the first strip that was found.
    """
    slower = strips.calibration.speed_mm_per_s / truth.calibration.speed_mm_per_s
    off = {
        printed: strips.strips[index].start_s * slower - truth.strips[printed].start_s
        for printed, index in sorted(pairs.items())
    }
    judged = [
        {printed: abs(each - zero) > START_S for printed, each in off.items()}
        for zero in (0.0, *list(off.values())[:1])
    ]
    return min(judged, key=lambda late: sum(late.values()))


def _pairs(truth: PageTruth, sheet: Sheet, strips: Strips) -> tuple[dict[int, int], bool]:
    """Give which found strip each printed one is, and whether that is so by their places."""
    begin = np.array([(strip.x_start_px, strip.zero_px) for strip in strips.strips])
    there = _on_paper(truth, sheet, begin)
    printed = np.array([(strip.x_mm, strip.zero_mm) for strip in truth.strips])
    heights = np.unique(printed[:, 1])
    half_mm = np.diff(heights).min() / 2 if len(heights) > 1 else ALONE_MM
    away = np.abs(printed[:, None] - there[None]) / np.array([NEAR_MM, half_mm])
    distance = away.max(axis=2)
    pairs: dict[int, int] = {}
    for place in np.argsort(distance, axis=None):
        one, other = divmod(int(place), len(there))
        if distance[one, other] <= 1 and one not in pairs and other not in pairs.values():
            pairs[one] = other
    if 2 * len(pairs) < min(printed.shape[0], len(there)):
        rows = [[strip.row for strip in each] for each in (truth.strips, strips.strips)]
        if rows[0] == rows[1]:
            return {index: index for index in range(len(there))}, False
    return pairs, True


def _on_paper(
    truth: PageTruth, sheet: Sheet, points_px: NDArray[np.float64]
) -> NDArray[np.float64]:
    return truth.paper_map.to_paper(sheet.page_map.to_page(points_px))


def _ends_rightly(truth: PageTruth, sheet: Sheet, strip: Strip, true: PrintedStrip) -> bool:
    """Say whether a strip ends where the printed one does."""
    end = np.array([(strip.x_end_px, strip.zero_px)])
    end_mm = true.x_mm + true.duration_s * truth.calibration.speed_mm_per_s
    return bool(abs(_on_paper(truth, sheet, end)[0, 0] - end_mm) < NEAR_MM)


def _scale_is_right(truth: PageTruth, sheet: Sheet) -> bool:
    """Say whether a millimeter in the middle of the sheet is one of paper, either way."""
    middle = np.array(sheet.image.shape[1::-1]) / 2
    steps = np.array([[0, 0], [sheet.px_per_mm_x, 0], [0, sheet.px_per_mm_y]]) * 10
    origin, right, below = _on_paper(truth, sheet, middle + steps)
    sides = np.linalg.norm([right - origin, below - origin], axis=1) / 10
    return bool(np.all(np.abs(sides - 1) < SCALE_OFF))


def look(made: SyntheticDataset) -> Callable[[str], tuple[Compared, dict[str, Any]]]:
    """Give what looks at a page and says what came of it."""
    pipeline = make_pipeline()

    def work(name: str) -> tuple[Compared, dict[str, Any]]:
        case = made.load(name)
        assert case.truth is not None
        sheets, refused = [], ""
        try:
            for flat in pipeline.sheets(case.page):
                found = pipeline.inspect(flat)
                sheets.append((found.sheet, found.strips))
        except EcgEngineError as error:
            refused = "" if sheets else str(error)
        facts = {
            "page": name,
            "source": str(case.source),
            "kind": kind_of(case),
            "layout": case.layout,
            "refused": refused,
        }
        return compare(in_picture(case.truth, case.page), sheets), facts

    return work


def summed(pages: Iterable[tuple[Compared, dict[str, Any]]]) -> dict[str, float]:
    """Sum up the pages of one kind."""
    pages = list(pages)
    strips = [strip for made, _ in pages for strip in made.strips]
    printed = [strip for strip in strips if strip.lead]
    legible = [strip for strip in printed if strip.legible]
    ok = [strip for strip in strips if strip.ok]
    named = [strip for strip in ok if strip.said]
    return {
        "pages": len(pages),
        "refused": sum(bool(facts["refused"]) for _, facts in pages),
        "geometry wrong": sum(not made.geometry for made, _ in pages),
        "leads": len(printed),
        "found %": _percent(strip.found for strip in printed),
        "named %": _percent(strip.said == strip.lead for strip in printed),
        "legible named %": _percent(strip.said == strip.lead for strip in legible),
        "misnamed %": _percent(strip.said not in (None, strip.lead) for strip in printed),
        "ok %": _percent(strip.ok and bool(strip.said) for strip in printed),
        "ok": len(named),
        "ok and wrong": sum(bool(strip.wrong) for strip in named),
        "ok right %": _percent(not strip.wrong for strip in named),
        "ok unnamed": len(ok) - len(named),
    }


def _percent(those: Iterable[bool]) -> float:
    counted = list(those)
    return 100 * float(np.mean(counted)) if counted else float("nan")


def reliability(stated: Sequence[Stated]) -> list[dict[str, Any]]:
    """Count how often what was stated is so, by its probability."""
    bins = []
    for low, high in pairwise(EDGES):
        row: dict[str, Any] = {"from": low, "to": high}
        for of in STATED:
            own = [each for each in stated if each.of == of and low <= each.probability < high]
            if high == EDGES[-1]:
                own += [each for each in stated if each.of == of and each.probability >= high]
            told = [each.probability for each in own]
            row |= {
                f"{of} count": len(own),
                f"{of} stated %": 100 * float(np.mean(told)) if own else float("nan"),
                f"{of} right %": _percent(each.right for each in own),
            }
        bins.append(row)
    return bins


def diagram(bins: Sequence[dict[str, Any]]) -> Markup:
    """Draw for each bin what share was right, beside what was stated on average."""
    left, top, wide, high = 50.0, 30.0, 84.0, 240.0

    def y(percent: float) -> float:
        return top + high * (1 - percent / 100)

    marks = [tag("rect", width="100%", height="100%", fill="white")]
    for percent in range(0, 101, 20):
        ends = {"x1": left, "x2": left + wide * len(bins)}
        marks.append(tag("line", **ends, y1=y(percent), y2=y(percent), stroke="#ddd"))
        marks.append(tag("text", f"{percent} %", x=left - 6, y=y(percent) + 4, text_anchor="end"))
    for index, row in enumerate(bins):
        words = f"{row['from']:g} to {row['to']:g}"
        middle = left + wide * (index + 0.5)
        marks.append(tag("text", words, x=middle, y=top + high + 18, text_anchor="middle"))
        for number, (of, color) in enumerate(zip(STATED, COLORS, strict=True)):
            if not row[f"{of} count"]:
                continue
            x, told, right = (
                left + wide * index + 10 + 16 * number,
                y(row[f"{of} stated %"]),
                y(row[f"{of} right %"]),
            )
            marks.append(
                tag(
                    "rect", tag("title", f"{of}: {row[f'{of} count']}"), x=x, y=right, width=14,
                    height=max(y(0) - right, 1.0), fill=color,
                )
            )  # fmt: skip
            marks.append(
                tag("line", x1=x - 1, x2=x + 15, y1=told, y2=told, stroke="black", stroke_width=2)
            )
    for number, (of, color) in enumerate(zip(STATED, COLORS, strict=True)):
        x = left + 90 * number
        marks.append(tag("rect", x=x, y=8, width=12, height=12, fill=color))
        marks.append(tag("text", of, x=x + 17, y=18))
    marks.append(tag("text", "black: stated on average", x=left + 90 * len(STATED), y=18))
    size = {"width": left + wide * len(bins) + 10, "height": top + high + 30}
    return tag(
        "svg", *marks, xmlns="http://www.w3.org/2000/svg", font_family="sans-serif", font_size=12,
        role="img", aria_label="share right by stated probability", **size,
    )  # fmt: skip


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--seed", type=int, default=4242)
    given.add_argument("--pages", type=int, default=60)
    given.add_argument("--free", type=float, default=0.5, help="share of free arrangements")
    given.add_argument("--processes", type=int, default=1)
    asked = given.parse_args()
    words, made = synthetic(seed=asked.seed, pages=asked.pages, free=asked.free)
    looked = []
    for each in work_on(made.names(), partial(look, made), asked.processes):
        if each.result is None:
            raise RuntimeError(f"{each.name}: {each.error}")
        looked.append(each.result)
        result, facts = each.result
        wrong = "; ".join(str(strip) for strip in result.strips if strip.ok and strip.wrong)
        print(*facts.values(), "|", result.said, "| ok and wrong:", wrong, flush=True)
    looked.sort(key=lambda each: str(each[1]["page"]))
    groups = defaultdict(list)
    for each in looked:
        for key in ("source", "kind"):
            groups[key, str(each[1][key])].append(each)
    bins = reliability([stated for result, _ in looked for stated in result.stated])
    numbers: dict[str, Any] = {
        "all": summed(looked),
        **{
            f"by {key}": {
                name: summed(own) for (k, name), own in sorted(groups.items()) if k == key
            }
            for key in ("source", "kind")
        },
        "reliability": bins,
        "ok and wrong": [
            {**facts, "said": result.said, "strips": "; ".join(str(s) for s in wrong)}
            for result, facts in looked
            if (wrong := [s for s in result.strips if s.ok and s.wrong])
        ],
        "pages": [{**facts, **_only(result)} for result, facts in looked],
    }
    if asked.name:
        picture = ROOT / "docs" / "img" / "reliability.svg"
        picture.write_text(diagram(bins) + "\n", encoding="utf-8")
    save(asked.name, numbers, words)


def _only(result: Compared) -> dict[str, Any]:
    printed = [strip for strip in result.strips if strip.lead]
    stated = {each.of: each.probability for each in result.stated if each.of != "name"}
    return {
        "said": result.said,
        "leads": len(printed),
        "named": sum(strip.said == strip.lead for strip in printed),
        "ok": sum(strip.ok for strip in result.strips),
        "wrong": ", ".join(sorted({word for strip in result.strips for word in strip.wrong})),
        **stated,
        "doubts": "; ".join(result.doubts),
    }


if __name__ == "__main__":
    main()

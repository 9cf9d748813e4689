"""Digitize every real page that has truth and say how near each comes.

    python benchmarks/real_pages.py --data ../shared/data --out docs/real_pages.md

Without `--out` the tables go to standard output only. A page that fails counts as 0 dB. The data
folder is described by its own INDEX.md; it is given by `--data` or ECGENGINE_DATA.
"""

from __future__ import annotations

import argparse
import csv
import ctypes
import json
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ecgengine.data.digitized import Digitized
from ecgengine.data.hints import Hints
from ecgengine.data.layout import CHEST_LEADS, LEADS, LIMB_LEADS
from ecgengine.data.recording import LeadStatus
from ecgengine.ecg.metrics import cut_to_windows, ratio_db, score_page, total_db
from ecgengine.ecg.signals import Signals, read_signals
from ecgengine.errors import EcgEngineError
from ecgengine.plugins.manager import PluginManager
from ecgengine.running.files import write_files
from ecgengine.running.pipeline import Pipeline

Windows = dict[str, tuple[float, float]]

_COLUMNS = (("I", "II", "III"), ("aVR", "aVL", "aVF"), ("V1", "V2", "V3"), ("V4", "V5", "V6"))
THREE_BY_FOUR: Windows = {
    name: (2.5 * column, 2.5 * column + 2.5)
    for column, names in enumerate(_COLUMNS)
    for name in names
} | {"II": (0.0, 10.0)}
SIX_BY_TWO: Windows = dict.fromkeys(LIMB_LEADS, (0.0, 5.0)) | dict.fromkeys(
    CHEST_LEADS, (5.0, 10.0)
)
# These pages end in a level line of 0.12 s that the 100 Hz version of the record does not have.
LEVEL_TAIL: Windows = {
    name: (start_s, min(end_s, 9.85)) for name, (start_s, end_s) in THREE_BY_FOUR.items()
}
GROUPS = (
    "renders",
    "flat scans",
    "cart exports and vector PDFs",
    "phone photos",
    "scans against their renders",
)


HEAD = """# Results on real pages

Made by `python benchmarks/real_pages.py --out docs/real_pages.md`.

A page's dB are 10 log10 of its leads' summed signal power over their summed error power, after a
shift of at most 0.2 s and an offset are forgiven for each lead; unread samples count as 0 mV. A
group's score is the same of the mean ratio over its pages, which a few near-perfect pages lift, so
median and mean of the pages' dB stand beside it. A page that fails counts as 0 dB. Columns r and
RMSE are medians over a page's leads, QRS error is the largest height difference of any complex.
The vector PDFs of `ecgtizer_vector_pdf` draw a smoothed 125 Hz version of their truth: "limit" is
what the PDF's own path points score against that truth, "drawn" what the reading scores against
those points; a row of its own repeats the group with "drawn" in place of the truth.
Seconds include reading the file and are of one process, warm after the first page.

"""


@dataclass(frozen=True)
class Case:
    """A page with its truth: NaN where nothing is printed.

    `drawn_hz` is the rate it was drawn from where that is higher than the truth's: it is then
    digitized at that rate and brought down as the truth was, through a low-pass filter.
    `drawn` is what the page shows where that is known and not quite the truth.
    """

    path: Path
    group: str
    layout: str
    truth: Callable[[], Signals]
    drawn_hz: float | None = None
    drawn: Callable[[], Signals] | None = None


@dataclass
class Result:
    """How one page went."""

    page: str
    group: str
    layout_listed: str
    layout_found: str = "-"
    source: str = "-"
    ratio: float = 1.0
    leads_db: dict[str, float] = field(default_factory=dict)
    shifts_ms: dict[str, float] = field(default_factory=dict)
    pearson_r: float = float("nan")
    rmse_mv: float = float("nan")
    qrs_error_mv: float = float("nan")
    review: int = 0
    missing: int = 0
    px_per_mm: tuple[float, float] | None = None
    stages_s: dict[str, float] = field(default_factory=dict)
    seconds: float = float("nan")
    failure: str = ""
    drawn_db: float = float("nan")
    limit_db: float = float("nan")

    @property
    def layout_right(self) -> bool:
        """Whether the layout is the listed one; `6x1-chest` is a page of `6x1`."""
        return self.layout_found.split("-")[0] == self.layout_listed


def listed_layout(words: str) -> str:
    """Turn the index's `3x4+1R (II), cal pulse` into `3x4+1`."""
    match = re.match(r"(\d+x\d+)(?:\+(\d))?", words)
    assert match is not None, words
    return match[1] + (f"+{match[2]}" if match[2] else "")


def _full(path: Path, windows: Windows, fs_hz: float | None = None) -> Callable[[], Signals]:
    """Make the truth of a page that prints parts of a full recording."""

    def load() -> Signals:
        signals = read_signals(path, fs_hz)
        return Signals(signals.fs_hz, cut_to_windows(signals.leads_mv, windows, signals.fs_hz))

    return load


def _cut(path: Path, fs_hz: float | None = None) -> Callable[[], Signals]:
    """Make the truth of a file that already is NaN where nothing is printed."""

    def load() -> Signals:
        signals = read_signals(path, fs_hz)
        leads = dict(signals.leads_mv)
        leads["II"] = leads.get("II_rhythm", leads["II"])
        return Signals(signals.fs_hz, leads)

    return load


def _matlab(path: Path) -> Callable[[], Signals]:
    def load() -> Signals:
        from scipy.io import loadmat

        return Signals(500.0, dict(zip(LEADS, loadmat(path)["data"], strict=True)))

    return load


def cases(data: Path) -> Iterator[Case]:
    """Yield every page of the index that has truth."""
    with (data / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "pair"]
    for row in rows:
        path = data / row["item"]
        truth = data / row["ground_truth"].split(" ; ")[0]
        layout = listed_layout(row["layout"])
        match path.parent.name:
            case "kaggle_46930936":
                scan = path.stem.endswith("0004")
                yield Case(path, GROUPS[1 if scan else 0], layout, _cut(truth, 250.0))
            case "saraes_real_scans":
                yield Case(path, GROUPS[1], layout, _full(truth, THREE_BY_FOUR))
            case "paper2pulse_phone_photos":
                yield Case(path, GROUPS[3], layout, _full(truth, THREE_BY_FOUR))
            case "ecgtizer_vector_pdf":
                windows = SIX_BY_TWO if layout == "6x2" else THREE_BY_FOUR
                drawn = partial(drawn_leads, path, windows)
                yield Case(path, GROUPS[2], layout, _full(truth, windows), drawn=drawn)
            case "device_vector_pdf" if layout == "6x1":
                group = LIMB_LEADS if "limb" in row["layout"] else CHEST_LEADS
                windows = dict.fromkeys(group, (0.0, 5.0))
                yield Case(path, GROUPS[2], layout, _full(truth, windows))
            case "device_vector_pdf":
                yield Case(path, GROUPS[2], layout, _cut(truth))
            case "ecg_plot_dy1901":
                yield Case(path, GROUPS[2], layout, _matlab(truth))
            case "kit_samples_distorted" if "_hr" in path.stem and truth.stem.endswith("_lr"):
                yield Case(path, GROUPS[0], layout, _full(truth, LEVEL_TAIL), 500.0)
            case _:
                yield Case(path, GROUPS[0], layout, _full(truth, THREE_BY_FOUR, 500.0))


def drawn_leads(path: Path, windows: Windows) -> Signals:
    """Read the curves of a vector PDF from its own path points, 0.2 mm or 8 ms apart.

    A row's pieces follow each other from left to right; leads go down a column in their order.
    """
    import pypdfium2 as pdfium
    from pypdfium2 import raw

    page = pdfium.PdfDocument(path)[0]
    curves = []
    for number in range(raw.FPDFPage_CountObjects(page.raw)):
        item = raw.FPDFPage_GetObject(page.raw, number)
        count = raw.FPDFPath_CountSegments(item)
        if count < 100:
            continue
        x, y = ctypes.c_float(), ctypes.c_float()
        points = []
        for index in range(count):
            raw.FPDFPathSegment_GetPoint(raw.FPDFPath_GetPathSegment(item, index), x, y)
            points.append((x.value, y.value))
        curves.append(np.array(points))
    # The rhythm strip stands below the others; they are sorted by column, then from the top.
    curves.sort(key=lambda c: (len(c) > 1000, round(c[0, 0]), -c[:, 1].mean()))
    order = [name for names in _COLUMNS for name in names] + ["II"]
    points_per_mv = 10 / 25.4 * 72
    leads = {}
    for name, curve in zip(order, curves, strict=False):
        start_s = windows[name][0]
        leads[name] = np.full(5000, np.nan)
        at = round(start_s * 500) + 4 * np.arange(len(curve))
        inside = np.arange(at[0], min(at[-1] + 1, 5000))
        leads[name][inside] = np.interp(inside, at, curve[:, 1] / points_per_mv)
    return Signals(500.0, leads)


def twins(data: Path, pipeline_at: Callable[[float], Pipeline]) -> Iterator[Case]:
    """Yield scans without truth beside what their clean renders were digitized to."""
    for scan in sorted((data / "images_only/kaggle_clean_and_bwscan").glob("*-0004.png")):
        render = scan.with_name(scan.name.replace("-0004", "-0001"))
        if render.exists():

            def load(render: Path = render) -> Signals:
                return Signals.of(digitize(pipeline_at(500.0), render).recording)

            yield Case(scan, GROUPS[4], "3x4+1", load)


def digitize(pipeline: Pipeline, path: Path) -> Digitized:
    """Digitize the first page of a file."""
    page = next(iter(pipeline.read(path.read_bytes(), str(path), path.stem)))
    return pipeline.digitize(page)


def lowered(signals: Signals, fs_hz: float) -> Signals:
    """Bring leads down to a whole fraction of their rate as PTB-XL's 100 Hz records were.

    Each stretch goes through a low-pass. Those records lie 1.25 ms before their 500 Hz originals:
    measured on the four records of `saraes_real_scans`, which are there at both rates.
    """
    if signals.fs_hz == fs_hz:
        return signals
    from scipy.signal import resample_poly

    finer = 8
    early = round(0.00125 * signals.fs_hz * finer)

    factor = round(signals.fs_hz / fs_hz)
    leads = {}
    for name, samples in signals.leads_mv.items():
        known = np.flatnonzero(np.isfinite(samples))
        first = known[0] // factor * factor
        whole = np.interp(np.arange(first, known[-1] + 1), known, samples[known])
        fine = resample_poly(whole, finer, 1, padtype="line")[early:]
        low = resample_poly(fine, 1, factor * finer, padtype="line")
        leads[name] = np.full(samples.size // factor, np.nan)
        start = first // factor
        leads[name][start : start + low.size] = low[: leads[name].size - start]
    return Signals(fs_hz, leads)


def run(case: Case, pipeline_at: Callable[[float], Pipeline], overlays: Path | None) -> Result:
    """Digitize one page and score it."""
    result = Result(f"{case.path.parent.name}/{case.path.name}", case.group, case.layout)
    truth = case.truth()
    started = time.perf_counter()
    try:
        digitized = digitize(pipeline_at(case.drawn_hz or truth.fs_hz), case.path)
    except Exception as error:
        result.seconds = time.perf_counter() - started
        kind = "" if isinstance(error, EcgEngineError) else f"{type(error).__name__}: "
        result.failure = kind + " ".join(str(error).replace(str(case.path), case.path.name).split())
        return result
    result.seconds = time.perf_counter() - started
    recording = digitized.recording
    reading = lowered(Signals.of(recording), truth.fs_hz)
    score = score_page(reading.leads_mv, truth.leads_mv, truth.fs_hz)
    result.ratio = score.ratio
    result.leads_db = {name: round(lead.db, 2) for name, lead in score.leads.items()}
    result.shifts_ms = {
        name: 1000 * lead.shift_samples / truth.fs_hz for name, lead in score.leads.items()
    }
    if case.drawn is not None:
        drawn_mv = case.drawn().leads_mv
        result.drawn_db = score_page(reading.leads_mv, drawn_mv, truth.fs_hz).db
        result.limit_db = score_page(drawn_mv, truth.leads_mv, truth.fs_hz).db
    result.pearson_r = float(np.median([lead.pearson_r for lead in score.leads.values()]))
    result.rmse_mv = float(np.median([lead.rmse_mv for lead in score.leads.values()]))
    result.qrs_error_mv = float(np.nanmax([lead.qrs_error_mv for lead in score.leads.values()]))
    if all(recording[name].status is LeadStatus.MISSING for name in score.leads):
        result.failure = "no lead was named: " + "; ".join(recording.notes)
    result.layout_found = recording.layout or "unknown"
    result.source = str(digitized.guess.source)
    statuses = [recording[name].status.value for name in score.leads]
    result.review, result.missing = statuses.count("review"), statuses.count("missing")
    sheet = digitized.sheet
    result.px_per_mm = (round(sheet.px_per_mm_x, 4), round(sheet.px_per_mm_y, 4))
    result.stages_s = {record.kind: round(record.seconds, 3) for record in recording.provenance}
    if overlays is not None:
        from ecgengine_plugins.writers.options import OverlayOptions
        from ecgengine_plugins.writers.overlay import OverlayWriter

        pictures = OverlayWriter(OverlayOptions()).render(digitized)
        write_files(overlays / case.path.parent.name, pictures, force=True)
    return result


def markdown(results: list[Result]) -> str:
    """Lay out a table of groups and one of pages."""
    lines = [
        "| group | pages | failed | layout right | median dB | mean dB | score dB | s a page |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for group in GROUPS:
        mine = [r for r in results if r.group == group]
        if not mine:
            continue
        decibels = [ratio_db(r.ratio) for r in mine]
        right = sum(r.layout_right for r in mine)
        lines.append(
            f"| {group} | {len(mine)} | {sum(bool(r.failure) for r in mine)} | {right} "
            f"| {statistics.median(decibels):.1f} | {statistics.mean(decibels):.1f} "
            f"| {total_db(r.ratio for r in mine):.1f} "
            f"| {statistics.median(r.seconds for r in mine):.2f} |"
        )
        drawn = [r.drawn_db if np.isfinite(r.drawn_db) else ratio_db(r.ratio) for r in mine]
        if drawn != decibels:
            median, mean = statistics.median(drawn), statistics.mean(drawn)
            name = f"{group}, against what is drawn"
            lines.append(f"| {name} | {len(mine)} | | | {median:.1f} | {mean:.1f} | | |")
    lines += [
        "",
        "| page | dB | weakest lead (dB) | r | RMSE mV | QRS error mV | layout (listed) "
        "| review, missing | s | failure |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_page_row(r) for group in GROUPS for r in results if r.group == group]
    return "\n".join(lines) + "\n"


def _page_row(r: Result) -> str:
    weakest = min(r.leads_db, key=r.leads_db.__getitem__) if r.leads_db else ""
    weak = f"{weakest} ({r.leads_db[weakest]:.1f})" if weakest else "-"
    layout = r.layout_found if r.layout_right else (f"{r.layout_found} ({r.layout_listed})")
    figures = " | ".join(
        f"{x:.3f}" if np.isfinite(x) else "-" for x in (r.pearson_r, r.rmse_mv, r.qrs_error_mv)
    )
    known = np.isfinite(r.drawn_db)
    drawn = f" (limit {r.limit_db:.1f}, drawn {r.drawn_db:.1f})" if known else ""
    return (
        f"| {r.page} | {ratio_db(r.ratio):.1f}{drawn} | {weak} | {figures} | {layout} "
        f"| {r.review}, {r.missing} | {r.seconds:.2f} | {r.failure} |"
    )


def credits(data: Path) -> str:
    """List where the pages come from, as the index tells."""
    with (data / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "pair"]
    lines = ["## Data", ""]
    for folder in dict.fromkeys(Path(row["item"]).parent.name for row in rows):
        mine = [row for row in rows if Path(row["item"]).parent.name == folder]
        sources = "; ".join(dict.fromkeys(row["source_repo"] for row in mine))
        licences = "; ".join(dict.fromkeys(row["licence"] for row in mine))
        lines.append(f"- `{folder}`, {len(mine)} pages: {sources}. {licences}.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("ECGENGINE_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder with index.csv")
    parser.add_argument("--out", type=Path, help="write the tables to this Markdown file")
    parser.add_argument("--details", type=Path, help="write everything measured to this JSON file")
    parser.add_argument("--overlays", type=Path, help="write the overlays into this folder")
    parser.add_argument("--only", default="", help="only pages whose path matches this expression")
    parser.add_argument("--rectifier", help="another rectifier than the default")
    parser.add_argument("--extractor", help="another extractor than the default")
    arguments = parser.parse_args()

    manager = PluginManager()
    wished = {"rectifier": arguments.rectifier, "extractor": arguments.extractor}
    choices = {kind: name for kind, name in wished.items() if name}
    pipelines: dict[float, Pipeline] = {}

    def pipeline_at(fs_hz: float) -> Pipeline:
        if fs_hz not in pipelines:
            pipelines[fs_hz] = Pipeline(manager, hints=Hints(fs_hz=fs_hz), choices=choices)
        return pipelines[fs_hz]

    wanted = re.compile(arguments.only)
    results: list[Result] = []
    for case in (*cases(arguments.data), *twins(arguments.data, pipeline_at)):
        if wanted.search(str(case.path)):
            results.append(run(case, pipeline_at, arguments.overlays))
            print(_page_row(results[-1]), flush=True)
    tables = markdown(results)
    print(tables)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(HEAD + tables + "\n" + credits(arguments.data), encoding="utf-8")
    if arguments.details:
        arguments.details.write_text(json.dumps([asdict(r) for r in results], indent=1))


if __name__ == "__main__":
    main()

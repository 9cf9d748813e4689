"""Digitize every real page that has truth and say how near each comes.

    python benchmarks/real_pages.py [--only EXPRESSION] [--extractor NAME]

A page that fails counts as 0 dB. The folder of pages is given by ECGENGINE_DATA.
"""

from __future__ import annotations

import csv
import ctypes
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from record import DATA, parser, save

from ecgengine.data.digitized import Digitized
from ecgengine.data.hints import Hints
from ecgengine.data.layout import CHEST_LEADS, LEADS, LIMB_LEADS
from ecgengine.data.recording import LeadStatus
from ecgengine.ecg.metrics import cut_to_windows, ratio_db, score_page, total_db
from ecgengine.ecg.signals import Signals, read_signals
from ecgengine.errors import EcgEngineError
from ecgengine.plugins.manager import PluginManager
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
    "made with ECG-Image-Kit, worn and in odd orders",
)
CREDITS = ("source_repo", "licence")


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
    db: float = 0.0
    weakest: str = "-"
    weakest_db: float = float("nan")
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


def listed_layout(words: str) -> str:
    """Turn the index's `3x4+1R (II), cal pulse` into `3x4+1`; empty where it names no layout."""
    match = re.match(r"\d+x\d+(\+\d)?", words)
    return match[0] if match else ""


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
            case "kit_made":
                yield Case(path, GROUPS[5], layout, _full(truth, THREE_BY_FOUR, 500.0))
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


def run(case: Case, pipeline_at: Callable[[float], Pipeline]) -> Result:
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
    result.ratio, result.db = score.ratio, ratio_db(score.ratio)
    result.leads_db = {name: round(lead.db, 2) for name, lead in score.leads.items()}
    result.weakest = min(result.leads_db, key=result.leads_db.__getitem__, default="-")
    result.weakest_db = result.leads_db.get(result.weakest, float("nan"))
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
    result.stages_s = {
        record.kind: round(record.seconds, 3)
        for record in recording.provenance
        if not record.within
    }
    return result


def summed(pages: list[Result], decibels: list[float]) -> dict[str, float]:
    """Sum up the pages of one group."""
    found = [page.layout_found.split("-")[0] == page.layout_listed for page in pages]
    return {
        "pages": len(pages),
        "failed": sum(bool(page.failure) for page in pages),
        "layout_right": sum(found),
        "median_db": statistics.median(decibels),
        "mean_db": statistics.mean(decibels),
        "score_db": total_db(10 ** (db / 10) for db in decibels),
        "seconds": statistics.median(page.seconds for page in pages),
    }


def by_group(results: list[Result]) -> dict[str, dict[str, float]]:
    """Sum up by group, PDFs also against the curves that they draw."""
    rows = {}
    for group in GROUPS:
        mine = [each for each in results if each.group == group]
        if mine:
            rows[group] = summed(mine, [each.db for each in mine])
        drawn = [each.drawn_db if np.isfinite(each.drawn_db) else each.db for each in mine]
        if drawn != [each.db for each in mine]:
            rows[f"{group}, against what is drawn"] = summed(mine, drawn)
    return rows


def credits() -> dict[str, dict[str, object]]:
    """Say where the pages of each folder come from, as the index tells."""
    with (DATA / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "pair"]
    found = {}
    for folder in dict.fromkeys(Path(row["item"]).parent.name for row in rows):
        mine = [row for row in rows if Path(row["item"]).parent.name == folder]
        words = {key: "; ".join(dict.fromkeys(row[key] for row in mine)) for key in CREDITS}
        found[folder] = {"pages": len(mine), **words}
    return found


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--only", default="", help="only pages whose path matches; keeps no result")
    given.add_argument("--rectifier", help="another rectifier than the default")
    given.add_argument("--extractor", help="another extractor than the default")
    arguments = given.parse_args()

    manager = PluginManager()
    wished = {"rectifier": arguments.rectifier, "extractor": arguments.extractor}
    choices = {kind: name for kind, name in wished.items() if name}
    pipelines: dict[float, Pipeline] = {}

    def pipeline_at(fs_hz: float) -> Pipeline:
        if fs_hz not in pipelines:
            pipelines[fs_hz] = Pipeline(manager, hints=Hints(fs_hz=fs_hz), choices=choices)
        return pipelines[fs_hz]

    every = [*cases(DATA), *twins(DATA, pipeline_at)]
    wanted = [case for case in every if re.search(arguments.only, str(case.path))]
    results = []
    for case in wanted:
        results.append(run(case, pipeline_at))
        print(f"{results[-1].db:5.1f} dB  {results[-1].page}", flush=True)
    pages = [asdict(each) for each in sorted(results, key=lambda r: GROUPS.index(r.group))]
    numbers = {"by group": by_group(results), "pages": pages, "credits": credits()}
    files = [case.path for case in wanted]
    name = "" if arguments.only else arguments.name
    save(name, numbers, f"{len(files)} real pages", files)


if __name__ == "__main__":
    main()

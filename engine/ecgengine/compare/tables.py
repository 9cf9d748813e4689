"""Sum up the figures of many pages by combination, source, lead and layout, as tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ecgengine.compare.figures import LeadFigures, PageFigures
from ecgengine.compare.table import Column, Table, Value
from ecgengine.data.layout import LEADS
from ecgengine.data.source import Source
from ecgengine.ecg.metrics import total_db


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the columns sum up: a page, or one lead of it."""

    ratio: float
    db: float
    pearson_r: float
    rmse_mv: float
    qrs_error_mv: float
    page: PageFigures

    @classmethod
    def of_page(cls, page: PageFigures) -> _Entry:
        leads = page.leads.values()
        return cls(
            page.ratio,
            page.db,
            float(np.mean([_correlation(lead) for lead in leads])) if leads else 0.0,
            float(np.sqrt(np.mean([lead.rmse_mv**2 for lead in leads]))) if leads else math.nan,
            max(_known(lead.qrs_error_mv for lead in leads), default=math.nan),
            page,
        )

    @classmethod
    def of_lead(cls, page: PageFigures, name: str) -> _Entry:
        lead = page.leads[name]
        ratio = 10 ** (lead.db / 10)
        return cls(ratio, lead.db, _correlation(lead), lead.rmse_mv, lead.qrs_error_mv, page)


@dataclass(frozen=True, slots=True)
class _Measure:
    """A column and how it sums up entries; `of_lead` when it says something about one lead."""

    column: Column
    of: Callable[[Sequence[_Entry]], Value]
    of_lead: bool = True


_MEASURES = (
    _Measure(Column("pages", "pages", meaning="Pages, failed ones included."), len),
    _Measure(
        Column("score_db", "score", "dB", 1, "Decibels of the mean power ratio."),
        lambda entries: total_db(r.ratio for r in entries),
    ),
    _Measure(
        Column("median_db", "median", "dB", 1, "Median of the decibels of single pages."),
        lambda entries: _quantile(entries, 0.5),
    ),
    _Measure(
        Column("quartile1_db", "25 %", "dB", 1, "A quarter of the pages lie below."),
        lambda entries: _quantile(entries, 0.25),
    ),
    _Measure(
        Column("quartile3_db", "75 %", "dB", 1, "A quarter of the pages lie above."),
        lambda entries: _quantile(entries, 0.75),
    ),
    _Measure(
        Column("mean_db", "mean", "dB", 1, "Mean of the decibels of single pages."),
        lambda entries: float(np.mean([r.db for r in entries])),
    ),
    _Measure(
        Column(
            "pearson_r",
            "Pearson",
            "r",
            digits=3,
            meaning="Correlation: mean of a page's leads, 0 for one not read; median over pages.",
        ),
        lambda entries: _median(r.pearson_r for r in entries),
    ),
    _Measure(
        Column(
            "rmse_mv",
            "RMSE",
            "mV",
            digits=3,
            meaning="Root mean square error of a page's leads; median over pages.",
        ),
        lambda entries: _median(r.rmse_mv for r in entries),
    ),
    _Measure(
        Column(
            "qrs_error_mv",
            "QRS err",
            "mV",
            digits=3,
            meaning="Largest error in the height of a page's QRS complexes; median over pages.",
        ),
        lambda entries: _median(r.qrs_error_mv for r in entries),
    ),
    _Measure(
        Column(
            "heart_rate_error_bpm",
            "rate err",
            "/min",
            digits=1,
            meaning="Error of the heart rate; median over pages where a rate was read.",
        ),
        lambda entries: _median(r.page.heart_rate_error_bpm for r in entries),
        of_lead=False,
    ),
    _Measure(
        Column("layout_right", "layout", "right", meaning="Pages whose layout was recognized."),
        lambda entries: _count(r.page.layout_right for r in entries),
        of_lead=False,
    ),
    _Measure(
        Column("failures", "failed", meaning="Pages without a reading; they count as 0 mV."),
        lambda entries: sum(bool(r.page.failure) for r in entries),
        of_lead=False,
    ),
    _Measure(
        Column("seconds", "time", "s/page", meaning="Seconds a page; median."),
        lambda entries: _median(r.page.seconds for r in entries),
        of_lead=False,
    ),
    _Measure(
        Column("peak_mb", "memory", "MB", digits=0, meaning="Peak memory; largest of all pages."),
        lambda entries: max(_known(r.page.peak_mb for r in entries), default=None),
        of_lead=False,
    ),
)

_ONE_PAGE = frozenset(("score_db", "pearson_r", "rmse_mv", "qrs_error_mv"))
_ONE_PAGE |= {"heart_rate_error_bpm", "seconds", "peak_mb"}
"""Columns that mean something for a single page."""

_Labeled = tuple[str, _Entry]


def make_tables(figures: Sequence[PageFigures]) -> tuple[Table, ...]:
    """Sum up over all pages, by source, by lead and by layout; one row a combination each.

    Combinations stand in the order in which `figures` first names them. A table without rows is
    left out.
    """
    pages = [_Entry.of_page(page) for page in figures]
    by_source = sorted(pages, key=lambda entry: _source_order(entry.page.source))
    by_layout = sorted(pages, key=lambda entry: entry.page.layout)
    by_lead = [
        (name, _Entry.of_lead(page, name))
        for name in LEADS
        for page in figures
        if name in page.leads
    ]
    tables = (
        _table("combination", "All pages", "", [("", entry) for entry in pages]),
        _table("source", "By source", "source", [(r.page.source, r) for r in by_source]),
        _table("lead", "By lead", "lead", by_lead),
        _table("layout", "By layout", "layout", [(r.page.layout, r) for r in by_layout]),
    )
    return tuple(table for table in tables if table.rows)


def pages_table(figures: Iterable[PageFigures]) -> Table:
    """List the figures of every page and combination."""
    labels = ("page", "combination", "source", "layout", "layout_found", "failure")
    measures = [measure for measure in _MEASURES if measure.column.key in _ONE_PAGE]
    rows = (
        (
            *(page.case, page.combination, page.source, page.layout, page.layout_found),
            page.failure,
            *(_finite(measure.of([_Entry.of_page(page)])) for measure in measures),
        )
        for page in figures
    )
    columns = (*(Column(key, key) for key in labels), *(m.column for m in measures))
    return Table("pages", "Pages", columns, tuple(rows), len(labels))


def source_order(sources: Iterable[str]) -> list[str]:
    """Give each source once, in the order of `Source`; others come last."""
    return sorted(set(sources), key=_source_order)


def _table(key: str, title: str, by: str, entries: Iterable[_Labeled]) -> Table:
    """Sum up entries by their label and combination, in the order in which they come.

    Without `by` there is one label, which is not shown.
    """
    groups: dict[str, dict[str, list[_Entry]]] = {}
    for label, entry in entries:
        groups.setdefault(label, {}).setdefault(entry.page.combination, []).append(entry)
    measures = [measure for measure in _MEASURES if measure.of_lead or key != "lead"]
    rows = tuple(
        (
            *((label,) if by else ()),
            combination,
            *(_finite(measure.of(group)) for measure in measures),
        )
        for label, combinations in groups.items()
        for combination, group in combinations.items()
    )
    names = (by, "combination") if by else ("combination",)
    columns = (*(Column(name, name) for name in names), *(m.column for m in measures))
    return Table(key, title, columns, rows, len(names))


def _finite(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _source_order(source: str) -> tuple[int, str]:
    known = [str(item) for item in Source]
    return (known.index(source), "") if source in known else (len(known), source)


def _correlation(lead: LeadFigures) -> float:
    """Give a lead's correlation; what was not read goes along with nothing."""
    return 0.0 if math.isnan(lead.pearson_r) else lead.pearson_r


def _known(values: Iterable[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


def _median(values: Iterable[float]) -> float | None:
    known = _known(values)
    return float(np.median(known)) if known else None


def _quantile(entries: Sequence[_Entry], part: float) -> float:
    return float(np.quantile([entry.db for entry in entries], part))


def _count(answers: Iterable[bool | None]) -> int | None:
    known = [answer for answer in answers if answer is not None]
    return sum(known) if known else None

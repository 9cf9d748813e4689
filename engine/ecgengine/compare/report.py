"""Write the report of a comparison: one HTML file that holds everything and loads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ecgengine.compare import plots
from ecgengine.compare.bootstrap import MIN_PAGES, Pair, differences_table, paired_differences
from ecgengine.compare.figures import PageFigures
from ecgengine.compare.lead_plots import PAPER
from ecgengine.compare.markup import Markup, joined, tag
from ecgengine.compare.style import STYLE
from ecgengine.compare.table import Column, Table
from ecgengine.compare.tables import make_tables
from ecgengine.compare.worst import EvidenceOf, page_article, worst_pages

_NO_NETWORK = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render_report(
    figures: Sequence[PageFigures],
    evidence: EvidenceOf,
    *,
    dataset: str,
    command: str,
    versions: Mapping[str, str],
    date: str,
) -> bytes:
    """Write the report of a comparison as HTML.

    Args:
        figures: of every page and combination.
        evidence: gives the pictures and leads of a page; asked for the worst pages only.
        dataset: what the pages are, as the user named them.
        command: the command line that makes the report again.
        versions: of the software, by name.
        date: when the comparison was run.
    """
    tables = {table.key: table for table in make_tables(figures)}
    pairs = paired_differences(figures)
    labels = plots.combinations_of(figures)
    legend = _legend(labels)
    sections = [_section("all", "All pages", _table(tables["combination"]))] if tables else []
    if pairs:
        sections.append(_section("differences", "Paired differences", *_differences(pairs)))
    if tables:
        by_source = [legend, _plot(plots.box_plot(figures), _BOX_WORDS), _table(tables["source"])]
        sections += [
            _section("sources", "By source", *by_source),
            _section("pages", "Page by page", legend, _plot(plots.page_plot(figures), _PAGE_WORDS)),
        ]
    sections += [
        _section(f"{key}s", tables[key].title, _table(tables[key]))
        for key in ("lead", "layout")
        if key in tables
    ]
    failed = [page for page in figures if page.failure]
    if failed:
        sections.append(_section("failures", "Failed pages", _table(_failures(failed))))
    sections.append(_section("worst", "Worst pages", *_worst(figures, labels, evidence)))
    if tables:
        sections.append(_section("columns", "What the columns mean", _meanings(tables, pairs)))
    title = f"Comparison on {dataset}"
    count = len({page.case for page in figures})
    facts = {
        "Pages": f"{count}",
        "Combinations": ", ".join(labels),
        "Command": tag("code", command),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "Date": date,
    }
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_NO_NETWORK),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    contents = [tag("a", heading, href=f"#{key}") for key, heading, _ in sections]
    body = tag(
        "body",
        PAPER,
        tag(
            "header",
            tag("h1", title),
            tag("dl", *(item for name, value in facts.items() for item in _entry(name, value))),
            tag("nav", *contents, aria_label="Contents"),
        ),
        tag("main", *(section for _, _, section in sections)),
        tag("footer", "Written by ecgengine compare."),
    )
    page = joined([Markup("<!DOCTYPE html>"), tag("html", head, body, lang="en")], "\n")
    return page.encode()


_BOX_WORDS = (
    "Decibels of single pages by source. A box holds the middle half, the line in it and the "
    "figure beside it are the median; whiskers reach the last page within one and a half box "
    f"lengths. A failed page counts 0 dB; pages below {plots.FLOOR_DB:g} dB stand at the edge."
)
_PAGE_WORDS = (
    "Each dot is a page; the dots above and below each other are one page. A failed page is an "
    "open circle."
)
_DIFFERENCE_WORDS = (
    "Difference of the mean decibels over the same pages, with its 95 % bootstrap interval: where "
    "it does not touch zero, one combination is better than the other."
)
_WORST_WORDS = (
    "The ten pages of each combination with the fewest decibels. Readings are drawn as they are, "
    "before the score shifts them; ruling 0.2 s by 0.5 mV."
)
_Section = tuple[str, str, Markup]


def _section(key: str, heading: str, *content: str) -> _Section:
    return key, heading, tag("section", tag("h2", heading), *content, id=key)


def _entry(name: str, value: str) -> tuple[Markup, Markup]:
    return tag("dt", name), tag("dd", value)


def _legend(labels: Sequence[str]) -> Markup:
    keys = (
        tag("li", tag("span", class_="key", style=f"background:{plots.color(i)}"), label)
        for i, label in enumerate(labels)
    )
    return tag("ul", *keys, class_="legend")


def _plot(plot: Markup, words: str) -> Markup:
    return tag(
        "figure",
        tag("div", plot, class_="wide", tabindex=0, role="region", aria_label="Plot"),
        tag("figcaption", words),
    )


def _differences(pairs: Sequence[Pair]) -> list[Markup]:
    return [
        tag("ul", *(tag("li", _sentence(pair)) for pair in pairs), class_="verdicts"),
        _plot(plots.difference_plot(pairs), _DIFFERENCE_WORDS),
        _table(differences_table(pairs)),
    ]


def _sentence(pair: Pair) -> str:
    mean = pair.mean
    interval = (
        f"{mean.db:+.1f} dB a page on average (95 %: {mean.low_db:+.1f} to {mean.high_db:+.1f})"
    )
    start = {
        "better": f"{pair.first} is better than {pair.second}",
        "worse": f"{pair.first} is worse than {pair.second}",
        "no difference shown": f"No difference shown between {pair.first} and {pair.second}",
    }.get(pair.verdict)
    if start is None:
        return f"{pair.first} and {pair.second}: a verdict needs at least {MIN_PAGES} pages."
    return f"{start}: {interval}, ahead on {pair.better:.0%} of {pair.pages} pages."


def _worst(
    figures: Sequence[PageFigures], labels: Sequence[str], evidence: EvidenceOf
) -> list[Markup]:
    words = [
        tag("p", _WORST_WORDS, class_="soft"),
        tag(
            "p",
            tag("span", "Black", class_="ink-truth"),
            " is the truth, ",
            tag("span", "red", class_="ink-reading"),
            " the reading.",
        ),
    ]
    for label in labels:
        words.append(tag("h3", label))
        words += [
            page_article(page, evidence(page.case, label)) for page in worst_pages(figures, label)
        ]
    return words


def _failures(failed: Sequence[PageFigures]) -> Table:
    columns = (Column("page", "page"), Column("combination", "combination"))
    reason = Column("reason", "reason")
    rows = tuple((page.case, page.combination, page.failure) for page in failed)
    return Table("failures", "Failed pages", (*columns, reason), rows, labels=2)


def _meanings(tables: Mapping[str, Table], pairs: Sequence[Pair]) -> Markup:
    columns = [*tables["combination"].columns, *differences_table(pairs).columns[3:]]
    entries = (
        _entry(f"{column.title} {column.unit}".strip(), column.meaning)
        for column in columns
        if column.meaning
    )
    return tag("dl", *(item for entry in entries for item in entry))


def _table(table: Table) -> Markup:
    right = ["right" if table.is_number(i) else None for i in range(len(table.columns))]
    heads = (
        tag(
            "th",
            column.title,
            tag("small", column.unit) if column.unit else "",
            scope="col",
            class_=side,
            title=column.meaning or None,
        )
        for column, side in zip(table.columns, right, strict=True)
    )
    rows: list[Markup] = []
    last = ""
    for texts in table.texts():
        cells = [
            tag("td", text, class_=side) for text, side in zip(texts[1:], right[1:], strict=True)
        ]
        starts = table.labels > 1 and texts[0] != last
        rows.append(
            tag("tr", tag("th", texts[0], scope="row"), *cells, class_="first" if starts else None)
        )
        last = texts[0]
    return tag(
        "div",
        tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows)),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=table.title,
    )

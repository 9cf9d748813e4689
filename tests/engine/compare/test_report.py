from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from ecgengine.compare.figures import LeadFigures, PageFigures
from ecgengine.compare.lead_plots import MAX_POINTS, curve_path, thinned
from ecgengine.compare.markup import Markup, tag
from ecgengine.compare.report import render_report
from ecgengine.compare.worst import Evidence, jpeg, page_article, worst_pages

NASTY = '<script>alert("x")</script>&'
RNG = np.random.default_rng(1)
SMALL = RNG.integers(0, 255, (40, 60, 3)).astype(np.uint8)
TRUTH = np.concatenate([np.sin(np.arange(1250) / 40), np.full(3750, np.nan)])
VOID = {"meta", "img", "br"}


class Outline(HTMLParser):
    """Checks that tags close in order and keeps what tests ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.seen if tag == name]


def figures(count: int = 14, combinations: tuple[str, ...] = ("a", "b")) -> list[PageFigures]:
    lead = LeadFigures(9.0, 1.0, 0.1, 0.9, 0.1, 0.2)
    return [
        PageFigures(
            f"page{number:02d}",
            combination,
            source=("photo", "render")[number % 2],
            layout="6x2",
            layout_found="3x4",
            failure="no <grid> found" if number == 3 else "",
            ratio=1.0 if number == 3 else 10 ** (number / 10 + shift),
            leads={"I": lead, "II": lead},
            seconds=0.5,
        )
        for number in range(count)
        for shift, combination in enumerate(combinations)
    ]


def evidence(case: str, combination: str) -> Evidence | None:
    if case == "page01":
        return None
    leads = {"I": TRUTH, "II": np.tile(TRUTH[:1250], 4)}
    if case == "page03":
        return Evidence(SMALL, None, leads, {}, 500.0)
    return Evidence(SMALL, SMALL, leads, {"I": TRUTH + 0.1}, 500.0)


def render(found: list[PageFigures], **others: str) -> bytes:
    words = {"dataset": "synthetic:val", "command": "ecgengine compare", "date": "2026-01-02"}
    return render_report(found, evidence, versions={"ecgengine": "9.8.7"}, **words | others)


@pytest.fixture(scope="module")
def report() -> str:
    return render(figures()).decode()


@pytest.fixture(scope="module")
def outline(report: str) -> Outline:
    outline = Outline()
    outline.feed(report)
    outline.close()
    assert outline.open == []
    return outline


def test_the_file_loads_nothing(report: str, outline: Outline) -> None:
    assert not re.search(r"https?:|//[a-z]|@import|<script|<link", report)
    assert all(
        str(image["src"]).startswith("data:image/jpeg;base64,") for image in outline.all("img")
    )
    references = re.findall(r"url\(([^)]*)\)", report)
    identities = {attributes.get("id") for _, attributes in outline.seen}
    assert references
    assert {reference.removeprefix("#") for reference in references} <= identities


def test_the_heading_says_what_was_run(outline: Outline) -> None:
    words = " ".join(outline.words)
    for expected in ("synthetic:val", "ecgengine compare", "ecgengine 9.8.7", "2026-01-02", "14"):
        assert expected in words


def test_contents_lead_to_sections(outline: Outline) -> None:
    sections = {section["id"] for section in outline.all("section")}
    links = {str(link["href"]).removeprefix("#") for link in outline.all("a")}
    assert links == sections
    assert {"all", "differences", "sources", "pages", "leads", "layouts", "worst"} <= sections


def test_text_from_outside_is_escaped() -> None:
    found = [
        PageFigures(NASTY, NASTY, source=NASTY, layout=NASTY, layout_found=NASTY, failure=NASTY)
    ]
    report = render(found, dataset=NASTY, command=NASTY, date=NASTY).decode()
    assert "<script" not in report
    assert 'alert("x")&lt;/script&gt;&amp;' in report


def test_pictures_have_words_and_data(outline: Outline) -> None:
    images = outline.all("img")
    assert len(images) == 2 * (2 * 9 - 1)
    assert all(image["alt"] for image in images)
    data = base64.b64decode(str(images[0]["src"]).partition(",")[2])
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == SMALL.shape
    assert all(svg.get("aria-label") or svg.get("aria-hidden") for svg in outline.all("svg"))


def test_each_combination_shows_its_ten_worst_pages(outline: Outline) -> None:
    assert len(outline.all("article")) == 20
    titles = [text for text in outline.words if text.startswith("page")]
    assert titles.count("page13") == 0


def test_worst_pages_come_first() -> None:
    worst = worst_pages(figures(), "b")
    assert [page.case for page in worst[:3]] == ["page03", "page00", "page01"]
    assert len(worst) == 10


def test_failures_are_said_with_their_reason(report: str) -> None:
    assert report.count("no &lt;grid&gt; found") >= 4
    assert "<grid>" not in report


def test_leads_lie_over_each_other(report: str, outline: Outline) -> None:
    truths = [path for path in outline.all("path") if path.get("class") == "truth"]
    readings = [path for path in outline.all("path") if path.get("class") == "reading"]
    assert len(truths) == 2 * 8 * 2
    assert len(readings) == 2 * 8
    assert report.count("</b> not read") == 2 * 8


def test_leads_are_left_out_where_none_is_read() -> None:
    page = figures(1, ("a",))[0]
    strips = Evidence(SMALL, SMALL, {"I": TRUTH}, {"strip1": TRUTH, "I": TRUTH * np.nan}, 500.0)
    article = page_article(page, strips)
    assert "None of its leads was read" in article
    assert "truth" not in article


def test_layouts_taken_for_others_are_told() -> None:
    article = page_article(figures(1, ("a",))[0], None)
    assert "layout 6x2, taken for 3x4" in article
    assert "cannot be shown" in article
    lost = PageFigures("p", "a", layout="6x2", ratio=0.999)
    assert "0.0 dB · source unknown · layout 6x2, not found<" in page_article(lost, None)


def test_a_report_on_nothing_and_on_one_page() -> None:
    assert b"Comparison on" in render([])
    one = render(figures(1, ("a",))).decode()
    assert 'id="differences"' not in one


def test_the_same_input_gives_the_same_bytes(report: str) -> None:
    assert render(figures()).decode() == report


def test_pictures_are_scaled_down() -> None:
    data, width, height = jpeg(np.full((1700, 2200, 3), (200, 30, 40), np.uint8))
    assert (width, height) == (900, 695)
    blue, green, red = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[300, 400]
    assert (int(red), int(green), int(blue)) == pytest.approx((200, 30, 40), abs=8)
    assert jpeg(SMALL)[1:] == (60, 40)


@pytest.mark.parametrize("size", [1, 599, 600, 601, 1250, 5000, 100_003])
def test_thinning_keeps_peaks_and_the_limit(size: int) -> None:
    samples = np.random.default_rng(size).normal(size=size)
    samples[size // 3], samples[size // 2] = 50.0, -50.0
    chosen = thinned(samples, MAX_POINTS)
    assert chosen.size <= MAX_POINTS
    assert (np.diff(chosen) > 0).all()
    assert samples[chosen].min() == samples.min()
    assert samples[chosen].max() == samples.max()


def test_thinning_keeps_gaps() -> None:
    samples = np.ones(5000)
    samples[1000:2000] = np.nan
    assert curve_path(samples, 500.0).count("M") == 2
    assert curve_path(np.full(5000, np.nan), 500.0) == ""
    chosen = thinned(samples, MAX_POINTS)
    assert not np.isfinite(samples[chosen]).all()


def test_curves_are_drawn_to_scale() -> None:
    assert curve_path(np.array([0.0, 1.0, np.nan, -0.5]), 2.0) == "M0.0 0.0L50.0 -40.0M150.0 20.0"


def test_tags_escape_text_but_not_markup() -> None:
    inner = tag("b", "<&")
    assert tag("p", inner, ">", class_='"x"') == '<p class="&quot;x&quot;"><b>&lt;&amp;</b>&gt;</p>'
    assert tag("img", alt=None, hidden=True, font_size=1.5) == '<img hidden font-size="1.5">'
    assert isinstance(inner, Markup)

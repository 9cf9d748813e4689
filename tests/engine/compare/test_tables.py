from __future__ import annotations

import csv
import io
import json
import math

import pytest

from ecgengine.compare.figures import LeadFigures, PageFigures
from ecgengine.compare.table import csv_tables, tables_data, text_table
from ecgengine.compare.tables import make_tables, pages_table, source_order


def lead(db: float, **others: float) -> LeadFigures:
    values = {"pearson_r": 0.9, "rmse_mv": 0.1, "qrs_error_mv": 0.2} | others
    return LeadFigures(db, 1.0, 10 ** (-db / 10), **values)


def page(case: str, db: float, combination: str = "a", **others: object) -> PageFigures:
    values = {"leads": {"II": lead(db)}, "seconds": 1.0, "peak_mb": 100.0} | others
    return PageFigures(case, combination, ratio=10 ** (db / 10), **values)


def rows(figures: list[PageFigures], key: str) -> list[dict[str, object]]:
    return tables_data(make_tables(figures))[key]


def test_decibels_are_summed_up_in_all_the_ways() -> None:
    (row,) = rows([page(str(db), db) for db in (0.0, 10.0, 20.0, 30.0)], "combination")
    assert row["pages"] == 4
    assert row["score_db"] == pytest.approx(10 * math.log10((1 + 10 + 100 + 1000) / 4))
    assert (row["median_db"], row["mean_db"]) == (pytest.approx(15), pytest.approx(15))
    assert (row["quartile1_db"], row["quartile3_db"]) == (pytest.approx(7.5), pytest.approx(22.5))


def test_a_page_is_the_mean_of_its_leads_and_its_largest_qrs_error() -> None:
    leads = {
        "I": lead(9, pearson_r=0.8, rmse_mv=0.3, qrs_error_mv=0.5),
        "II": lead(9, pearson_r=math.nan, rmse_mv=0.4, qrs_error_mv=math.nan),
    }
    (row,) = rows([page("p", 9, leads=leads)], "combination")
    assert row["pearson_r"] == pytest.approx(0.4)
    assert row["rmse_mv"] == pytest.approx(math.sqrt((0.09 + 0.16) / 2))
    assert row["qrs_error_mv"] == 0.5


def test_what_is_not_known_is_left_out_or_said_to_be_unknown() -> None:
    known = page("p", 9, heart_rate_error_bpm=2.0, layout="6x2", layout_found="6x2")
    unknown = page("q", 9, seconds=math.nan, peak_mb=math.nan)
    (both,) = rows([known, unknown], "combination")
    assert (both["heart_rate_error_bpm"], both["layout_right"]) == (2.0, 1)
    assert (both["seconds"], both["peak_mb"]) == (1.0, 100.0)
    (none,) = rows([unknown], "combination")
    assert {none[key] for key in ("heart_rate_error_bpm", "layout_right", "peak_mb")} == {None}


def test_failed_pages_count() -> None:
    (row,) = rows([page("p", 20), PageFigures("q", "a", failure="lost")], "combination")
    assert (row["pages"], row["failures"]) == (2, 1)
    assert row["mean_db"] == pytest.approx(10)
    assert row["pearson_r"] == pytest.approx(0.45)


def test_groups_come_in_their_order() -> None:
    figures = [
        page(f"{source}{combination}", 9, combination, source=source, layout=layout)
        for source, layout in (("photo", "6x2"), ("other", "3x4"), ("render", "3x4"))
        for combination in ("b", "a")
    ]
    by_source = [(row["source"], row["combination"]) for row in rows(figures, "source")]
    assert by_source[:3] == [("render", "b"), ("render", "a"), ("photo", "b")]
    assert by_source[-1] == ("other", "a")
    assert [row["layout"] for row in rows(figures, "layout")] == ["3x4", "3x4", "6x2", "6x2"]
    assert source_order(["zzz", "photo", "render", "photo"]) == ["render", "photo", "zzz"]


def test_leads_are_scored_alone() -> None:
    figures = [
        page("p", 9, leads={"V1": lead(30), "I": lead(10)}),
        page("q", 9, leads={"I": lead(20)}),
    ]
    first, second = rows(figures, "lead")
    assert (first["lead"], first["pages"], first["median_db"]) == ("I", 2, pytest.approx(15))
    assert first["score_db"] == pytest.approx(10 * math.log10(55))
    assert (second["lead"], second["pages"]) == ("V1", 1)
    assert "heart_rate_error_bpm" not in first


def test_every_output_has_the_same_columns_and_rows() -> None:
    figures = [page("p", 9), page("p", 12, "b|c", source="photo")]
    tables = make_tables(figures)
    names = ["combination.csv", "source.csv", "lead.csv", "layout.csv"]
    files = csv_tables(tables)
    assert list(files) == names
    data = json.loads(json.dumps(tables_data(tables), allow_nan=False))
    for table in tables:
        read = list(csv.DictReader(io.StringIO(files[f"{table.key}.csv"].decode())))
        assert len(read) == len(table.rows) == len(data[table.key])
        assert list(read[0]) == list(data[table.key][0]) == [c.key for c in table.columns]
        assert float(read[1]["score_db"]) == pytest.approx(data[table.key][1]["score_db"], rel=1e-5)


def test_the_terminal_table_is_aligned() -> None:
    text = text_table(make_tables([page("p", 9), page("p", 12.25, "longer")])[:1])
    title, heads, units, *body = text.splitlines()
    assert title == "All pages"
    end = heads.index("score") + len("score")
    assert units[:end].endswith("   dB")
    assert [line[:end].split()[-1] for line in body] == ["9.0", "12.2"]
    assert len({line.index("1 ") for line in body}) == 1
    assert all(line == line.rstrip() for line in (heads, units, *body))


def test_no_pages_make_no_tables() -> None:
    assert make_tables([]) == ()
    assert [table.key for table in make_tables([PageFigures("p", "a", failure="lost")])] == [
        "combination",
        "source",
        "layout",
    ]


def test_single_pages_are_listed() -> None:
    table = pages_table([page("p", 9, layout="6x2"), PageFigures("p", "b", failure="lost, all")])
    first, second = tables_data([table])["pages"]
    assert (first["page"], first["layout"], first["score_db"]) == ("p", "6x2", pytest.approx(9))
    assert (second["combination"], second["failure"], second["score_db"]) == ("b", "lost, all", 0)
    assert b'"lost, all"' in csv_tables([table])["pages.csv"]

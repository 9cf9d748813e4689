"""Dataset `kaggle`: training data of the 2025 PhysioNet image-digitization competition."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from ecgengine.data.source import Source
from ecgengine.ecg.signals import read_signals
from ecgengine.errors import UnreadableInputError, UsageError
from ecgengine.plugins.options import DatasetOptions
from ecgengine.truth.case import Case
from ecgengine_plugins.datasets.pictures import first_page

TABLE_NAME = "train.csv"
_LAYOUT = "3x4+1"
_SOURCES = {
    "0001": Source.RENDER,
    "0003": Source.COLOR_SCAN,
    "0004": Source.BW_SCAN,
    "0005": Source.PHOTO,
    "0006": Source.SCREEN,
    "0009": Source.STAINED,
    "0010": Source.DAMAGED,
    "0011": Source.MOULD_COLOR,
    "0012": Source.MOULD_BW,
}


class KaggleDataset:
    """Pages `<id>-0001` to `<id>-0012` of the records that `train.csv` lists.

    A record's pages and its truth lie in `train/<id>/`, or in `<id>/` beside `train.csv`. The
    truth is empty where nothing is printed; its lead II holds the ten seconds of the rhythm strip.
    """

    def __init__(self, options: DatasetOptions) -> None:
        if not options.which:
            raise UsageError("the dataset kaggle needs the competition's folder: write kaggle:DIR")
        self._folder = Path(options.which)

    def names(self) -> Sequence[str]:
        """List the pages that are there; raises UnreadableInputError when there are none."""
        return list(self._pages)

    def load(self, name: str) -> Case:
        """Read one page and its truth; raises UnreadableInputError with the cause and a way."""
        if name not in self._pages:
            raise UnreadableInputError(f"{self._folder} has no page {name}: see its {TABLE_NAME}")
        path = self._pages[name]
        record, _, number = name.rpartition("-")
        leads = read_signals(path.with_name(f"{record}.csv"), self._rate_hz(record))
        return Case(name, first_page(path, name), leads, _SOURCES[number], _LAYOUT)

    def _rate_hz(self, record: str) -> float:
        given = self._rates[record]
        try:
            rate_hz = float(given)
        except ValueError:
            rate_hz = 0.0
        if not 0 < rate_hz < float("inf"):
            raise UnreadableInputError(
                f"{self._folder / TABLE_NAME} gives {given!r} as fs of record {record}: give "
                "samples per second, or download the file again"
            )
        return rate_hz

    @cached_property
    def _rates(self) -> dict[str, str]:
        """What the table says of each record's sampling rate."""
        path = self._folder / TABLE_NAME
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                return {row["id"].strip(): row["fs"] or "" for row in csv.DictReader(file)}
        except OSError as error:
            raise UnreadableInputError(
                f"{path} cannot be read ({error.strerror}): give the competition's folder, the "
                f"one that holds {TABLE_NAME}"
            ) from error
        except (KeyError, ValueError, csv.Error) as error:
            what = f"no column {error}" if isinstance(error, KeyError) else str(error)
            raise UnreadableInputError(
                f"{path} is not the competition's table ({what}): it needs the columns id and fs"
            ) from error

    @cached_property
    def _pages(self) -> dict[str, Path]:
        """The pictures that are there, by name, in the order of the table."""
        parent = self._folder / "train"
        if not parent.is_dir():
            parent = self._folder
        pages = {}
        for record in self._rates:
            for number in _SOURCES:
                path = parent / record / f"{record}-{number}.png"
                if path.is_file():
                    pages[path.stem] = path
        if not pages:
            raise UnreadableInputError(
                f"{parent} holds no page of the records in {TABLE_NAME}: a page should be at "
                f"{parent / 'ID' / 'ID-0001.png'}; unpack the competition's data there"
            )
        return pages

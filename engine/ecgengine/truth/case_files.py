"""Write and read the folder of one page with its truth (docs/datasets.md)."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ecgengine.data.page import Page
from ecgengine.data.source import Source
from ecgengine.data.strips import Calibration
from ecgengine.ecg.signals import leads_csv, read_signals
from ecgengine.errors import UnreadableInputError
from ecgengine.geometry.paper_map import PaperMap
from ecgengine.truth.case import Box, Case, PageTruth, PrintedStrip, PrintedWord

FORMAT = 1
"""Version of the format; a reader refuses later ones."""

TRUTH_NAME = "truth.json"
_LEADS_NAME = "leads.csv"
_ARRAYS_NAME = "truth.npz"
_PICTURE_STEM = "page"
_LEADS_DECIMALS = 5
_CURVES = ("rules", "pulses", "average_beats")
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def case_files(case: Case) -> dict[str, bytes]:
    """Give the files of a case's folder, by name; the same case gives the same bytes.

    `truth.json` comes last: a folder that has one is whole.

    The picture is the case's own file, or else a PNG of its page. Without `case.truth` only
    source, layout and leads are kept.
    """
    picture, suffix = case.file, Path(case.page.path).suffix
    if not picture:
        picture = cv2.imencode(".png", case.page.image[:, :, ::-1])[1].tobytes()
        suffix = ".png"
    files = {_PICTURE_STEM + suffix: picture, _LEADS_NAME: leads_csv(case.leads, _LEADS_DECIMALS)}
    facts: dict[str, Any] = {
        "format": FORMAT,
        "picture": _PICTURE_STEM + suffix,
        "dpi": None if case.page.dpi is None else [float(x) for x in case.page.dpi],
        "source": None if case.source is None else case.source.value,
        "layout": case.layout,
    }
    if case.truth is not None:
        facts["print"] = _print_facts(case.truth)
        files[_ARRAYS_NAME] = _npz(_arrays(case.truth))
        for kind, mask in case.truth.masks.items():
            files[f"{kind}.png"] = cv2.imencode(".png", mask)[1].tobytes()
    files[TRUTH_NAME] = (json.dumps(facts, indent=1, allow_nan=False) + "\n").encode()
    return files


def read_case(folder: Path, name: str) -> Case:
    """Read the case in the subfolder `name` of a dataset's folder.

    Raises UnreadableInputError naming the file, the cause and a way.
    """
    home = folder / name
    path = home / TRUTH_NAME
    try:
        facts = json.loads(path.read_bytes())
        if facts["format"] > FORMAT:
            raise UnreadableInputError(
                f"{path} is of format {facts['format']}, newer than {FORMAT}: update ecgengine"
            )
        picture = home / facts["picture"]
        dpi = facts["dpi"]
        page = Page(
            _decoded(picture, "RGB"),
            name,
            str(picture),
            dpi=None if dpi is None else (dpi[0], dpi[1]),
        )
        leads = read_signals(home / _LEADS_NAME)
        source = None if facts["source"] is None else Source(facts["source"])
        truth = _truth(home, facts["print"]) if "print" in facts else None
    except OSError as error:
        raise UnreadableInputError(
            f"{error.filename or path} cannot be read ({error.strerror}): make the page {name} "
            "again, or take its folder away"
        ) from error
    except (ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile) as error:
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UnreadableInputError(
            f"{home} does not hold a page with truth as expected ({what}): make it again, or "
            "compare it with docs/datasets.md"
        ) from error
    return Case(name, page, leads, source, facts.get("layout"), truth)


def _print_facts(truth: PageTruth) -> dict[str, Any]:
    return {
        "record": truth.record,
        "gain_mm_per_mv": float(truth.calibration.gain_mm_per_mv),
        "speed_mm_per_s": float(truth.calibration.speed_mm_per_s),
        "paper_mm": [float(side) for side in truth.paper_mm],
        "px_per_mm": float(truth.px_per_mm),
        "grid_mm": [None if step is None else float(step) for step in truth.grid_mm],
        "pen_mm": float(truth.pen_mm),
        "strips": [
            {
                "lead": strip.lead,
                "row": int(strip.row),
                "rhythm": bool(strip.rhythm),
                "inverted": bool(strip.inverted),
                "start_s": float(strip.start_s),
                "duration_s": float(strip.duration_s),
                "x_mm": float(strip.x_mm),
                "zero_mm": float(strip.zero_mm),
                "name_box_mm": strip.name_box_mm and [float(x) for x in strip.name_box_mm],
            }
            for strip in truth.strips
        ],
        **{kind: len(curves) for kind, curves in _curves(truth).items()},
        "words": [
            {"means": word.means, "box_mm": [float(side) for side in word.box_mm]}
            for word in truth.words
        ],
        "masks": list(truth.masks),
    }


def _truth(home: Path, facts: dict[str, Any]) -> PageTruth:
    with np.load(home / _ARRAYS_NAME, allow_pickle=False) as arrays:
        nodes_mm, step_px = arrays["paper_nodes_mm"], float(arrays["paper_step_px"])
        lines = [arrays[_centerline(index)] for index in range(len(facts["strips"]))]
        # Datasets made before pulses were told from separators hold them among the rules.
        rules, pulses, averages = (
            tuple(arrays[_curve(kind, index)] for index in range(facts.get(kind, 0)))
            for kind in _CURVES
        )
    strips = []
    for strip, line in zip(facts["strips"], lines, strict=True):
        box: Box | None = tuple(strip["name_box_mm"]) if strip["name_box_mm"] else None
        strips.append(PrintedStrip(**(strip | {"name_box_mm": box, "centerline_mm": line})))
    words = tuple(PrintedWord(word["means"], tuple(word["box_mm"])) for word in _words(facts))
    width_mm, height_mm = facts["paper_mm"]
    light_mm, heavy_mm = facts["grid_mm"]
    return PageTruth(
        record=facts["record"],
        calibration=Calibration(facts["gain_mm_per_mv"], facts["speed_mm_per_s"], "given", "given"),
        paper_mm=(width_mm, height_mm),
        px_per_mm=facts["px_per_mm"],
        grid_mm=(light_mm, heavy_mm),
        pen_mm=facts["pen_mm"],
        paper_map=PaperMap(nodes_mm, step_px),
        strips=tuple(strips),
        rules_mm=rules,
        pulses_mm=pulses,
        average_beats_mm=averages,
        words=words,
        masks={kind: _decoded(home / f"{kind}.png", "L") for kind in facts["masks"]},
    )


def _words(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what a page tells of its words; pages made before all were told told of these."""
    if "words" in facts:
        return list(facts["words"])
    names = [(strip["lead"], strip["name_box_mm"]) for strip in facts["strips"]]
    scales = (f"{facts['speed_mm_per_s']:g} mm/s", f"{facts['gain_mm_per_mv']:g} mm/mV")
    printed = zip(scales, facts.get("scale_boxes_mm") or (None, None), strict=True)
    return [{"means": means, "box_mm": box} for means, box in (*names, *printed) if box]


def _curves(truth: PageTruth) -> dict[str, tuple[NDArray[np.float32], ...]]:
    curves = (truth.rules_mm, truth.pulses_mm, truth.average_beats_mm)
    return dict(zip(_CURVES, curves, strict=True))


def _arrays(truth: PageTruth) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        "paper_nodes_mm": truth.paper_map.nodes_mm.astype("<f8", order="C"),
        "paper_step_px": np.array(truth.paper_map.step_px, dtype="<f8"),
    }
    for index, strip in enumerate(truth.strips):
        arrays[_centerline(index)] = strip.centerline_mm.astype("<f4", order="C")
    for kind, curves in _curves(truth).items():
        for index, curve in enumerate(curves):
            arrays[_curve(kind, index)] = curve.astype("<f4", order="C")
    return arrays


def _curve(kind: str, index: int) -> str:
    return f"{kind.removesuffix('s')}_{index}_mm"


def _centerline(index: int) -> str:
    return f"centerline_{index}_mm"


def _npz(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Pack arrays as `numpy.savez` does, but without the date and the machine's own marks."""
    packed = BytesIO()
    # Not deflated: that would save a third, and its bytes depend on the zlib at hand.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", _NO_DATE)
            entry.create_system = _UNIX
            archive.writestr(entry, member.getvalue())
    return packed.getvalue()


def _decoded(path: Path, mode: str) -> NDArray[np.uint8]:
    try:
        # Unlike OpenCV, Pillow never gives half a picture for half a file.
        return np.array(Image.open(BytesIO(path.read_bytes())).convert(mode), dtype=np.uint8)
    except (SyntaxError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(f"{path.name} is no whole picture") from error

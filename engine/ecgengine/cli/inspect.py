"""`ecgengine inspect`: what is on a page, without reading its curves."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from ecgengine.cli.outcomes import counted, exit_code, failures_as_data, report_failures
from ecgengine.cli.settings import build_pipeline, shared_options
from ecgengine.cli.stdout import data_only

if TYPE_CHECKING:
    from ecgengine.running.pipeline import Inspection
    from ecgengine.running.runner import Failure


@click.command("inspect")
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option("-o", "--option", "options", multiple=True, metavar="PLUGIN.OPTION=VALUE")
@shared_options
@data_only
def command(
    out: TextIO,
    inputs: tuple[str, ...],
    options: tuple[str, ...],
    as_json: bool,
    debug_dir: Path | None,
    every_sheet: bool,
    **given: Any,
) -> int:
    """Say what is on a page: size, source, grid, layout and calibration."""
    from ecgengine.running.debug_pictures import DebugPictures
    from ecgengine.running.runner import run_sheets

    pipeline = build_pipeline(plugin_options=options, **given)
    if debug_dir is not None:
        pipeline.observe = DebugPictures(debug_dir)
    outcomes = run_sheets(pipeline, counted(inputs), pipeline.inspect, every_sheet=every_sheet)
    failures: list[Failure] = []
    found: list[dict[str, Any]] = []
    for inspection in report_failures(outcomes, failures):
        facts = describe(inspection)
        found.append(facts)
        if not as_json:
            click.echo(_text(facts), file=out)
    if as_json:
        summary = {"pages": found, **failures_as_data(failures)}
        click.echo(json.dumps(summary, indent=2, allow_nan=False), file=out)
    return exit_code(failures, bool(found))


def describe(inspection: Inspection) -> dict[str, Any]:
    """Put an inspection into plain numbers and names."""
    page, sheet, strips = inspection.page, inspection.sheet, inspection.strips
    height, width = page.image.shape[:2]
    calibration = strips.calibration
    grid = sheet.grid
    return {
        "name": page.name,
        "path": page.path,
        "page": page.number,
        "width_px": width,
        "height_px": height,
        "dpi": page.dpi,
        "source": inspection.guess.source,
        "px_per_mm": [round(sheet.px_per_mm_x, 4), round(sheet.px_per_mm_y, 4)],
        "scale_source": sheet.scale_source,
        "grid": None if grid is None else {"minor_mm": grid.minor_mm, "major_mm": grid.major_mm},
        "confidence": round(sheet.confidence, 3),
        "residual_mm": None if math.isnan(sheet.residual_mm) else round(sheet.residual_mm, 4),
        "layout": strips.layout,
        "leads": [strip.lead for strip in strips.strips],
        "gain_mm_per_mv": calibration.gain_mm_per_mv,
        "gain_source": calibration.gain_source,
        "speed_mm_per_s": calibration.speed_mm_per_s,
        "speed_source": calibration.speed_source,
        "notes": [*sheet.notes, *strips.notes],
    }


def _text(facts: dict[str, Any]) -> str:
    grid = facts["grid"]
    lines = "no grid" if grid is None else f"grid {grid['minor_mm']} / {grid['major_mm']} mm"
    x, y = facts["px_per_mm"]
    return "\n".join(
        [
            f"{facts['name']}: {facts['width_px']} x {facts['height_px']} px",
            f"  source       {facts['source'] or 'unsure'}",
            f"  scale        {x} x {y} px/mm, from {facts['scale_source']}; {lines}; "
            f"confidence {facts['confidence']}",
            f"  layout       {facts['layout'] or 'unknown'}: "
            + " ".join(lead or "?" for lead in facts["leads"]),
            f"  calibration  {facts['gain_mm_per_mv']:g} mm/mV ({facts['gain_source']}), "
            f"{facts['speed_mm_per_s']:g} mm/s ({facts['speed_source']})",
            *(f"  note         {note}" for note in facts["notes"]),
        ]
    )

"""`ecgengine digitize`: pages in, files out."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from ecgengine.cli.outcomes import counted, exit_code, failures_as_data, report_failures
from ecgengine.cli.settings import build_pipeline, folder_and_options, shared_options
from ecgengine.cli.stdout import data_only

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ecgengine.data.recording import Lead
    from ecgengine.running.runner import Failure, Written


@click.command("digitize")
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o",
    "mixed",
    multiple=True,
    metavar="OUT|PLUGIN.OPTION=VALUE",
    help="Folder for the outputs (default: here); or an option, such as extractor.threads=2.",
)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Like -o OUT.")
@click.option("--option", "options", multiple=True, metavar="PLUGIN.OPTION=VALUE")
@click.option(
    "-f",
    "--format",
    "formats",
    default="csv,wfdb,json,overlay",
    show_default=True,
    metavar="NAMES",
    help="Writers, separated by commas.",
)
@click.option("--fs", type=float, default=500.0, show_default=True, help="Samples per second.")
@click.option("--force", is_flag=True, help="Replace outputs that are there already.")
@click.option(
    "--require",
    type=click.Choice(["ok", "review"]),
    help="Write only pages whose printed leads are all at least so.",
)
@shared_options
@data_only
def command(
    out: TextIO,
    inputs: tuple[str, ...],
    mixed: tuple[str, ...],
    output: Path | None,
    options: tuple[str, ...],
    formats: str,
    fs: float,
    force: bool,
    require: str | None,
    as_json: bool,
    debug_dir: Path | None,
    every_sheet: bool,
    **given: Any,
) -> int:
    """Turn pictures of ECGs (files, or - for standard input) into calibrated leads."""
    from ecgengine.data.recording import LeadStatus
    from ecgengine.running.debug_pictures import DebugPictures
    from ecgengine.running.runner import Output, run_sheets

    folder, plugin_options = folder_and_options(mixed, output, options, default=Path())
    pipeline = build_pipeline(plugin_options=plugin_options, fs=fs, **given)
    if debug_dir is not None:
        pipeline.observe = DebugPictures(debug_dir)
    least = None if require is None else LeadStatus(require)
    names = [name.strip() for name in formats.split(",")]
    files = Output(pipeline, names, folder, force=force, require=least)
    outcomes = run_sheets(pipeline, counted(inputs), files.digitize, every_sheet=every_sheet)
    failures: list[Failure] = []
    summaries: list[dict[str, Any]] = []
    for written in report_failures(outcomes, failures):
        summaries.append(_summary(written))
        if not as_json:
            click.echo(_text(written), err=True)
    together = [path for paths in report_failures([files.finish()], failures) for path in paths]
    if as_json:
        summary = {
            "pages": summaries,
            "files": [str(path) for path in together],
            **failures_as_data(failures),
        }
        click.echo(json.dumps(summary, indent=2, allow_nan=False), file=out)
    else:
        for path in together:
            click.echo(f"wrote {path}", err=True)
    return exit_code(failures, bool(together) or any(page["files"] for page in summaries))


def _summary(written: Written) -> dict[str, Any]:
    page, recording = written.page, written.recording
    return {
        "name": page.name,
        "path": page.path,
        "page": page.number,
        "layout": recording.layout,
        "fs_hz": recording.fs_hz,
        "leads": {
            lead.name: {"status": lead.status, "reasons": list(lead.reasons)}
            for lead in recording.leads
        },
        "quality": {
            name: None if math.isnan(value) else value for name, value in recording.quality.items()
        },
        "notes": list(recording.notes),
        "seconds": recording.seconds,
        "files": [str(path) for path in written.files],
    }


def _text(written: Written) -> str:
    """Say in a few lines what one page gave."""
    from ecgengine.data.recording import LeadStatus

    recording = written.recording

    def statuses(leads: Iterable[Lead]) -> str:
        counts = Counter(lead.status for lead in leads)
        return ", ".join(f"{counts[status]} {status}" for status in LeadStatus if counts[status])

    unnamed = [lead for lead in recording.leads if lead.name.startswith("strip")]
    strips = f"; unnamed strips {statuses(unnamed)}" if unnamed else ""
    return "\n".join(
        [
            f"{recording.name}: layout {recording.layout or 'unknown'}; "
            f"leads {statuses(recording.standard_leads)}{strips}",
            *(f"  {note}" for note in recording.notes),
            *(f"  wrote {path}" for path in written.files),
        ]
    )

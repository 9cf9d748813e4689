"""`ecgengine digitize`: pages in, files out."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecgengine.cli.pages import each_page, exit_code
from ecgengine.cli.settings import PLUGIN_OPTION, build_pipeline, shared_options
from ecgengine.errors import QualityError, UsageError

if TYPE_CHECKING:
    from ecgengine.page import Page
    from ecgengine.recording import Recording


@click.command("digitize")
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o",
    "mixed",
    multiple=True,
    metavar="OUT|PLUGIN.OPTION=VALUE",
    help="Folder for the outputs (default: here); or an option, such as extractor.rounds=4.",
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
def command(
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
    **given: Any,
) -> int:
    """Turn pictures of ECGs (files, or - for standard input) into calibrated leads."""
    from ecgengine.files import write_files
    from ecgengine.plugins import call
    from ecgengine.recording import LeadStatus

    folder, plugin_options = _folder_and_options(mixed, output, options)
    pipeline = build_pipeline(plugin_options=plugin_options, fs=fs, **given)
    writers = [
        pipeline.manager.select("writer", name.strip(), options=pipeline.options)
        for name in formats.split(",")
    ]
    built = [(selected.plugin, selected.build()) for selected in writers]
    recordings: list[Recording] = []
    summaries: list[dict[str, Any]] = []

    def work(page: Page) -> None:
        if any(recording.name == page.name for recording in recordings):
            raise UsageError(
                f"{page.path}: another input is called '{page.name}' too; "
                "rename it or digitize it into another folder"
            )
        result = pipeline.digitize(page)
        recording = result.recording
        if require is not None:
            _require(page, recording, require)
        contents: dict[str, bytes] = {}
        for plugin, writer in built:
            doing = f"writing {plugin.name} of {page.name}"
            contents.update(call(plugin.provider, doing, writer.render, result).value)
        written = write_files(folder, contents, force=force)
        recordings.append(recording)
        counts = {
            status: sum(lead.status == status for lead in recording.standard_leads)
            for status in LeadStatus
        }
        summaries.append(_summary(page, recording, written))
        if not as_json:
            states = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
            click.echo(f"{page.name}: layout {recording.layout or 'unknown'}; leads {states}")
            for note in recording.notes:
                click.echo(f"  {note}")
            for path in written:
                click.echo(f"  wrote {path}")

    failures = each_page(pipeline, inputs, work, debug_dir)
    together: dict[str, bytes] = {}
    for plugin, writer in built:
        doing = f"writing {plugin.name}"
        together.update(call(plugin.provider, doing, writer.render_batch, recordings).value)
    if together and (recordings or not failures):
        for path in write_files(folder, together, force=force):
            if not as_json:
                click.echo(f"wrote {path}")
    if as_json:
        report = {
            "pages": summaries,
            "failures": [
                {"path": f.path, "page": f.page, "exit_code": f.exit_code, "message": f.message}
                for f in failures
            ],
        }
        click.echo(json.dumps(report, indent=2, allow_nan=False))
    return exit_code(failures, len(recordings))


def _folder_and_options(
    mixed: tuple[str, ...], output: Path | None, options: tuple[str, ...]
) -> tuple[Path, tuple[str, ...]]:
    """Tell the folder from plugin options among the values of -o."""
    folders = [Path(value) for value in mixed if not PLUGIN_OPTION.match(value)]
    if output is not None:
        folders.append(output)
    if len(folders) > 1:
        raise UsageError(
            f"two output folders are named: {folders[0]} and {folders[1]}; "
            "an option is written plugin.option=value"
        )
    chosen = tuple(value for value in mixed if PLUGIN_OPTION.match(value))
    return (folders or [Path()])[0], options + chosen


def _require(page: Page, recording: Recording, require: str) -> None:
    """Raise QualityError when a printed lead is below what was asked."""
    from ecgengine.recording import LeadStatus

    accepted = {LeadStatus.OK} if require == "ok" else {LeadStatus.OK, LeadStatus.REVIEW}
    for lead in recording.leads:
        if lead.status not in accepted:
            reason = lead.reasons[0] if lead.reasons else lead.status
            raise QualityError(
                f"{page.path}: lead {lead.name} is '{lead.status}' ({reason}) and "
                f"'{require}' was required; look at its overlay without --require"
            )


def _summary(page: Page, recording: Recording, written: list[Path]) -> dict[str, Any]:
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
        "seconds": sum(stage.seconds for stage in recording.provenance),
        "files": [str(path) for path in written],
    }

"""`ecgengine digitize`: pages in, files out."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from ecgengine.cli.main import report
from ecgengine.cli.pages import Failure, as_data, each_page, exit_code
from ecgengine.cli.settings import build_pipeline, folder_and_options, shared_options
from ecgengine.cli.stdout import data_only
from ecgengine.errors import PluginError, QualityError, UsageError

if TYPE_CHECKING:
    from ecgengine.data.page import Page
    from ecgengine.data.recording import Recording
    from ecgengine.data.sheet import Sheet
    from ecgengine.plugins.hooks import StagePlugin
    from ecgengine.plugins.stages import Writer
    from ecgengine.running.pipeline import Pipeline


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
    from ecgengine.running.files import write_files

    folder, plugin_options = folder_and_options(mixed, output, options, default=Path())
    pipeline = build_pipeline(plugin_options=plugin_options, fs=fs, **given)
    chosen = [
        pipeline.manager.select("writer", name, options=pipeline.options)
        for name in dict.fromkeys(name.strip() for name in formats.split(","))
    ]
    writers = [(selected.plugin, selected.build()) for selected in chosen]
    recordings: list[Recording] = []
    summaries: list[dict[str, Any]] = []

    taken: set[str] = set()

    def take(page: Page, names: set[str]) -> None:
        """Keep `--force` from replacing what another page of this very call gave."""
        if names & taken:
            raise UsageError(
                f"{page.path}: another input gives {min(names & taken)} too; "
                "rename it or digitize it into another folder"
            )
        taken.update(names)

    def work(pipeline: Pipeline, page: Page) -> Sheet:
        take(page, {f"the name '{page.name}'"})
        result = pipeline.digitize(page)
        recording = result.recording
        if require is not None:
            _require(page, recording, require)
        contents = _rendered(writers, "render", result)
        take(page, set(contents))
        written = write_files(folder, contents, force=force)
        recordings.append(recording)
        summaries.append(_summary(page, recording, written))
        if not as_json:
            click.echo(_text(recording, written), err=True)
        return result.sheet

    failures = each_page(pipeline, inputs, work, debug_dir=debug_dir, every_sheet=every_sheet)
    together: list[Path] = []
    try:
        if recordings:
            contents = _rendered(writers, "render_batch", recordings)
            together = write_files(folder, contents, force=force)
    except Exception as error:
        failures.append(Failure(str(folder), None, report(error), str(error)))
    if as_json:
        summary = {
            "pages": summaries,
            "files": [str(path) for path in together],
            "failures": as_data(failures),
        }
        click.echo(json.dumps(summary, indent=2, allow_nan=False), file=out)
    else:
        for path in together:
            click.echo(f"wrote {path}", err=True)
    return exit_code(failures, bool(together) or any(page["files"] for page in summaries))


def _require(page: Page, recording: Recording, require: str) -> None:
    """Raise QualityError when a printed lead is below what was asked."""
    from ecgengine.data.recording import LeadStatus

    accepted = {LeadStatus.OK} if require == "ok" else {LeadStatus.OK, LeadStatus.REVIEW}
    for lead in recording.leads:
        if lead.status not in accepted:
            reason = lead.reasons[0] if lead.reasons else lead.status
            raise QualityError(
                f"{page.path}: lead {lead.name} is '{lead.status}' ({reason}) and "
                f"'{require}' was required; look at its overlay without --require"
            )


def _rendered(
    writers: list[tuple[StagePlugin[Writer], Writer]], method: str, results: object
) -> dict[str, bytes]:
    """Let every writer render; raises PluginError when two give a file of the same name."""
    from ecgengine.plugins.calling import call

    contents: dict[str, bytes] = {}
    for plugin, writer in writers:
        doing = f"rendering '{plugin.name}'"
        render = getattr(writer, method)
        files = call(plugin.provider, doing, render, results, expects=Mapping).value
        for name in set(files) & set(contents):
            raise PluginError(
                f"{plugin.provider} failed while {doing}: another writer gives {name} too; "
                "choose one of the two with -f"
            )
        contents.update(files)
    return contents


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


def _text(recording: Recording, written: list[Path]) -> str:
    """Say in a few lines what one page gave."""
    from ecgengine.data.recording import LeadStatus

    counts = Counter(lead.status for lead in recording.standard_leads)
    leads = ", ".join(f"{counts[status]} {status}" for status in LeadStatus if counts[status])
    return "\n".join(
        [
            f"{recording.name}: layout {recording.layout or 'unknown'}; leads {leads}",
            *(f"  {note}" for note in recording.notes),
            *(f"  wrote {path}" for path in written),
        ]
    )

"""`ecgengine synth`: synthetic pages with their truth, as a folder that datasets read back."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ecgengine.cli.settings import (
    dataset_and_options,
    folder_and_options,
    option_values,
    plugin_file_option,
)


@click.command("synth")
@click.option("--pages", type=click.IntRange(1), help="Number of pages.")
@click.option("--seed", type=click.IntRange(0), help="Seed of every choice.")
@click.option("--sources", metavar="NAMES", help="Kinds of picture, in turn: render,photo,...")
@click.option("--layouts", metavar="NAMES", help="Layouts to choose from: 3x4+1,6x2,...")
@click.option("--records", metavar="DIR", help="Folder of 12-lead records (WFDB, CSV) to print.")
@click.option("--masks", is_flag=True, help="Save masks of trace, grid and text too.")
@click.option(
    "--dataset",
    default="synthetic",
    show_default=True,
    metavar="NAME[:WHICH]",
    help="The dataset to write out, such as synthetic:val-v1.",
)
@click.option(
    "-o",
    "mixed",
    multiple=True,
    metavar="OUT|PLUGIN.OPTION=VALUE",
    help="Folder for the pages (default: pages); or an option of the dataset.",
)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Like -o OUT.")
@plugin_file_option
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--force", is_flag=True, help="Replace pages that are there already.")
@click.option("--json", "as_json", is_flag=True, help="Print a summary for machines.")
def command(
    pages: int | None,
    seed: int | None,
    sources: str | None,
    layouts: str | None,
    records: str | None,
    masks: bool,
    dataset: str,
    mixed: tuple[str, ...],
    output: Path | None,
    plugin_files: tuple[Path, ...],
    jobs: int,
    force: bool,
    as_json: bool,
) -> int:
    """Make pages as carts print them and cameras see them, with everything known about them.

    A seed gives the same pages again; an interrupted command goes on where it was.
    """
    from ecgengine.cli.progress import progress_bar
    from ecgengine.running.case_folder import CaseFolder

    folder, texts = folder_and_options(mixed, output, (), default=Path("pages"))
    name, values = dataset_and_options(dataset, option_values(texts))
    given = {"pages": pages, "seed": seed, "sources": sources, "layouts": layouts}
    given |= {"records": records, "masks": masks or None}
    values["dataset"] = values.get("dataset", {}) | {
        option: value for option, value in given.items() if value is not None
    }
    cases = CaseFolder(name, values, folder, plugin_files, force=force)
    with progress_bar(cases.missing, "making pages") as tick:
        failures = cases.save(jobs, tick)
    for case, why in failures.items():
        click.echo(f"ecgengine: {case}: {why}", err=True)
    saved = len(cases.names) - len(failures)
    if as_json:
        summary = {"folder": str(folder), "pages": saved, "failures": failures}
        click.echo(json.dumps(summary, indent=2))
    else:
        click.echo(f"{saved} pages in {folder}", err=True)
    return 6 if failures else 0

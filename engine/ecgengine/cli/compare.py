"""`ecgengine compare`: combinations of stages on the same pages with truth."""

from __future__ import annotations

import json
import platform
import shlex
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from ecgengine.cli.progress import progress_bar
from ecgengine.cli.settings import (
    HINTS,
    FunctionT,
    add_options,
    dataset_and_options,
    folder_and_options,
    given_hints,
    plugin_file_option,
    warn_of_failures,
)
from ecgengine.cli.stdout import data_only
from ecgengine.plugins.kinds import ON_THE_WAY

if TYPE_CHECKING:
    from ecgengine.compare.figures import PageFigures
    from ecgengine.compare.table import Table


def _stage_options(function: FunctionT) -> FunctionT:
    """Add an option for each kind of stage that can be compared, and those about the pages."""
    named = (
        click.option(
            f"--{kind}",
            f"{kind}s",
            multiple=True,
            metavar="NAME",
            help=f"Plugin to use as {kind}; repeat it to compare.",
        )
        for kind in ON_THE_WAY
    )
    return add_options((*named, *HINTS), function)


@click.command("compare")
@click.option(
    "--dataset",
    required=True,
    metavar="NAME[:WHICH]",
    help="Pages with truth: synthetic:val-v1, folder:DIR, kaggle:DIR.",
)
@_stage_options
@click.option(
    "--true-geometry",
    is_flag=True,
    help="Lay synthetic pages flat by their truth, to judge the stages after the rectifier alone.",
)
@click.option(
    "-o",
    "mixed",
    multiple=True,
    metavar="OUT|PLUGIN.OPTION=VALUE",
    help="Folder for the results (default: comparison); or an option, such as viterbi.rounds=4.",
)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Like -o OUT.")
@click.option("--option", "options", multiple=True, metavar="PLUGIN.OPTION=VALUE")
@plugin_file_option
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--force", is_flag=True, help="Start over; replace what the folder holds.")
@click.option("--json", "as_json", is_flag=True, help="Print the tables for machines.")
@data_only
def command(
    out: TextIO,
    dataset: str,
    true_geometry: bool,
    mixed: tuple[str, ...],
    output: Path | None,
    options: tuple[str, ...],
    jobs: int,
    force: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Compare combinations of stages on a dataset; the same command again goes on or shows.

    Writes report.html, tables as CSV and JSON, and the finished pages into the folder. Stages
    above the first one that differs run once for all combinations.
    """
    from ecgengine.compare.combinations import combine
    from ecgengine.compare.evidence import evidence_from
    from ecgengine.compare.plan import Plan
    from ecgengine.compare.report import render_report
    from ecgengine.compare.run import run_plan
    from ecgengine.compare.store import Store
    from ecgengine.compare.table import csv_tables, tables_data, text_table
    from ecgengine.compare.tables import make_tables, pages_table
    from ecgengine.running.files import write_files
    from ecgengine.running.settings import Settings

    folder, texts = folder_and_options(mixed, output, options, default=Path("comparison"))
    hints = given_hints(texts, {}, given)
    name, hints["options"] = dataset_and_options(dataset, hints["options"])
    settings = Settings.of(**hints)
    named = {str(kind): given[f"{kind}s"] for kind in ON_THE_WAY}
    plan = Plan(name, combine(named), settings, true_geometry)
    manager = settings.manager()
    warn_of_failures(manager)
    plan.check(manager)
    names = plan.open_dataset(manager).names()
    store = Store(folder, plan.fingerprint(), force=force)
    missing = len(set(names) - store.finished())
    if missing < len(names):
        click.echo(f"{len(names) - missing} of {len(names)} pages are finished already", err=True)
    with progress_bar(missing, "comparing") as tick:
        run_plan(plan, names, store, jobs=jobs, progress=tick)
    figures = [each for name in names for each in store.figures(name)]
    tables = [*make_tables(figures), *_differences(figures)]
    html = render_report(
        figures,
        evidence_from(plan.open_dataset(manager), store),
        dataset=dataset,
        command=shlex.join(["ecgengine", *sys.argv[1:]]),
        versions=_versions(),
        date=datetime.now(UTC).date().isoformat(),
    )
    data = json.dumps(
        {"dataset": dataset, "tables": tables_data(tables)}, indent=1, allow_nan=False
    )
    contents = csv_tables([*tables, pages_table(figures)]) | {
        "tables.json": data.encode(),
        "report.html": html,
    }
    write_files(folder, contents, force=True)
    click.echo(data if as_json else text_table(tables), file=out, nl=as_json)
    click.echo(f"wrote {folder / 'report.html'}", err=True)
    return 0


def _differences(figures: list[PageFigures]) -> list[Table]:
    """Give the table of paired differences where there is more than one combination."""
    from ecgengine.compare.bootstrap import differences_table, paired_differences

    pairs = paired_differences(figures)
    return [differences_table(pairs)] if pairs else []


def _versions() -> dict[str, str]:
    """Give the versions on which figures depend most."""
    names = ("ecgengine", "numpy", "numba", "opencv-python-headless")
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in names}

"""`ecgengine score`: how near a reading comes to the truth."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click

from ecgengine.cli.settings import layout_file_option


@click.command("score")
@click.argument("predicted", type=click.Path(path_type=Path))
@click.argument("truth", type=click.Path(path_type=Path))
@click.option("--fs", type=float, help="Samples per second of CSV files without time_s.")
@click.option("--layout", metavar="NAME", help="Score only what this layout prints of the truth.")
@layout_file_option
@click.option("--json", "as_json", is_flag=True, help="Print the figures for machines.")
def command(
    predicted: Path,
    truth: Path,
    fs: float | None,
    layout: str | None,
    layout_files: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Compare a reading (CSV or WFDB .hea) with the truth, per lead and in total.

    The score is the one of the 2025 PhysioNet competition, in decibels. Where the truth is empty
    nothing is scored; where only the reading is empty it counts as 0 mV.
    """
    from ecgengine.data.layout_files import load_layouts
    from ecgengine.ecg.metrics import cut_to_windows, printed_windows, score_page
    from ecgengine.ecg.signals import read_signals
    from ecgengine.errors import UsageError
    from ecgengine.plugins.kinds import LAYOUT
    from ecgengine.plugins.manager import PluginManager, only_plugins

    reading, reference = read_signals(predicted, fs), read_signals(truth, fs)
    leads_mv = reference.leads_mv
    if layout is not None:
        manager = PluginManager(only=only_plugins(), layouts=load_layouts(layout_files))
        windows = printed_windows(manager.select(LAYOUT, layout).build())
        leads_mv = cut_to_windows(leads_mv, windows, reference.fs_hz)
    score = score_page(reading.at(reference.fs_hz).leads_mv, leads_mv, reference.fs_hz)
    if not score.leads:
        raise UsageError(f"{truth} holds none of the twelve leads; check its column names")
    if as_json:
        figures = {
            "score_db": score.db,
            "leads": {
                name: {
                    "score_db": lead.db,
                    "pearson_r": None if math.isnan(lead.pearson_r) else lead.pearson_r,
                    "rmse_mv": lead.rmse_mv,
                    "qrs_error_mv": None if math.isnan(lead.qrs_error_mv) else lead.qrs_error_mv,
                    "shift_s": lead.shift_samples / reference.fs_hz,
                    "offset_mv": lead.offset_mv,
                }
                for name, lead in score.leads.items()
            },
        }
        click.echo(json.dumps(figures, indent=2, allow_nan=False))
        return
    click.echo("lead   score dB        r   RMSE mV  QRS error mV  shift ms  offset mV")
    for name, lead in score.leads.items():
        click.echo(
            f"{name:<5}  {lead.db:8.2f}  {lead.pearson_r:7.4f}  {lead.rmse_mv:8.4f}  "
            f"{lead.qrs_error_mv:12.4f}  {1e3 * lead.shift_samples / reference.fs_hz:8.1f}  "
            f"{lead.offset_mv:9.4f}"
        )
    click.echo(f"all    {score.db:8.2f}")

"""`ecgengine train`: networks from synthetic pages, in the open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecgengine.cli.settings import option_values, plugin_file_option

if TYPE_CHECKING:
    from ecgengine.data.training import TrainingStep


@click.command("train")
@click.argument("name", metavar="TRAINER")
@click.option(
    "--data",
    default="synthetic",
    show_default=True,
    metavar="synthetic|DIR",
    help="Pages to train on: made on the fly, or a folder from `ecgengine synth --masks`.",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for weights, log and curves; a training that it holds goes on.",
)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="OPTION=VALUE",
    help="An option of the trainer, such as steps=5000; `plugins show TRAINER` lists them.",
)
@plugin_file_option
def command(
    name: str, data: str, out: Path, options: tuple[str, ...], plugin_files: tuple[Path, ...]
) -> None:
    """Train a network; interrupt it and give the same command to go on."""
    from ecgengine.plugins.kinds import TRAINER
    from ecgengine.plugins.manager import PluginManager, only_plugins

    manager = PluginManager(plugin_files, only=only_plugins())
    values = option_values(f"trainer.{text}" for text in (f"data={data}", *options))
    selected = manager.select(TRAINER, name, options={name: values["trainer"]})
    selected.build().train(out, _report)
    click.echo(f"weights, log and curves are in {out}", err=True)


def _report(done: TrainingStep) -> None:
    score = "" if done.score is None else f"  score {done.score:.4f}"
    click.echo(f"step {done.step} of {done.steps}  loss {done.loss:.4f}{score}", err=True)
